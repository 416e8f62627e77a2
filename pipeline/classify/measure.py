"""
Labelled texts and their tags -> figures with intervals. Pure.

Each labelled position of a relevant text is one observation, compared with the said position of the same actor and
voice, else of the same actor; else it is missed, and wrong in every field. Intervals: 95 % percentile bootstrap over
stories (Efron & Tibshirani 1993). Expected calibration error: ten bins of equal width (Guo et al. 2017).
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.classify.corpus import Label, Sample
from pipeline.domain import Act, Position, ReportedShift, Stance, Tag, Voice

FIELDS = ("relevance", "actor", "voice", "stance", "shift", "act", "allegation", "tracks", "ece")
_MISSED = "missed"
_BINS = 10
_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled text and its tag."""

    gold: Sample
    tag: Tag

    @property
    def said(self) -> tuple[Position, ...]:
        """The positions that count: those of a text called relevant."""
        return self.tag.positions if self.tag.relevant else ()

    def observations(self) -> Iterable[tuple[Label, Position | None]]:
        """Pair every labelled position with what was said of it."""
        for label in self.gold.positions:
            same = [p for p in self.said if p.actor is label.actor]
            yield label, next((p for p in same if p.voice is label.voice), same[0] if same else None)


def figures(pairs: Sequence[Pair]) -> dict[str, float]:
    """Return `FIELDS`: macro-F1 of relevance, stance, shift and act; F1 of allegations; micro-F1 of tracks."""
    seen = [found for pair in pairs for found in pair.observations()]
    relevant = [pair for pair in pairs if pair.gold.relevant]
    return {
        "relevance": _macro([(p.gold.relevant, p.tag.relevant) for p in pairs], (True, False)),
        "actor": _share({p.actor for p in pair.gold.positions} == {p.actor for p in pair.said} for pair in relevant),
        "voice": _share(p is not None and p.voice is label.voice for label, p in seen),
        "stance": _macro([(label.stance, p.stance if p else _MISSED) for label, p in seen], tuple(Stance)),
        "shift": _macro(
            [(label.reported_shift, p.reported_shift if p else _MISSED) for label, p in seen], tuple(ReportedShift)
        ),
        "act": _macro([(label.act, p.act if p else _MISSED) for label, p in seen], tuple(Act)),
        "allegation": _macro([(label.allegation, p.allegation if p else _MISSED) for label, p in seen], (True,)),
        "tracks": _micro((pair.gold.tracks, set(pair.tag.tracks) if pair.tag.relevant else set()) for pair in relevant),
        "ece": _calibration([(p.stance_probabilities[p.stance], p.stance is label.stance) for label, p in seen if p]),
    }


