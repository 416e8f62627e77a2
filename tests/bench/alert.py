"""
The one sender: killed at every step and 200 times at random while Slack fails, and then in a storm.

Both against the stand-in of ``tests/slack`` through the real client. The storm is in real time: 10,000 articles of 40
stories in two minutes go through the real store and flows, tagged by marks in their titles, while another process
runs `flows.alert` every five seconds as `./run slack` does. The channel takes one message a second.
"""

import json
import multiprocessing
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import bootstrap, flows
from pipeline.domain import Entry, FeedState, Owner, Poll, Source
from pipeline.places import Slack
from pipeline.settings import Settings, load
from pipeline.storage.store import Store
from tests.bench.figures import Figures, table
from tests.factories import NOW
from tests.fakes import Marks
from tests.slack.place import Fault, Place
from tests.slack.sender import ROUTE, Sender, sender
from tests.slack.told import confirm, deny, matter, tell
from tests.slack.wire import serve

KILLS, STORIES, OUTLETS, STORM_S, EVERY_S = 200, 40, 250, 120.0, 5.0
_MATTER_HOURS = 0.002  # seven seconds: each story of an actor is a matter of its own
_AT_ONCE = (
    Fault(cut="after"),
    Fault(cut="within"),
    Fault(cut="before"),
    Fault(status=500),
    Fault(status=500, accepted=True),
    Fault(status=429, error="ratelimited", headers={"Retry-After": "30"}),
    Fault(seconds=1.5, accepted=True),
)
_THINGS = str.split(
    "tractors ambulances generators bandages blankets demining satellites helmets radios bridges ferries "
    "turbines hospitals seedlings classrooms drones howitzers shells radars frigates visas refugees "
    "archives orchestras museums tribunals loans guarantees embargoes uranium aluminium timber fisheries "
    "airspace railways reactors vaccines libraries pensions cables "
)
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
_MARKS = [f"{actor}{stance}" for stance in ("0<", "+>") for actor in ("JP", "KR", "TW", "CN", "KP")]
_CAPITALS = {"JP": "Tokyo", "KR": "Seoul", "TW": "Taipei", "CN": "Beijing", "KP": "Pyongyang"}


def measure() -> Figures:
    return killed() | storm()


def show(figures: Figures) -> str:
    return table(["figure", "value"], [{"figure": name, "value": value} for name, value in figures.items()])


# --- kills ---


def killed() -> Figures:
    """Kill senders; count what is missing in the channel afterwards and what stands there twice."""
    total = {"kills": 0, "kill_steps": 0, "lost": 0, "repeated": 0, "kill_messages": 0}
    for scene in (_first, _following):
        for name, number in _every_step(scene).items():
            total[name] += number
    for name, number in _at_random(random.Random(6)).items():
        total[name] += number
    return total


def _first(store: Store, _: Sender) -> None:
    tell(store, matter("one"), matter("two"))


def _following(store: Store, killed: Sender) -> None:
    one = matter("one")
    tell(store, one)
    killed.run()
    confirm(store, one, "more")
    deny(store, one, "less")


def _every_step(scene: Callable[[Store, Sender], None]) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder, serve(limited=False) as place:
        path, kept = Path(folder) / "alert.db", Path(folder) / "kept.db"
        store = Store(f"sqlite:///{path}")
        with sender(place, f"sqlite:///{path}", NOW) as made:
            scene(store, made)
            store.close()
            shutil.copy(path, kept)
            said, at = [dict(each) for each in place.messages["C000DESK"]], made.at
            found = {"kills": 0, "kill_steps": made.run()["steps"], "lost": 0, "repeated": 0, "kill_messages": 0}
            for step in range(1, found["kill_steps"] + 1):
                for old in Path(folder).glob("alert.db*"):
                    old.unlink()
                shutil.copy(kept, path)
                place.clear()
                place.messages["C000DESK"], made.at = [dict(each) for each in said], at
                found["kills"] += made.run(kill=step)["killed"]
                made.run_out()
                for name, number in _missing(place, path).items():
                    found[name] += number
            return found


def _at_random(dice: random.Random) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder, serve(limited=False) as place:
        path = Path(folder) / "alert.db"
        store = Store(f"sqlite:///{path}")
        kills, shifts = 0, []
        with sender(place, f"sqlite:///{path}", NOW) as made:
            made.run()
            started = time.monotonic()
            made.run()
            idle = time.monotonic() - started
            while kills < KILLS:
                shifts += [matter(f"{len(shifts) + n}", made.at) for n in range(2)]
                tell(store, *shifts[-2:])
                if len(shifts) > 8:
                    name, one = f"later-{len(shifts)}", dice.choice(shifts[-8:])
                    dice.choice([confirm, deny])(store, one, name, made.at)
                if dice.random() < 0.5:
                    place.faults.append(replace(dice.choice(_AT_ONCE)))
                kills += made.run(seconds=dice.uniform(0.2 * idle, 3 * idle))["killed"]
            place.faults.clear()
            made.run_out(most=len(shifts))
        store.close()
        tops = len({each["metadata"]["event_payload"]["alert_id"] for each in place.top()})
        found = _missing(place, path)
        return {"kills": kills, **found, "lost": max(found["lost"], len(shifts) - tops)}


def _missing(place: Place, path: Path) -> dict[str, int]:
    """Hold the channel against all that was to be said."""
    with sqlite3.connect(path) as connection:
        wanted = {
            key
            for (key,) in connection.execute(
                "SELECT key FROM notifications WHERE state <> 'held' AND operation <> 'update'"
            )
        }
    alerts = place.alerts()
    lost = len(wanted - set(alerts))
    return {"lost": lost, "repeated": len(alerts) - len(set(alerts)), "kill_messages": len(alerts)}


