"""
A line of votes -> the same line with no outlet above its share of it. Pure.

What one outlet tells counts only as far as the others tell stories, too: each of theirs lets a part of the next one of
its own through, as a token bucket does.
"""

from collections.abc import Callable, Mapping, Sequence

from pipeline.detect.series import Vote

NEW_DAYS = 28.0
"""How long an outlet is new to a line, and from when on a line has outlets that are not."""

_SAVED = 2.0


def newcomers_held(votes: Sequence[Vote]) -> list[Vote]:
    """
    Let an outlet that comes later than the others count as the average one does, in its first four weeks.

    A feed that is added brings a month of its own choice, a portal brings old stories again: neither is the world.
    """
    since: dict[str, float] = {}

    def new(vote: Vote) -> Mapping[str, float]:
        since.setdefault(vote.outlet, vote.day)
        late = (name for name, first in since.items() if first - votes[0].day > NEW_DAYS)
        return {name: 1 / len(since) for name in late if vote.day - since[name] <= NEW_DAYS}

    return kept_to(votes, new)


def kept_to(
    votes: Sequence[Vote],
    shares: Callable[[Vote], Mapping[str, float]],
    who: Callable[[Vote], str] = lambda vote: vote.outlet,
) -> list[Vote]:
    """Keep outlets to their share of the line; ``shares`` names at each vote whom and to what, in (0, 1)."""
    kept, tokens = list[Vote](), dict[str, float]()
    for vote in votes:
        limited, name = shares(vote), who(vote)
        if name in limited and tokens.get(name, 1.0) < 1:
            continue
        kept.append(vote)
        for outlet, share in limited.items():
            more = -1.0 if outlet == name else share / (1 - share)
            tokens[outlet] = min(tokens.get(outlet, 1.0) + more, _SAVED)
    return kept