def intervals(pairs: Sequence[Pair]) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of every figure, texts drawn by story; the same every time."""
    by_story: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_story.setdefault(pair.gold.story, []).append(pair)
    chance, stories = random.Random(1), list(by_story.values())
    draws = [
        figures([pair for story in chance.choices(stories, k=len(stories)) for pair in story])
        for _ in range(_RESAMPLES)
    ]
    ends = {}
    for name in FIELDS:
        values = sorted(value for draw in draws if (value := draw[name]) == value)
        low, high = int(0.025 * len(values)), int(0.975 * len(values))
        ends[name] = (values[low], values[high]) if values else (float("nan"), float("nan"))
    return ends


def confusion(pairs: Sequence[Pair]) -> dict[str, dict[str, int]]:
    """Count how often each stance is said of positions labelled with each, by label; only what casts votes counts."""
    counts = {str(label): dict.fromkeys(map(str, Stance), 0) for label in Stance}
    for pair in pairs:
        for label, said in pair.observations():
            if said is not None and not (said.unsure or said.allegation or label.allegation):
                counts[label.stance][said.stance] += 1
    return counts


def alerts(pairs: Sequence[Pair], sure: float) -> tuple[int, int, int]:
    """Count reported shifts of governments, no allegations: said rightly with so much certainty, said, labelled."""
    right = said = labelled = 0
    for pair in pairs:
        wanted = {(p.actor, p.reported_shift) for p in pair.gold.positions if _moves(p)}
        found = {
            (p.actor, p.reported_shift)
            for p in pair.said
            if _moves(p) and p.shift_probabilities[p.reported_shift] >= sure
        }
        right, said, labelled = right + len(wanted & found), said + len(found), labelled + len(wanted)
    return right, said, labelled


def _moves(position: Label | Position) -> bool:
    official = position.voice is Voice.GOVERNMENT and not position.allegation
    return official and position.reported_shift is not ReportedShift.NONE


def _macro(answers: Sequence[tuple[object, object]], labels: Sequence[object]) -> float:
    """Return the mean F1 of the labels that are wanted somewhere."""
    scores = []
    for label in labels:
        hit = sum(gold == said == label for gold, said in answers)
        wrong = sum((gold == label) != (said == label) for gold, said in answers)
        if any(gold == label for gold, _ in answers):
            scores.append(2 * hit / (2 * hit + wrong))
    return sum(scores) / len(scores) if scores else float("nan")


def _micro(answers: Iterable[tuple[frozenset[object] | set[object], set[object]]]) -> float:
    hit = wrong = 0
    for gold, said in answers:
        hit, wrong = hit + len(gold & said), wrong + len(gold ^ said)
    return 2 * hit / (2 * hit + wrong) if hit + wrong else float("nan")


def _share(right: Iterable[bool]) -> float:
    known = list(right)
    return sum(known) / len(known) if known else float("nan")


def _calibration(said: Sequence[tuple[float, bool]]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for sure, right in said:
        bins.setdefault(min(int(sure * _BINS), _BINS - 1), []).append((sure, right))
    off = sum(abs(sum(sure for sure, _ in some) - sum(right for _, right in some)) for some in bins.values())
    return off / len(said) if said else float("nan")


def worst(pairs: Sequence[Pair], most: int) -> list[tuple[float, str, str]]:
    """Return the surest errors: probability, the text's name, and what was wanted and said."""
    found = [
        (pair.tag.relevance if pair.tag.relevant else 1 - pair.tag.relevance, pair.gold.name, "relevance")
        for pair in pairs
        if pair.gold.relevant is not pair.tag.relevant
    ]
    for pair in pairs:
        for label, said in pair.observations() if pair.tag.relevant else ():
            who = f"{label.actor} {label.voice}"
            if said is None:
                found.append((pair.tag.relevance, pair.gold.name, f"{who}: nothing said of it"))
                continue
            for wanted, chosen, sure in (
                (label.stance, said.stance, said.stance_probabilities[said.stance]),
                (label.reported_shift, said.reported_shift, said.shift_probabilities[said.reported_shift]),
            ):
                if wanted is not chosen:
                    found.append((sure, pair.gold.name, f"{who}: {chosen}, wanted {wanted}"))
    return sorted(found, reverse=True)[:most]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a model reached on labelled texts; ``figures`` with the ends of their intervals."""

    model: str
    texts: int
    figures: Mapping[str, tuple[float, float, float]]
    by_language: Mapping[str, tuple[int, Mapping[str, float]]]
    alerts: tuple[int, int, int]
    confusion: Mapping[str, Mapping[str, int]]
    worst: Sequence[tuple[float, str, str]]


def evaluation(pairs: Sequence[Pair], sure: float, most: int = 0) -> Evaluation:
    """Measure tags against labels, in whole and by language, and list ``most`` of the surest errors."""
    ends = intervals(pairs)
    by_language: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: pair.gold.text.lang):
        by_language.setdefault(pair.gold.text.lang, []).append(pair)
    return Evaluation(
        model=pairs[0].tag.model,
        texts=len(pairs),
        figures={name: (value, *ends[name]) for name, value in figures(pairs).items()},
        by_language={lang: (len(some), figures(some)) for lang, some in by_language.items()},
        alerts=alerts(pairs, sure),
        confusion=confusion(pairs),
        worst=worst(pairs, most),
    )
