"""
``./run bench NAME [--json]``: measures, shows a table, or with ``--json`` one JSON object as the last line on stdout.

A benchmark is a module beside this one with ``measure() -> Figures`` and ``show(figures) -> str``. It ends
within 13 minutes on 2 cores. Exit status: 0 measured, 1 something that it needs is missing.
"""

import argparse
import importlib
import json
import sys
import time

from pipeline import bootstrap
from tests.bench.figures import Missing

BENCHES = {
    "collect": "collecting against reader, newsboat and the limit of curl, expat and SQLite",
    "copies": "near-copies across outlets: recall and precision by language, texts a second",
    "detect": "false alarms kept, delay beside CUSUM, ADWIN, Page-Hinkley and 3 sigma, a public table, cost",
    "faults": "the pipeline's own faults in invented worlds: none may alarm, none may hide a true shift",
    "day_one": "a first pass over 169 feeds that hold a month tells nobody; the first step is told once",
    "tags": "ablations, unseen languages and actors, more and more texts, texts a second",
    "stories": "independent reports of one happening, across outlets and languages, on real texts",
    "readers": "107 feeds of two other readers: titles, links and dates against theirs, by reason",
    "hostile": "20,000 hostile documents: crashes, hangs, seconds, memory",
    "month": "thirty simulated days of 200 feeds, and a year of their health",
    "alert": "the sender killed at every step and at random, and a storm of 10,000 articles in 40 stories",
    "digest": "the weekly digest to 500 readers, its sender killed at every step",
    "compose": "docker-compose.yml from nothing to the first entry, the DAGs' runs in it, the memory of its containers",
    "workers": "two workers against one on PostgreSQL: feeds polled and texts tagged a second, and politeness",
    "inbox": "the digest against what Gmail, Outlook and Apple Mail are known to show",
    "airflow": "the DAGs under a real scheduler, over the real-input feeds",
    "realfeeds": "the real-input feeds: entries lost, duplicated, wrongly dated, by feed",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure one thing.")
    parser.add_argument("name", nargs="?", choices=BENCHES, metavar="NAME")
    parser.add_argument("--json", action="store_true", help="one JSON object, on the last line of stdout")
    arguments = parser.parse_args()
    if arguments.name is None:
        print("./run bench NAME [--json]\n")
        print("\n".join(f"  {name:12} {about}" for name, about in BENCHES.items()))
        return 0
    bootstrap.log_to_stderr()
    bench, started = importlib.import_module(f"tests.bench.{arguments.name}"), time.monotonic()
    try:
        figures = bench.measure()
    except Missing as error:
        print(f"./run bench {arguments.name}: missing: {error}", file=sys.stderr)
        figures = {"missing": str(error)}
    else:
        if not arguments.json:
            print(bench.show(figures))
    took = round(time.monotonic() - started, 1)
    if arguments.json:
        print(json.dumps({"bench": arguments.name, **figures, "seconds": took}, ensure_ascii=False))
    else:
        print(f"{took} s")
    return int("missing" in figures)


if __name__ == "__main__":
    sys.exit(main())
