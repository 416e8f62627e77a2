"""
Standings and the calendar -> where each actor stands, in words, and what the next seven days bring. Pure.

A standing names the stories that it is the mean of; where the seed papers began stands beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pipeline.digest.phrases import Phrases, both
from pipeline.digest.statements import item_id
from pipeline.domain import Actor, Citation, Item, Occasion, Point, Section, Stance, Standing, Voice

SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a seed paper says that a government stood, in our words, by language."""

    stance: Stance
    words: Mapping[str, str]
    author: Mapping[str, str]


def standing(
    standings: Iterable[Standing],
    starts: Mapping[Actor, Sequence[Start]],
    cited: Mapping[tuple[Actor, str], Citation],
    zone: str,
) -> list[Item]:
    """Return an item for every actor; ``cited`` are texts by whom they are about, and id."""
    by_actor: dict[Actor, list[Standing]] = {}
    for one in standings:
        by_actor.setdefault(one.actor, []).append(one)
    return [_item(actor, some, starts.get(actor, ()), cited, zone) for actor, some in by_actor.items()]


def calendar(occasions: Iterable[Occasion], until: datetime, zone: str) -> list[Item]:
    """Return an item for every occasion of the seven days from the cut-off on."""
    first = until.date()
    return [_occasion(each, until, zone) for each in occasions if first <= each.on <= (until + SOON).date()]


def value(say: Phrases, point: Point) -> str:
    """Print a balance, or that there is too little to tell."""
    return say.say("standing.little") if point.value is None else say.balance(point.value)


def _item(
    actor: Actor,
    some: Sequence[Standing],
    starts: Sequence[Start],
    cited: Mapping[tuple[Actor, str], Citation],
    zone: str,
) -> Item:
    def write(say: Phrases) -> str:
        told = [_told(say, one) for one in some]
        papers = "; ".join(_paper(say, start) for start in starts)
        return " ".join([*told, say.say("standing.start", starts=papers) if papers else say.say("standing.no_start")])

    names = dict.fromkeys(name for one in some for name in one.articles)
    evidence = sorted(
        (cited[actor, name] for name in names if (actor, name) in cited), key=lambda c: c.at, reverse=True
    )
    return Item(
        item_id=item_id(Section.STANDING, actor),
        section=Section.STANDING,
        actor=actor,
        voice=Voice.GOVERNMENT,
        words=both(zone, write),
        evidence=tuple(evidence),
    )


def _told(say: Phrases, one: Standing) -> str:
    key = "standing" if one.moved else "standing.first"
    if one.now.value is None:
        key = "standing.nothing" if one.before.value is None else "standing.unclear"
    held = f" {say.say('shift.held', cause=say.say(f'held.{one.held}'))}" if one.held else ""
    told = say.say(
        key,
        balance=say.say(f"balance.{one.balance}"),
        now=value(say, one.now),
        stories=say.count("stories", one.now.stories),
        before=value(say, one.before),
        moved=say.say(f"standing.{one.moved}") if one.moved else "",
    )
    return f"{told}{held}"


def _paper(say: Phrases, start: Start) -> str:
    stance, words = say.say(f"stance.{start.stance}"), start.words[say.lang]
    return say.say("standing.paper", stance=stance, author=start.author[say.lang], words=words)


def _occasion(each: Occasion, until: datetime, zone: str) -> Item:
    source = Citation(
        article_id="",
        title=each.source,
        lang="en",
        gloss=None,
        outlet=urlsplit(each.source).hostname or "",
        at=until,
        url=each.source,
    )
    return Item(
        item_id=item_id(Section.CALENDAR, f"{each.on}", each.words["en"]),
        section=Section.CALENDAR,
        actor=next(iter(each.actors)) if len(each.actors) == 1 else None,
        words=both(zone, lambda say: say.say("calendar", day=say.weekday(each.on), words=each.words[say.lang])),
        evidence=(source,) if each.source else (),
    )
