"""
The votes of one series -> its changes: raised, or held where a fault of our own explains them. Pure.

A change that is held is watched on the line as it is without the fault; once that line raises an alarm the same way
the change is released, under the name that it had. The next line starts with the vote after an alarm.
"""

from collections.abc import Callable, Iterable, Sequence, Set as AbstractSet
from dataclasses import dataclass, replace

from pipeline.detect.change import Alarm, Detector, Observation
from pipeline.detect.held import Explanation
from pipeline.detect.series import Vote
from pipeline.domain import Held

Explain = Callable[[Sequence[Vote], int], Iterable[Explanation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    An alarm, and the votes that it rests on: ``line`` ends with the one that raised it.

    ``named`` is the vote that first raised it; ``fault`` explains it while it is ``held``, and did before otherwise.
    """

    alarm: Alarm
    line: Sequence[Vote]
    named: Vote
    fault: Explanation | None = None
    held: bool = False

    @property
    def up(self) -> bool:
        """Whether the balance rose."""
        return self.alarm.after > self.alarm.before

    @property
    def old(self) -> Sequence[Vote]:
        """The votes before the onset."""
        return self.line[: self.alarm.onset]

    @property
    def new(self) -> Sequence[Vote]:
        """The votes since the onset."""
        return self.line[self.alarm.onset :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What became of a series: its changes in order, and the line since the last; ``enough`` to tell of a change."""

    changes: Sequence[Change]
    line: Sequence[Vote]
    enough: bool


def changes(votes: Sequence[Vote], threshold: float, warm_up: int, explain: Explain) -> Watched:
    """Watch a series from its first vote to its last."""
    watch, found, rest = _Watch(threshold, warm_up, explain), list[Change](), list(votes)
    while True:
        some, line, enough = watch.next(rest)
        found += some
        if not some or some[-1].held:
            return Watched(changes=found, line=line, enough=enough)
        last = some[-1].line[-1].article_id
        rest = rest[1 + next(place for place, vote in enumerate(rest) if vote.article_id == last) :]


@dataclass(frozen=True, slots=True)
class _Watch:
    threshold: float
    warm_up: int
    explain: Explain

    def next(self, line: list[Vote]) -> tuple[list[Change], list[Vote], bool]:
        """Find the next change, after one that is held if there is; the line that was watched last; and enough."""
        held, known = list[Change](), set[Held]()
        while True:
            change, enough = self._first(line)
            if change is None:
                return held, line, enough
            fault = self._fault(change, known)
            if fault is None:
                break
            held = held or [replace(change, fault=fault, held=True)]
            known.add(fault.cause)
            line = fault.without(line)
        if held and held[0].up is change.up:
            return [replace(change, named=held[0].named, fault=held[0].fault)], line, enough
        return [*held, change], line, enough

    def _first(self, line: Sequence[Vote]) -> tuple[Change | None, bool]:
        detector, enough = Detector(threshold=self.threshold, warm_up=self.warm_up), False
        for place, vote in enumerate(line):
            state = detector.update(Observation(value=vote.value, day=vote.day))
            enough = state.enough
            if state.alarm is not None:
                return Change(alarm=state.alarm, line=line[: place + 1], named=vote), enough
        return None, enough

    def _fault(self, change: Change, known: AbstractSet[Held]) -> Explanation | None:
        """Return the first fault without which no alarm would have been raised the same way by now."""
        for fault in self.explain(change.line, change.alarm.onset):
            if fault.cause not in known:
                other, _ = self._first(fault.without(change.line))
                if other is None or other.up is not change.up:
                    return fault
        return None
