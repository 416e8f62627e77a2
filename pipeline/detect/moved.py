"""
Votes of a government's balance -> the series shifts in them. Pure; the same votes give the same shifts.

Says what moved in numbers that a reader can count ("9 of the last 14 stories hedge, against 3 of 15 before")
and at which rate of false alarms it was raised.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.detect.change import Alarm, alarms, votes_between_false_alarms
from pipeline.detect.series import Vote
from pipeline.domain import Actor, Balance, Evidence, ReportedShift, Shift, ShiftKind, Stance, TaggedArticle

_SHOWN = 8
_VERB = {Stance.SUPPORTIVE: "support", Stance.HEDGING: "hedge", Stance.OPPOSING: "oppose"}


def moved(
    votes: Mapping[tuple[Actor, Balance], Sequence[Vote]],
    articles: Mapping[str, TaggedArticle],
    *,
    false_alarms_per_quarter: float,
    stories_per_quarter: float,
    min_stories: int,
) -> list[Shift]:
    """
    Return every shift of every series, in order of detection. ``articles`` are by id, for the evidence.

    The threshold rests on settings alone, never on the series' own pace: what was found in a series stays
    found when more stories come.
    """
    threshold = votes_between_false_alarms(stories_per_quarter, false_alarms_per_quarter)
    found = []
    for (actor, balance), series in votes.items():
        start = 0
        for alarm in alarms([vote.value for vote in series], threshold, min_stories):
            found.append(_shift(actor, balance, series, start, alarm, articles, false_alarms_per_quarter))
            start = alarm.onset
    return sorted(found, key=lambda shift: (shift.detected_at, shift.shift_id))


def anew(found: Sequence[Shift], known: Iterable[Shift]) -> list[Shift]:
    """
    Leave out of ``found`` what is ``known`` under another name.

    A copy that comes later, or an edited text, may change a vote of the past and move its alarm by a story or two,
    or put another text in front of a matter. The change is then found under a new name and no longer under its old
    one: it is not to be said twice.
    """
    names = {shift.shift_id for shift in found}
    gone = [shift for shift in known if shift.shift_id not in names]
    return [shift for shift in found if not any(_is(shift, other) for other in gone)]


def _is(shift: Shift, gone: Shift) -> bool:
    """Say whether one change stands behind both; what was only history has not been said."""
    about = [(each.kind, each.actor, each.balance, each.direction) for each in (shift, gone)]
    if about[0] != about[1] or (gone.history and not shift.history):
        return False
    if shift.kind is ShiftKind.REPORTED:
        return bool(_articles(shift) & _articles(gone))
    return shift.onset_at <= gone.detected_at and gone.onset_at <= shift.detected_at


def _articles(shift: Shift) -> set[str]:
    return {piece.article.article_id for piece in shift.evidence}


def _shift(
    actor: Actor,
    balance: Balance,
    series: Sequence[Vote],
    start: int,
    alarm: Alarm,
    articles: Mapping[str, TaggedArticle],
    rate: float,
) -> Shift:
    old, new = series[start : alarm.onset], series[alarm.onset : alarm.at + 1]
    direction = ReportedShift.TOWARD if alarm.after > alarm.before else ReportedShift.AWAY
    first, last = new[0], new[-1]
    tracks = Counter(track for vote in new for track in articles[vote.article_id].tag.tracks)
    return Shift(
        shift_id=_shift_id(actor, balance, last),
        kind=ShiftKind.SERIES,
        actor=actor,
        balance=balance,
        direction=direction,
        act=None,
        tracks=tuple(track for track, _ in tracks.most_common(3)),
        onset_at=first.published_at or first.seen_at,
        detected_at=last.seen_at,
        before=round(alarm.before, 4),
        after=round(alarm.after, 4),
        stories_before=len(old),
        stories_after=len(new),
        certainty=0.9,
        false_alarms_per_quarter=rate,
        confirmed=True,
        history=last.history,
        words=_words(direction, old, new, rate),
        evidence=tuple(_evidence(vote, articles, alarm) for vote in _movers(new, alarm)),
    )


def _shift_id(actor: Actor, balance: Balance, last: Vote) -> str:
    return hashlib.sha256(f"series\0{actor}\0{balance}\0{last.copy_id}".encode()).hexdigest()[:24]


def _words(direction: ReportedShift, old: Sequence[Vote], new: Sequence[Vote], rate: float) -> str:
    """Name the stance whose share grew most, with its counts after and before."""
    now, then = Counter(vote.stance for vote in new), Counter(vote.stance for vote in old)
    grown = max(_VERB, key=lambda s: now[s] / len(new) - then[s] / max(len(old), 1))
    alarms_said = "one false alarm" if rate == 1 else f"{rate:g} false alarms"
    return (
        f"{now[grown]} of the last {len(new)} government stories {_VERB[grown]}, against {then[grown]} of "
        f"{len(old)} before: {'closer to' if direction is ReportedShift.TOWARD else 'further from'} Ukraine; "
        f"we accept {alarms_said} of this kind a quarter"
    )


def _movers(new: Sequence[Vote], alarm: Alarm) -> list[Vote]:
    """Choose the votes that pull the new mean furthest from the old, the latest first among equals."""
    sign = 1 if alarm.after > alarm.before else -1
    pulling = sorted(new, key=lambda v: (sign * v.value, v.seen_at, v.copy_id), reverse=True)
    return pulling[:_SHOWN]


def _evidence(vote: Vote, articles: Mapping[str, TaggedArticle], alarm: Alarm) -> Evidence:
    return Evidence(
        article=articles[vote.article_id].article,
        articles=vote.articles,
        stance=vote.stance,
        gloss=vote.gloss,
        influence=round(abs(vote.value - alarm.before), 4),
    )
