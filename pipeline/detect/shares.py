"""
A line of votes -> the same line with no outlet above its share of it. Pure.

What one outlet tells counts only as far as the others tell stories, too: each of theirs lets a part of the next one of
its own through, as a token bucket does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.detect.series import Vote

NEW_DAYS = 28.0
"""How long an outlet is new to a line, and from when on a line has outlets that are not."""

_SAVED = 2.0


@dataclass(slots=True)
class Newcomers:
    """
    Lets an outlet that comes later than the others count as the average one does, in its first four weeks.

    A feed that is added brings a month of its own choice, a portal brings old stories again: neither is the world.
    ``new`` says on which day each of them was first heard, ``tokens`` what they may tell next.
    """

    began: float | None = None
    known: set[str] = field(default_factory=set)
    new: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)

    def let(self, vote: Vote) -> bool:
        """Say whether the next vote of the line counts."""
        self.began = vote.day if self.began is None else self.began
        if vote.outlet not in self.known and vote.day - self.began > NEW_DAYS:
            self.new[vote.outlet] = vote.day
        self.known.add(vote.outlet)
        self.new = {name: first for name, first in self.new.items() if vote.day - first <= NEW_DAYS}
        self.tokens = {name: left for name, left in self.tokens.items() if name in self.new}
        return _let(vote.outlet, dict.fromkeys(self.new, 1 / len(self.known)), self.tokens)

    def packed(self) -> dict[str, Any]:
        """Return all that it needs to go on, as JSON keeps it exactly."""
        return {"began": self.began, "known": sorted(self.known), "new": self.new, "tokens": self.tokens}

    def unpack(self, packed: Mapping[str, Any]) -> None:
        """Go on from what another one `packed`."""
        self.began, self.known = packed["began"], set(packed["known"])
        self.new, self.tokens = dict(packed["new"]), dict(packed["tokens"])


def newcomers_held(votes: Iterable[Vote]) -> list[Vote]:
    """Leave out what newcomers tell beyond the average outlet's share."""
    newcomers = Newcomers()
    return [vote for vote in votes if newcomers.let(vote)]


def kept_to(votes: Iterable[Vote], shares: Mapping[str, float], who: Callable[[Vote], str]) -> list[Vote]:
    """Keep those named to their share of the line, in (0, 1); ``who`` names a vote's."""
    tokens: dict[str, float] = {}
    return [vote for vote in votes if _let(who(vote), shares, tokens)]


def _let(name: str, shares: Mapping[str, float], tokens: dict[str, float]) -> bool:
    if name in shares and tokens.get(name, 1.0) < 1:
        return False
    for outlet, share in shares.items():
        more = -1.0 if outlet == name else share / (1 - share)
        tokens[outlet] = min(tokens.get(outlet, 1.0) + more, _SAVED)
    return True
