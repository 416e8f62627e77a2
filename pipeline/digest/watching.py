"""Feeds, their faults and how voices are heard -> how complete the watching was, and how alerts proved. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from pipeline.digest.phrases import Phrases, both
from pipeline.digest.shifted import Verdicts
from pipeline.digest.statements import citation, item_id
from pipeline.domain import Actor, Coverage, Hearing, Incident, IncidentKind, Item, Section, Shift, Voice

NAMED = 10
"""Feeds that are named one by one."""

_ONE_VOICE = frozenset({Actor.CN, Actor.KP})
"""Who speaks with hardly any voice but its government's."""

_WORSE = (IncidentKind.BROKEN, IncidentKind.SILENT, IncidentKind.FLOODED)


def watching(
    feeds: Sequence[str], incidents: Iterable[Incident], never: Collection[str], hearings: Iterable[Hearing], zone: str
) -> list[Item]:
    """
    Say how many feeds were healthy, which were not and since when, and whose silence means little.

    ``incidents`` are those that lasted at the cut-off; feeds that moved are healthy. ``never`` were never read.
    """
    ill = {each.feed: each for each in sorted(incidents, key=_grave) if each.feed in feeds and each.kind in _WORSE}
    heard = [each for each in hearings if each.actor not in _ONE_VOICE or each.voice is Voice.GOVERNMENT]
    searched = [each for each in heard if each.coverage is Coverage.SEARCH]
    unwatched = [each for each in heard if each.coverage in {Coverage.DOWN, Coverage.NONE}]
    found = [_item("feeds", zone, lambda say: _health(say, feeds, ill, never))]
    if searched:
        found.append(_item("search", zone, lambda say: say.say("watching.search", voices=_voices(say, searched))))
    if unwatched:
        found.append(_item("none", zone, lambda say: say.say("watching.none", voices=_voices(say, unwatched))))
    return found


def record(alerted: Sequence[Shift], overturned: Collection[str], verdicts: Verdicts, zone: str) -> Item:
    """Say how the last quarter's alerts proved: what analysts found, what was denied, what we took back."""
    judged = [verdicts[shift.shift_id] for shift in alerted if shift.shift_id in verdicts]
    wrong = [s for s in alerted if s.shift_id in overturned or s.withdrawn_at or verdicts.get(s.shift_id) is False]
    withdrawn = sum(shift.withdrawn_at is not None for shift in alerted)

    def write(say: Phrases) -> str:
        alerts = say.count("alerts", len(alerted))
        counted = say.say("record.alerts", alerts=alerts, denied=len(overturned), withdrawn=withdrawn)
        right = judged.count(True)
        fields = {"checked": len(judged), "right": right, "wrong": len(judged) - right}
        return f"{counted} {say.say('record.checked', **fields) if judged else say.say('record.unchecked')}"

    pieces = [s.evidence[0] for s in (*wrong, *(s for s in alerted if s not in wrong)) if s.evidence]
    return Item(
        item_id=item_id(Section.RECORD),
        section=Section.RECORD,
        words=both(zone, write),
        evidence=tuple(citation(piece.article, piece.gloss, piece.articles) for piece in pieces),
    )


def _health(say: Phrases, feeds: Sequence[str], ill: Mapping[str, Incident], never: Collection[str]) -> str:
    unread = sorted(name for name in never if name not in ill)
    told = [
        say.say(f"watching.{each.kind}", feed=each.feed, day=say.since(each.started_at))
        for each in sorted(ill.values(), key=lambda each: (each.started_at, each.feed))
    ] + [say.say("watching.never", feed=name) for name in unread]
    count = len(told)
    if count > NAMED:
        told = [*told[:NAMED], say.say("watching.more", count=count - NAMED)]
    which = say.say("watching.ill", count=count, which=", ".join(told)) if told else ""
    return say.say("watching.feeds", healthy=len(feeds) - count, feeds=len(feeds), ill=which)


def _voices(say: Phrases, heard: Iterable[Hearing]) -> str:
    """Name voices by actor: "Japan (business, society)"."""
    by_actor: dict[Actor, list[Voice]] = {}
    for each in heard:
        by_actor.setdefault(each.actor, []).append(each.voice)
    return "; ".join(
        f"{say.say(f'actor.{actor}')} ({say.listed(f'voice.{voice}' for voice in voices)})"
        for actor, voices in by_actor.items()
    )


def _grave(each: Incident) -> tuple[int, datetime]:
    """Put the gravest last, so that it names the feed's fault."""
    return -_WORSE.index(each.kind) if each.kind in _WORSE else -len(_WORSE), each.started_at


def _item(name: str, zone: str, write: Callable[[Phrases], str]) -> Item:
    return Item(item_id=item_id(Section.WATCHING, name), section=Section.WATCHING, words=both(zone, write))
