"""
The demo archive's own tags, shuffled in time: what the product's watching raises where nothing can have moved.

The archive is played once through the whole pipeline. Then, many times over, the votes of every series change places
among the stories of their series and all series are watched as `./run detect` watches them, holds included.
"""

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from pipeline.demo.play import CONFIG, play
from pipeline.detect.change import QUARTER_DAYS
from pipeline.detect.moved import watch
from pipeline.detect.series import Vote, balances
from pipeline.domain import Series, Source
from pipeline.settings import load
from pipeline.shapes import DetectSettings
from pipeline.storage.store import Store
from tests.bench.figures import Figures

Votes = Mapping[Series, Sequence[Vote]]


def rate(replications: int, accepted: float) -> Figures:
    """Return how many series shifts a quarter are raised, over all series of the archive together."""
    votes, sources = archive()
    wanted = DetectSettings(false_alarms_per_quarter=accepted)
    numbers = np.random.default_rng(57)
    days = [vote.day for cast in votes.values() for vote in cast]
    quarters = (max(days) - min(days)) / QUARTER_DAYS
    raised = np.array([_raised(_shuffled(votes, numbers), wanted, sources) for _ in range(replications)]) / quarters
    upper = raised.mean() + 1.645 * raised.std(ddof=1) / np.sqrt(replications)
    return {
        "kind": "demo archive, shuffled",
        "per_week": round(len(days) / len(votes) / quarters / QUARTER_DAYS * 7, 1),
        "per_quarter": round(float(raised.mean()), 3),
        "upper95": round(float(upper), 3),
        "first_quarter": round(float(raised.mean()), 3),
        "series": len(votes),
        "votes": len(days),
    }


def archive() -> tuple[Votes, Mapping[str, Source]]:
    """Play the demo archive; return the votes of every series that has any."""
    with tempfile.TemporaryDirectory() as name:
        play(Console(file=io.StringIO()), Path(name))
        store = Store(f"sqlite:///{name}/stancewatch.db")
        try:
            votes = balances(store.articles.relevant())
        finally:
            store.close()
    settings = load({"STANCEWATCH_CONFIG_DIR": str(CONFIG)})
    return {series: cast for series, cast in votes.items() if cast}, {
        source.name: source for source in settings.sources
    }


def _shuffled(votes: Votes, numbers: np.random.Generator) -> Votes:
    """Let what each story says change places within its series; outlets, languages and times stay."""
    return {
        series: [
            replace(vote, value=cast[other].value, stance=cast[other].stance)
            for vote, other in zip(cast, numbers.permutation(len(cast)).tolist(), strict=True)
        ]
        for series, cast in votes.items()
    }


def _raised(votes: Votes, wanted: DetectSettings, sources: Mapping[str, Source]) -> int:
    return sum(not change.held for known in watch(votes, wanted, sources).values() for change in known.changes)
