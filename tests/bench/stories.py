"""
Do reports of one happening come together? Gathers the real texts of ``$STANCEWATCH_SHARED/eval`` into stories.

Over the pairs of texts within a story: precision, recall and F1, for pairs of one language and across languages
apart, and beside them what exact (folded) titles find. A text without a date counts as of any time.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression

from pipeline.dedup.fingerprint import fingerprint
from pipeline.dedup.match import copies, pairs
from pipeline.dedup.report import Happenings, Report, report
from pipeline.dedup.story import features, gather, near
from pipeline.domain import Article
from pipeline.language.concepts import Concepts
from pipeline.language.text import fold
from pipeline.settings import ROOT, load
from tests.bench.figures import Figures, Missing, table

_COLUMNS = ("pairs", "precision", "recall", "f1", "found", "wrong", "missed")
_CHINESE = {"jinghua-zh": "zh-Hans", "taipei-gazette-zh": "zh-Hant", "yushan-she-zh": "zh-Hant"}
_SEEN = datetime(2026, 11, 1, tzinfo=UTC)


def happenings() -> Happenings:
    """Return the project's own."""
    known = load({}).happenings
    return Happenings(known.concepts, known.often)


def articles(rows: Iterable[Mapping[str, Any]]) -> list[Article]:
    return [
        Article(
            article_id=row["id"],
            copy_id=row["id"],
            story_id=row["id"],
            source=row["source"],
            origin=row["source"],
            url=row["url"] or "",
            lang=row["lang"],
            title=row["title"],
            lead=row["lead"],
            published_at=_noon(row["date"]),
            seen_at=_SEEN,
            history=True,
        )
        for row in rows
    ]


def _noon(date: str | None) -> datetime | None:
    """Read a date as its noon, a time as it is."""
    at = datetime.fromisoformat(date) if date else None
    return at if at is None or at.tzinfo else at.replace(hour=12, tzinfo=UTC)


def reports(texts: Iterable[Article]) -> list[Report]:
    field, words = Concepts(load().concepts), happenings()
    return [replace(report(text, field, words), at=text.published_at) for text in texts]


def scored(texts: Iterable[Article], gold: Mapping[str, str], found: Mapping[str, str], prefix: str = "") -> Figures:
    """Compare two partitions by their pairs: all, those of one language, those across languages."""
    counts: Counter[tuple[str, bool, bool]] = Counter()
    for one, other in combinations(texts, 2):
        ids = one.article_id, other.article_id
        kind = "same_language_" if one.lang.partition("-")[0] == other.lang.partition("-")[0] else "cross_language_"
        for group in ("", kind):
            counts[group, gold[ids[0]] == gold[ids[1]], found[ids[0]] == found[ids[1]]] += 1
    figures: Figures = {}
    for group in ("", "same_language_", "cross_language_"):
        right, wrong, missed = (counts[group, *way] for way in ((True, True), (False, True), (True, False)))
        name = f"{prefix}story_pair_{group}"
        figures[f"{name}precision"] = round(right / (right + wrong), 4) if right + wrong else None
        figures[f"{name}recall"] = round(right / (right + missed), 4) if right + missed else None
        figures[f"{name}f1"] = round(2 * right / (2 * right + wrong + missed), 4) if right + wrong + missed else None
        figures |= {f"{name}found": right, f"{name}wrong": wrong, f"{name}missed": missed}
    return figures


def archive() -> list[dict[str, Any]]:
    """Read the invented demo archive."""
    return [
        {**row, "id": row["guid"], "lang": _CHINESE.get(path.stem, path.stem[-2:]), "date": row["published_at"]}
        for path in sorted((ROOT / "config" / "demo" / "archive").glob("*.jsonl"))
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    ]


def counted() -> dict[str, float]:
    """Count anew in how many of 1,000 invented texts each concept stands."""
    paths = sorted((ROOT / "models" / "corpus").glob("*.jsonl"))
    rows = [*archive(), *(json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines())]
    counts = Counter(
        matter for one in reports(articles({"source": "", "url": "", **row} for row in rows)) for matter in one.matters
    )
    return {matter: 1000 * texts / len(rows) for matter, texts in counts.items()}


def fitted() -> tuple[list[float], float]:
    """Fit the weights and the bias anew, on the pairs of one time in the invented demo archive."""
    rows = archive()
    texts = articles({"source": "", "url": "", **row} for row in rows)
    pairs = [
        (features(one, other), row["story"] == column["story"])
        for (row, one), (column, other) in combinations(zip(rows, reports(texts), strict=True), 2)
        if near(one, other)
    ]
    found = LogisticRegression(max_iter=5000).fit([pair for pair, _ in pairs], [same for _, same in pairs])
    return found.coef_[0].round(2).tolist(), float(found.intercept_[0].round(2))


def measure() -> Figures:
    path = Path(os.environ.get("STANCEWATCH_SHARED") or "/nowhere") / "eval" / "dev.jsonl"
    if not path.is_file():
        raise Missing("the real texts: set STANCEWATCH_SHARED to the folder that holds eval/dev.jsonl")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    texts, gold = articles(rows), {row["id"]: row["story"] for row in rows}
    near = copies(texts, pairs(texts, (), lambda text: fingerprint(text.title, text.lead)))
    titles = {text.article_id: fold(text.title) or text.article_id for text in texts}
    return {
        "texts": len(texts),
        "stories": len(set(gold.values())),
        **scored(texts, gold, gather(reports(texts), near)),
        **scored(texts, gold, near, "copies_"),
        **scored(texts, gold, titles, "title_"),
    }


def show(figures: Figures) -> str:
    rows = []
    for prefix, method in (("", "stories"), ("copies_", "near-copies alone"), ("title_", "exact titles")):
        for group, which in (("", "all"), ("same_language_", "one language"), ("cross_language_", "across")):
            row = {column: figures.get(f"{prefix}story_pair_{group}{column}") for column in _COLUMNS[1:]}
            rows.append({**row, "pairs": f"{method}, {which}"})
    return f"{figures['texts']} texts of {figures['stories']} stories\n{table(_COLUMNS, rows)}"