# --- storm ---


class _Tagger(Marks):
    """Believes the marks, and remembers when it first saw each title."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, datetime] = {}

    def tag(self, texts: Any) -> Any:
        for text in texts:
            self.first.setdefault(text.title, bootstrap.now())
        return super().tag(texts)


def storm() -> Figures:
    """Let it storm; say how soon what was tagged was said."""
    with tempfile.TemporaryDirectory() as folder, serve() as place:
        database, tagger = f"sqlite:///{Path(folder) / 'storm.db'}", _Tagger()
        services = replace(bootstrap.services(_settings(database, place)), tagger=lambda: tagger)
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        process = context.Process(target=_send, args=(database, place.url, place.token, stop))
        process.start()
        try:
            passes = _publish(services)
        finally:
            time.sleep(4 * EVERY_S)
            stop.set()
            process.join(60)
            services.close()
        return {"storm_passes": passes, **_storm_figures(Path(folder) / "storm.db", place, tagger)}


def _settings(database: str, place: Place) -> Settings:
    settings = load({})
    outlets = tuple(Source(name=f"Outlet {n}", owner=Owner.PRIVATE, country="GB", tier=1) for n in range(OUTLETS))
    return replace(
        settings,
        database_url=database,
        routes=(ROUTE,),
        feeds=(),
        sources=outlets,
        detect=settings.detect.model_copy(update={"matter_hours": _MATTER_HOURS}),
        slack=Slack(token=place.token, base_url=place.url),
    )


def _send(database: str, url: str, token: str, stop: Any) -> None:
    """Do what `./run slack` does for the sender's sake."""
    bootstrap.log_to_stderr()
    settings = replace(load({}), database_url=database, routes=(ROUTE,), slack=Slack(token=token, base_url=url))
    services = bootstrap.services(settings)
    while not stop.is_set():
        flows.alert(services)
        stop.wait(EVERY_S)
    services.close()


def _publish(services: flows.Services) -> int:
    """Hand over what has come by now, and tag it, until all is there; returns in how many passes."""
    due = sorted(_arrivals())
    services.store.entries.record([Poll(state=FeedState(feed="storm"))])
    started, passes = time.monotonic(), 0
    while due:
        elapsed = time.monotonic() - started
        now = bootstrap.now()
        come = [_entry(story, outlet, now) for at, story, outlet in due if at <= elapsed]
        due = due[len(come) :]
        services.store.entries.record([Poll(state=FeedState(feed="storm"), entries=tuple(come))])
        for verb in (flows.dedup, flows.classify, flows.detect):
            verb(services)
        passes += 1
        time.sleep(max(0.0, 1.0 - (time.monotonic() - started - elapsed)))
    return passes


def _arrivals() -> list[tuple[float, int, int]]:
    """Let a story begin every three seconds, and its copies come evenly from then to the end."""
    found = []
    for story in range(STORIES):
        begin = story * STORM_S / STORIES
        found += [(begin + (STORM_S - begin) * outlet / OUTLETS, story, outlet) for outlet in range(OUTLETS)]
    return found


def _entry(story: int, outlet: int, at: datetime) -> Entry:
    mark, thing, dice = _MARKS[story % len(_MARKS)], _THINGS[story], random.Random(story)
    about = dice.sample(_SYLLABLES, 12)
    rest = " ".join(f"{one}{two}{three}" for one, two, three in zip(about, about[1:], about[2:], strict=False))
    name = f"{story}-{outlet}"
    return Entry(
        entry_id=name,
        feed="storm",
        guid=name,
        url=f"https://outlet-{outlet}.example/{story}",
        title=f"{mark} {_CAPITALS[mark[:2]]} {thing} {rest[:24]}",
        lead=f"{rest} {thing}",
        lang="en",
        source=f"Outlet {outlet}",
        published_at=at,
        seen_at=at,
    )


def _storm_figures(path: Path, place: Place, tagger: _Tagger) -> Figures:
    with sqlite3.connect(path) as connection:
        story_of = dict(connection.execute("SELECT article_id, story_id FROM articles"))
        titles = connection.execute("SELECT story_id, title FROM articles").fetchall()
        rows = connection.execute("SELECT told, sent_at, operation FROM notifications WHERE state = 'sent'").fetchall()
        (shifts,) = connection.execute("SELECT count(*) FROM shifts WHERE history = 0").fetchone()
    tagged: dict[str, datetime] = {}
    for story, title in titles:
        tagged[story] = min(tagged.get(story, tagger.first[title]), tagger.first[title])
    said: dict[str, datetime] = {}
    for told, sent_at, _ in rows:
        at = datetime.fromisoformat(f"{sent_at}+00:00")
        for name in json.loads(told):
            story = story_of.get(name.removeprefix("article:"), "")
            said[story] = min(said.get(story, at), at)
    waits = sorted((said[story] - tagged[story]).total_seconds() for story in tagged.keys() & said.keys())
    return {
        "storm_articles": len(titles),
        "storm_matters": len(tagged),
        "storm_shifts": shifts,
        "storm_messages": len(place.top()),
        "storm_untold": len(tagged) - len(waits),
        "storm_updates": place.rewritten,
        "storm_replies": len(place.messages["C000DESK"]) - len(place.top()),
        "storm_refused": len(place.refused),
        "tag_to_message_p50_s": round(statistics.median(waits), 1) if waits else None,
        "tag_to_message_p95_s": round(waits[int(0.95 * (len(waits) - 1))], 1) if waits else None,
    }


if __name__ == "__main__":
    print(json.dumps({"kills": killed, "storm": storm}[sys.argv[1]](), indent=1))
