"""A change of a series -> its sentence, in numbers that a reader can count, with the rate it was raised at. Pure."""

from collections import Counter

from pipeline.detect.changes import Change
from pipeline.domain import Series, Stance, Voice

_VERB = {Stance.SUPPORTIVE: "support", Stance.HEDGING: "hedge", Stance.OPPOSING: "oppose"}
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def words(series: Series, change: Change, rate: float, balances: str, rests_on: int | None) -> str:
    """Say what moved, by how much, on what it rests, and how sure that is; a debate never moves a country."""
    parts = [
        f"held: {change.fault.words}" if change.held and change.fault else "",
        f"{_counted(series, change)}: {_way(series, up=change.up)}",
        balances,
        _resting(rests_on),
        f"first held ({change.fault.words}), but it stays without" if change.fault and not change.held else "",
        "" if change.held else "likely real",
        f"we accept {'one false alarm' if rate == 1 else f'{rate:g} false alarms'} of this kind a quarter",
    ]
    return "; ".join(part for part in parts if part)


def balances(before: float, after: float, *, corrected: bool) -> str:
    """Say the balance before and since, and whether the model's known errors are taken out of it."""
    how = "corrected for the model's known errors" if corrected else "as tagged, the model's errors not corrected"
    return f"balance {before:+.2f} before, {after:+.2f} since, {how}".replace("-", "−")


def _counted(series: Series, change: Change) -> str:
    """Name the stance whose share grew most, with its counts after and before."""
    now, then = (Counter(vote.stance for vote in votes) for votes in (change.new, change.old))
    grown = max(_VERB, key=lambda s: now[s] / len(change.new) - then[s] / max(len(change.old), 1))
    since = f"{now[grown]} of the last {len(change.new)} {_stories(series)} {_VERB[grown]}"
    return f"{since}, against {then[grown]} of {len(change.old)} before"


def _stories(series: Series) -> str:
    if series.voice is not Voice.GOVERNMENT:
        article = "the " if series.voice in {Voice.RULING_PARTY, Voice.OPPOSITION} else ""
        return f"stories of {article}{series.voice.replace('_', ' ')}"
    return f"government stories on {series.track.replace('_', ' ')}" if series.track else "government stories"


def _way(series: Series, *, up: bool) -> str:
    way = "closer to Ukraine" if up else "further from Ukraine"
    return way if series.voice is Voice.GOVERNMENT else f"{way} in the debate, not the government's line"


def _resting(rests_on: int | None) -> str:
    if rests_on is None:
        return ""
    which = "the weightiest story" if rests_on == 1 else f"these {_NUMBERS.get(rests_on, rests_on)} stories"
    return f"without {which} it would not have fired"
