"""
The series detector: false alarms kept, delay beside rivals, faults, day one, a public table, what a vote costs.

Needs river (requirements-bench.in) for ADWIN and Page-Hinkley; the public table is left out without
STANCEWATCH_SHARED. Seeds are fixed. Pictures are drawn into var/bench.
"""

import contextlib
import importlib.util
import io
import itertools
import json
import os
import pickle
import re
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from pipeline.detect.change import QUARTER_DAYS, SAFETY, Detector, Observation, change_points, days_between_false_alarms
from tests.bench import day_one, delay, faults, looks, plots, shuffled
from tests.bench.figures import Figures, table
from tests.bench.rivals import WARM_UP, drift
from tests.bench.streams import LINES, days, draw, watch

BUDGET, SERIES, WEEKS = 1.0, 20, 104
QUARTERS = WEEKS * 7 / QUARTER_DAYS
REPLICATIONS = int(os.environ.get("STANCEWATCH_REPLICATIONS", "1000"))
AT_ONCE = 10
PACES = 1, 3, 10, 30
KINDS = {"plain": (0.0, False), "shuffled": (0.3, True), "echo and weekdays": (0.3, True)}


def measure() -> Figures:
    """Return every figure; the settings share two processes."""
    drift()  # what is missing is said before minutes are spent
    with ProcessPoolExecutor(2) as pool:
        slow, archive = pool.submit(delay.measure), pool.submit(shuffled.rate, REPLICATIONS, BUDGET)
        rates = list(pool.map(_rate, itertools.product(KINDS, reversed(PACES))))
        rates.append(archive.result())
        waited = slow.result()
    worst = max(rates, key=lambda rate: rate["upper95"])
    figures = {
        "false_alarms_per_quarter_upper95": worst["upper95"],
        "budget": BUDGET,
        "worst_setting": f"{worst['kind']}, {worst['per_week']} a week",
        "first_quarter_worst": max(rate["first_quarter"] for rate in rates),
        **_waited(waited["plain"], waited["limit"]),
        "delay_as_set_0_4": waited["as set"]["ours"]["0.4"]["median"],
        "mix_stories_mean": {name: row["mean"] for name, row in waited["mix"].items()},
        "rises": _waited(waited["rises"], waited["limit of rises"]),
        "mix_of_rises_stories_mean": {name: row["mean"] for name, row in waited["mix of rises"].items()},
        "rates": rates,
        "delays": waited,
        **_public(),
        **_cost(),
        **looks.measure(),
        **faults.measure(),
        **day_one.measure(),
    }
    return {**figures, "pictures": plots.drawn(figures)}


def _waited(at_once: Figures, limit: Figures) -> Figures:
    """Hold our delay for a shift of 0.4 against the best rival's and the limit."""
    best = min((name for name in at_once if name != "ours"), key=lambda name: at_once[name]["0.4"]["median"])
    return {
        "delay_stories_0_4": at_once["ours"]["0.4"]["median"],
        "delay_best_peer_0_4": at_once[best]["0.4"]["median"],
        "best_peer_0_4": best,
        "delay_limit_0_4": limit["0.4"]["median"],
        "missed_0_4": at_once["ours"]["0.4"]["missed"],
    }


def show(figures: Figures) -> str:
    """Lay the figures out in tables."""
    rates = table(["kind", "per_week", "per_quarter", "upper95", "first_quarter"], figures["rates"])
    rows = [
        {"when": when, "method": method, "size": size, **row}
        for when in ("plain", "as set", "later", "rises", "rises as set")
        for method, sizes in figures["delays"][when].items()
        for size, row in sizes.items()
        if isinstance(row, dict)
    ]
    delays = figures["delays"]
    rows += [{"when": when, "method": m, **row} for when in ("mix", "mix of rises") for m, row in delays[when].items()]
    rows += [{"when": w, "size": s, **row} for w in ("limit", "limit of rises") for s, row in delays[w].items()]
    waits = table(["when", "method", "size", "median", "late", "median_days", "late_days", "mean", "missed"], rows)
    rest = {name: value for name, value in figures.items() if name not in {"rates", "delays", "faults"}}
    return "\n\n".join(
        [
            rates,
            waits,
            faults.show({"faults": figures["faults"]}),
            "\n".join(f"{name}: {value}" for name, value in rest.items()),
        ]
    )


