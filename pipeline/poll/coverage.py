"""
Feeds, their sources and their health -> for each actor and voice: how it is watched, if at all. Pure.

"Nothing seen" is true only of what is watched: its own official source, its country's press, or only what a search
or a portal chose to show. A feed that is broken, silent or long unread watches nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pipeline.domain import (
    Actor,
    Coverage,
    Feed,
    FeedKind,
    FeedState,
    Hearing,
    Incident,
    IncidentKind,
    Source,
    Voice,
)
from pipeline.poll.schedule import LONGEST_HOURS

UNREAD = timedelta(hours=2 * LONGEST_HOURS)
"""A feed not read for so long watches nothing: none that is asked waits half as long."""
_NAMED = 3
_PRESS = frozenset({FeedKind.WIRE, FeedKind.DAILY})


_WAYS = (Coverage.DIRECT, Coverage.PRESS, Coverage.SEARCH)


def coverage(
    feeds: Iterable[Feed],
    sources: Mapping[str, Source],
    states: Mapping[str, FeedState],
    incidents: Iterable[Incident],
    now: datetime,
) -> tuple[Hearing, ...]:
    """Return a cell for every voice of every actor; ``sources`` are by name and alias, ``incidents`` the open ones."""
    ill = {i.feed for i in incidents if i.ended_at is None and i.kind is not IncidentKind.MOVED}
    known = [(feed, _own(feed, sources), feed.name not in ill and _read(states.get(feed.name), now)) for feed in feeds]
    return tuple(_cell(actor, voice, known) for actor in Actor for voice in Voice)


def words(cells: Iterable[Hearing]) -> list[tuple[str, ...]]:
    """Return the rows of a table, its heading first: actors down, voices across, how and through how many feeds."""
    by_place = {(cell.actor, cell.voice): cell for cell in cells}
    heading = ("", *(voice.replace("_", " ") for voice in Voice))
    return [heading, *((actor, *(_short(by_place[actor, voice]) for voice in Voice)) for actor in Actor)]


def gaps(cells: Iterable[Hearing]) -> list[str]:
    """Say in a line each where "nothing seen" would say too much."""
    return [f"{cell.actor} {cell.voice.replace('_', ' ')}: {said}" for cell in cells if (said := _gap(cell))]


def heard(feed: Feed, source: Source | None) -> Mapping[Actor, tuple[Voice, ...]]:
    """Return whom a feed lets one hear: as its ``voices`` say, else by what its source and country are."""
    if feed.voices is not None:
        return feed.voices
    if source is not None and source.official is not None:
        return {source.official: (Voice.GOVERNMENT,)}
    if feed.country in set(Actor) and (source is None or feed.kind in _PRESS):
        return {Actor(feed.country): tuple(Voice)}
    return {}


def _cell(actor: Actor, voice: Voice, known: Iterable[tuple[Feed, Source | None, bool]]) -> Hearing:
    here = [
        (_way(feed, source, actor, voice), feed.name, works)
        for feed, source, works in known
        if voice in heard(feed, source).get(actor, ())
    ]
    lost: tuple[str, ...] = ()
    for way in _WAYS:
        if working := tuple(name for at, name, works in here if at is way and works):
            return Hearing(actor=actor, voice=voice, coverage=way, feeds=working, lost=lost)
        lost += tuple(name for at, name, _ in here if at is way)
    return Hearing(actor=actor, voice=voice, coverage=Coverage.DOWN if lost else Coverage.NONE, feeds=(), lost=lost)


def _way(feed: Feed, source: Source | None, actor: Actor, voice: Voice) -> Coverage:
    """Say how near a feed is to a voice. A mirror of the actor's own outlet is as near as that."""
    if source is None:
        return Coverage.SEARCH
    if source.official is actor and voice is Voice.GOVERNMENT:
        return Coverage.DIRECT
    own = source.institution and feed.country == actor and source.official is None
    return Coverage.DIRECT if own else Coverage.PRESS


def _own(feed: Feed, sources: Mapping[str, Source]) -> Source | None:
    """Return whose texts a feed carries, an edition as its house; None where others choose them."""
    source = sources.get(feed.source or "")
    if source is None or source.portal:
        return None
    return sources.get(source.edition_of or "", source)


def _read(state: FeedState | None, now: datetime) -> bool:
    return state is not None and state.succeeded_at is not None and now - state.succeeded_at <= UNREAD


def _short(cell: Hearing) -> str:
    if not cell.feeds:
        return cell.coverage
    return f"{cell.coverage} {len(cell.feeds)}{' *' if cell.lost else ''}"


def _gap(cell: Hearing) -> str:
    rest = len(cell.lost) - _NAMED
    names = (*cell.lost[:_NAMED], f"{rest} more") if rest > 0 else cell.lost
    down = f"down: {', '.join(names)}" if names else ""
    match cell.coverage:
        case Coverage.NONE:
            return "not watched"
        case Coverage.DOWN:
            return down
        case Coverage.SEARCH:
            return "; ".join(filter(None, ("only what searches show", down)))
        case _:
            return down
