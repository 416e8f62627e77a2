"""``./run VERB`` -> a flow. Exit status: 0 done, 1 it could not be done, 2 the call or the configuration is wrong."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from pipeline import bootstrap, flows
from pipeline.cli import (
    airflow,
    backup,
    digest,
    explain,
    feeds,
    forget,
    history,
    metrics,
    model,
    monitor,
    pages,
    replay,
    silence,
    slack,
    subscribers,
    tag,
)
from pipeline.cli.durations import duration
from pipeline.demo import play
from pipeline.domain import RefusalError
from pipeline.services import Counts, Services
from pipeline.settings import ConfigError, load
from pipeline.storage.database import DatabaseError

Verb = Callable[[argparse.Namespace], int]

_FLOWS: dict[str, Callable[[Services], Counts]] = {
    "dedup": flows.dedup,
    "classify": flows.classify,
    "detect": flows.detect,
    "alert": flows.alert,
    "housekeeping": flows.housekeeping,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; a wrong setting or a missing file is said in one line."""
    arguments = _parser().parse_args(argv)
    bootstrap.log_to_stderr(verbose=arguments.verbose)
    verb: Verb = arguments.verb
    try:
        return verb(arguments)
    except (ConfigError, DatabaseError) as error:
        print(f"stancewatch: {error}", file=sys.stderr)
        return 2
    except RefusalError as error:
        print(f"stancewatch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run", description="East Asian positions on Ukraine, watched.")
    parser.add_argument("--verbose", action="store_true", help="write a line for every unit of work to stderr")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def add(name: str, verb: Verb, about: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=about, description=about)
        sub.set_defaults(verb=verb)
        sub.add_argument("--verbose", action="store_true", help=argparse.SUPPRESS, default=argparse.SUPPRESS)
        return sub

    demo = add("demo", _demo, "play the bundled archive through the pipeline")
    demo.add_argument("--fresh", action="store_true", help="forget what earlier runs of the demo stored")
    every = add("monitor", monitor.monitor, "one live pass over the feeds: poll, dedup, classify, detect, alert")
    every.add_argument("--every", metavar="10m", type=duration, help="keep on, with this pause (90s, 10m, 1h)")
    add("poll", _poll, "ask every due feed")
    for name, flow in _FLOWS.items():
        add(name, lambda _, flow=flow: _flow(flow), (flow.__doc__ or "").partition(".")[0].lower())  # type: ignore[misc]
    digest.arguments(
        add("digest", digest.digest, "the weekly digest: send what is due, or edit a draft and approve it")
    )
    subscribers.arguments(add("subscribers", subscribers.subscribers, "who gets the digest: list, invite, remove"))
    pages.arguments(add("web", pages.web, "serve the pages that the digest's links lead to"))
    tagging = add("tag", tag.tag, "JSON Lines on stdin: id, lang, title, lead, date; one tag a line on stdout")
    tagging.add_argument("--model", type=Path, metavar="DIR", help="a model folder instead of the current one")
    tagging.add_argument("--why", action="store_true", help="add what made each position what it was tagged as")
    train = add("train", model.train, "fit the model on the annotated seed documents and our corpus")
    train.add_argument("--seeds", type=Path, metavar="DIR", help="read the seed documents here, not their vectors")
    train.add_argument("--only-seeds", action="store_true", help="leave our corpus out: what the seeds alone give")
    train.add_argument("--tune", action="store_true", help="let the second voter learn anew: an hour, needs JAX")
    train.add_argument("--into", type=Path, metavar="DIR", help="where the model goes (var/models)")
    evaluate = add("evaluate", model.evaluate, "measure a model and hold it against models/floors.json")
    evaluate.add_argument("--gold", type=Path, metavar="FILE", help="labelled texts instead of models/evaluation")
    evaluate.add_argument("--worst", type=int, default=0, metavar="N", help="list the N surest errors")
    promote = add("promote", model.promote, "make a trained model the current one, if it holds its floors")
    for verb in (evaluate, promote):
        verb.add_argument("--model", type=Path, metavar="DIR", help="default: the last one trained")
    feeds.arguments(add("feeds", feeds.table, "how each feed is; add one, import or export a list (OPML)"))
    history.arguments(add("import", history.bring, "store dated texts (CSV, JSON Lines) as history"))
    explain.arguments(add("explain", explain.show, "the record of one shift; without an id, the latest shifts"))
    replay.arguments(add("replay", replay.play, "which messages other settings would have sent in a past period"))
    silence.arguments(add("silence", silence.silence, "hear no more of something for a time: add, list, end"))
    add("slack", slack.slack, "hear people in Slack, and send what is due every five seconds")
    _upkeep(add)
    return parser


def _upkeep(add: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    """Add the verbs of those who run it."""
    forget.arguments(add("forget", forget.forget, "delete an outlet's texts on its request"))
    backup.backup_arguments(add("backup", backup.keep, "write the whole database into one file"))
    backup.restore_arguments(add("restore", backup.bring_back, "put a backup in the place of an empty database"))
    metrics.arguments(add("metrics", metrics.metrics, "how the work stands, for Prometheus: print once, or --port"))
    add("check-config", _check_config, "read every setting; say what is wrong")
    add("migrate", _migrate, "bring the database to the newest version")
    standalone = add("airflow", airflow.standalone, "a standalone Airflow on this configuration, offline")
    standalone.add_argument("--port", type=int, default=8080)


def _flow(flow: Callable[[Services], Counts]) -> int:
    with closing(bootstrap.services()) as services:
        print(json.dumps(flow(services)))
    return 0


def _poll(_: argparse.Namespace) -> int:
    with closing(bootstrap.services()) as services:
        shards = services.settings.poll.shards
        print(json.dumps([flows.poll(services, shard, shards) for shard in range(shards)]))
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    var = load().var_dir / "demo"
    if arguments.fresh:
        shutil.rmtree(var, ignore_errors=True)
    console = Console(highlight=False)
    counts = play.play(console, var)
    shifts = play.found(var)
    console.print(play.against_the_plan(shifts))
    if begins := play.last_digest(var):
        console.print(begins)
    console.print(play.summary(counts, var))
    return 0


def _migrate(_: argparse.Namespace) -> int:
    with closing(bootstrap.services()) as services:  # opening the store migrates
        print(f"{services.settings.database_url.rpartition('@')[2]}: at the newest version")
    return 0


def _check_config(_: argparse.Namespace) -> int:
    settings = load()
    posts = "posts" if settings.slack.token else "no SLACK_BOT_TOKEN: messages are printed and kept"
    mail = settings.smtp.host or f"no STANCEWATCH_SMTP_HOST: written under {settings.var_dir / 'digests'}"
    print(
        f"{settings.config_dir}: {len(settings.feeds)} feeds, {len(settings.sources)} sources, "
        f"{len(settings.concepts)} concepts, {len(settings.routes)} routes\n"
        f"database: {settings.database_url.rpartition('@')[2]}\nSlack: {posts}\nmail: {mail}"
    )
    return 0
