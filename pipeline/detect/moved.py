"""
Votes of every series -> the series shifts in them, and where each series stands. Pure; the same votes, the same shifts.

The accepted false alarms are shared out by kind of series: four fifths to the actors' own voices, most of it to the
governments, one fifth to the tracks. Shares and the number of series are fixed, whatever stories come: what was found
in a series stays found when more stories come.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.detect.change import days_between_false_alarms
from pipeline.detect.changes import Change, Watched, changes
from pipeline.detect.correct import Correction, balance
from pipeline.detect.held import Outage, explanations
from pipeline.detect.influence import weighed
from pipeline.detect.series import VALUES, Vote, all_series, opened
from pipeline.detect.shares import newcomers_held
from pipeline.detect.words import balances as balances_said, words
from pipeline.domain import (
    Evidence,
    Outlook,
    ReportedShift,
    Series,
    Shift,
    ShiftKind,
    Source,
    TaggedArticle,
    Voice,
)
from pipeline.shapes import DetectSettings

GOVERNMENT, DEBATE, TRACK = "government", "debate", "track"
SHARES = {GOVERNMENT: 0.6, DEBATE: 0.2, TRACK: 0.2}
"""Of the accepted false alarms."""

_SHOWN = 8
_CERTAINTY = 0.9


def kind_of(series: Series) -> str:
    """Name the kind of series that shares its part of the accepted false alarms."""
    return TRACK if series.track else GOVERNMENT if series.voice is Voice.GOVERNMENT else DEBATE


_NUMBER = Counter(kind_of(series) for series in all_series())


def threshold(series: Series, false_alarms_per_quarter: float) -> float:
    """Return what a series' detector has to reach, so that all series together keep the accepted rate."""
    kind = kind_of(series)
    return days_between_false_alarms(_NUMBER[kind], SHARES[kind] * false_alarms_per_quarter)


def coming(series: Series, votes: Sequence[Vote], wanted: DetectSettings) -> Sequence[Vote]:
    """Return the votes since a series is watched; a track only once it is open."""
    return opened(votes, wanted.track_stories_per_week) if series.track else votes


def counting(series: Series, votes: Sequence[Vote], wanted: DetectSettings) -> list[Vote]:
    """Return those of them that its detector is to see."""
    return newcomers_held(coming(series, votes, wanted))


def watch(
    votes: Mapping[Series, Sequence[Vote]],
    wanted: DetectSettings,
    sources: Mapping[str, Source],
    out: Sequence[Outage] = (),
) -> dict[Series, Watched]:
    """Watch every series."""
    return {
        series: changes(
            counting(series, cast, wanted),
            threshold(series, wanted.false_alarms_per_quarter),
            wanted.min_stories,
            lambda line, onset: explanations(line, onset, sources, out),
        )
        for series, cast in votes.items()
    }


def moved(
    watched: Mapping[Series, Watched],
    articles: Mapping[str, TaggedArticle],
    wanted: DetectSettings,
    correction: Correction | None = None,
) -> list[Shift]:
    """
    Return every shift of every series, in order of detection. ``articles`` are by id, for the evidence.

    A track that moves with its government's whole balance is no shift of its own.
    """
    found = [
        _shift(series, change, articles, wanted, correction)
        for series, known in watched.items()
        for change in known.changes
    ]
    whole = [shift for shift in found if shift.track is None and shift.voice is Voice.GOVERNMENT and shift.stands]
    kept = [shift for shift in found if shift.track is None or not any(_part_of(shift, other) for other in whole)]
    return sorted(kept, key=lambda shift: (shift.detected_at, shift.shift_id))


def outlook(watched: Mapping[Series, Watched], correction: Correction | None = None) -> list[Outlook]:
    """Say where every series that has a story stands, since when, and of which there is too little to tell."""
    return [
        Outlook(
            series=series,
            stories=len(known.line),
            since=known.line[0].at if known.line else None,
            stands=balance(known.line, correction) if known.enough else None,
            corrected=correction is not None,
            held=next((c.fault.cause for c in known.changes[-1:] if c.held and c.fault), None),
        )
        for series, known in watched.items()
        if known.line or known.changes
    ]


def _part_of(shift: Shift, whole: Shift) -> bool:
    about = [(s.actor, s.balance, s.direction) for s in (shift, whole)]
    return about[0] == about[1] and shift.onset_at <= whole.detected_at <= shift.detected_at


def _shift(
    series: Series,
    change: Change,
    articles: Mapping[str, TaggedArticle],
    wanted: DetectSettings,
    correction: Correction | None,
) -> Shift:
    known = correction if all(vote.value == VALUES[vote.stance] for vote in change.line) else None
    before, after, low, high = _size(change, known)
    weights = weighed(change.old, change.new, threshold(series, wanted.false_alarms_per_quarter), wanted.min_stories)
    tracks = Counter(track for vote in change.new for track in articles[vote.article_id].tag.tracks)
    near, far = (change.line[min(place, len(change.line) - 1)].at for place in change.alarm.onset_within)
    rate, last = wanted.false_alarms_per_quarter, change.line[-1]
    return Shift(
        shift_id=_shift_id(series, change.named),
        kind=ShiftKind.SERIES,
        actor=series.actor,
        voice=series.voice,
        balance=series.balance,
        track=series.track,
        direction=ReportedShift.TOWARD if change.up else ReportedShift.AWAY,
        act=None,
        tracks=tuple(track for track, _ in tracks.most_common(3)),
        onset_at=change.new[0].published_at or change.new[0].seen_at,
        onset_from=near,
        onset_until=far,
        detected_at=last.seen_at,
        before=round(before, 4),
        after=round(after, 4),
        size_low=round(low, 4),
        size_high=round(high, 4),
        stories_before=len(change.old),
        stories_after=len(change.new),
        certainty=_CERTAINTY,
        false_alarms_per_quarter=rate,
        confirmed=True,
        history=last.history,
        held=change.fault.cause if change.held and change.fault else None,
        model=last.model,
        rests_on=weights.rests_on,
        words=words(series, change, rate, balances_said(before, after, corrected=known is not None), weights.rests_on),
        evidence=tuple(_evidence(vote, articles, weight) for vote, weight in weights.votes[:_SHOWN]),
    )


def _size(change: Change, correction: Correction | None) -> tuple[float, float, float, float]:
    """Return the balance before and after, and the ends of the change."""
    before, after, (low, high) = change.alarm.before, change.alarm.after, change.alarm.size_within
    if correction is None:
        return before, after, low, high
    margin = correction.margin(change.old, change.new, (high - low) / 2)
    before, after = correction.mean(change.old) or 0.0, correction.mean(change.new) or 0.0
    return before, after, after - before - margin, after - before + margin


def _evidence(vote: Vote, articles: Mapping[str, TaggedArticle], weight: float) -> Evidence:
    return Evidence(
        article=articles[vote.article_id].article,
        articles=vote.articles,
        stance=vote.stance,
        gloss=vote.gloss,
        influence=round(weight, 4),
    )


def _shift_id(series: Series, named: Vote) -> str:
    about = "\0".join(str(part) for part in (series.actor, series.voice, series.balance, series.track, named.copy_id))
    return hashlib.sha256(f"series\0{about}".encode()).hexdigest()[:24]