def _rate(setting: tuple[str, int]) -> Figures:
    """Count alarms of replications in which nothing moves, at the threshold that the product would set."""
    kind, per_week = setting
    echo, weekdays = KINDS[kind]
    numbers = np.random.default_rng([51, per_week, list(KINDS).index(kind)])
    threshold, votes = days_between_false_alarms(SERIES, BUDGET), per_week * WEEKS
    lines = np.array([LINES[each % len(LINES)] for each in range(SERIES)], np.float32)
    counts, early = [], 0
    for _ in range(REPLICATIONS // AT_ONCE):
        clock = days(numbers, votes, per_week, weekdays=weekdays)
        shares = np.broadcast_to(np.tile(lines, (AT_ONCE, 1))[:, None], (AT_ONCE * SERIES, votes, 3))
        stream = draw(numbers, shares, echo=echo, clock=clock if weekdays else None)
        if kind == "shuffled":
            stream = numbers.permuted(stream, axis=1)
        for one in np.split(stream, AT_ONCE):  # small enough for the cache
            places = list(itertools.chain(*watch(one, clock, threshold, WARM_UP)))
            counts.append(len(places))
            early += int((clock[places] < QUARTER_DAYS).sum())
    realised = np.array(counts) / QUARTERS
    upper = realised.mean() + 1.645 * realised.std(ddof=1) / np.sqrt(len(realised))
    return {
        "kind": kind,
        "per_week": per_week,
        "per_quarter": round(float(realised.mean()), 3),
        "upper95": round(float(upper), 3),
        "first_quarter": round(float(early) / len(realised), 3),
    }


def _public() -> Figures:
    """Score the offline face on the public series, with their own script; nothing is tuned for it."""
    folder = Path(os.environ.get("STANCEWATCH_SHARED", "/nowhere")) / "benchmarks" / "tcpd"
    if not (folder / "score.py").exists():
        return {"tcpd_f1": None, "tcpd_cover": None}
    series = json.loads((folder / "series.json").read_text())
    said = {
        name: change_points([float("nan") if value is None else value for value in one["series"][0]])
        for name, one in series.items()
        if one["n_dim"] == 1
    }
    spec = importlib.util.spec_from_file_location("tcpd_score", folder / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, contextlib.redirect_stdout(io.StringIO()) as told:
        json.dump(said, file)
        file.flush()
        with _arguments(["score.py", file.name]):
            score.main()
    f1, cover = re.search(r"series  F1 ([\d.]+)  cover ([\d.]+)", told.getvalue()).groups()
    return {"tcpd_f1": float(f1), "tcpd_cover": float(cover)}


@contextlib.contextmanager
def _arguments(arguments: list[str]):  # noqa: ANN202 - their script reads the command line
    import sys  # noqa: PLC0415

    kept, sys.argv = sys.argv, arguments
    try:
        yield
    finally:
        sys.argv = kept


def _cost(votes: int = 20_000) -> Figures:
    """Time `Detector.update` on one core, early and late, and weigh its state early and late."""
    numbers = np.random.default_rng(56)
    values, detector = numbers.choice([-1.0, 0.0, 1.0], size=votes), Detector(threshold=1e12)
    marks, weights = [time.process_time()], []
    for part in np.split(values, 4):
        for value in part.tolist():
            detector.update(Observation(value=value))
        marks.append(time.process_time())
        weights.append(len(pickle.dumps(detector)))
    return {
        "observations_per_s": round(votes / (marks[-1] - marks[0])),
        "last_quarter_against_second": round((marks[4] - marks[3]) / (marks[2] - marks[1]), 2),
        "bytes_per_series": weights[0],
        "bytes_per_series_at_the_end": weights[-1],
        "safety": SAFETY,
    }
