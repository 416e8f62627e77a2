"""What is found now and what is recorded -> what is new, and what is to be withdrawn and why. Pure."""

from collections.abc import Collection, Iterable, Sequence, Set as AbstractSet

from pipeline.domain import Shift, ShiftKind


def anew(found: Sequence[Shift], known: Iterable[Shift]) -> list[Shift]:
    """
    Leave out of ``found`` what is ``known`` under another name.

    A copy that comes later, or an edited text, may change a vote of the past and move its alarm by a story or two,
    or put another text in front of a matter. The change is then found under a new name and no longer under its old
    one: it is not to be said twice.
    """
    names = {shift.shift_id for shift in found}
    gone = [shift for shift in known if shift.shift_id not in names]
    # what was only history has not been said
    return [s for s in found if not any(_is(s, other) and (s.history or not other.history) for other in gone)]


def withdrawn(
    found: Collection[Shift],
    known: Iterable[Shift],
    *,
    model: str,
    false_alarms_per_quarter: float,
    taken_back: AbstractSet[str] = frozenset(),
    judged: AbstractSet[str] = frozenset(),
) -> dict[str, str]:
    """
    Return what is ``known`` and found no more, under no name, each with the reason; all else stands.

    ``judged`` are the stories and shifts of which a person said something else than the model.
    """
    names = {shift.shift_id for shift in found}
    why = {}
    for shift in known:
        if shift.shift_id not in names and not any(_is(other, shift) for other in found):
            why[shift.shift_id] = _why(shift, model, false_alarms_per_quarter, taken_back, judged)
    return why


def _why(shift: Shift, model: str, rate: float, taken_back: AbstractSet[str], judged: AbstractSet[str]) -> str:
    if judged & {shift.shift_id, *shift.stories}:
        return "a person judged a story that it rests on otherwise"
    if shift.stories & taken_back:
        return "a story that it rests on was denied or corrected"
    if shift.model and shift.model != model:
        return f"not found in the same stories as tagged by {model}"
    if shift.false_alarms_per_quarter not in {None, rate}:
        return f"not found at {rate:g} accepted false alarms a quarter"
    return "not found any more with stories that came late or were edited"


def _is(shift: Shift, gone: Shift) -> bool:
    """Say whether one change stands behind both."""
    about = [(s.kind, s.actor, s.voice, s.balance, s.track, s.direction) for s in (shift, gone)]
    if about[0] != about[1]:
        return False
    if shift.kind is ShiftKind.REPORTED:
        return bool(shift.stories & gone.stories)
    return shift.onset_at <= gone.detected_at and gone.onset_at <= shift.detected_at
