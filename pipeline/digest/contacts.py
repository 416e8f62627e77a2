"""
Tagged articles and the words of contacts -> the last call, meeting or visit of every actor with Kyiv and with Moscow.

A contact is told by a text that reports a voice's own act, names the other side beside a word for a call, a meeting or
a visit, and does not only plan it. One that could be with either side is counted, and not told. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from pipeline.digest.phrases import Phrases, both
from pipeline.digest.statements import Story, citation, happened_at, item_id
from pipeline.domain import Act, Actor, Citation, Item, Position, Section, TaggedArticle, Text, Track, Voice
from pipeline.language.concepts import Concepts, Mention, joined
from pipeline.vocabulary import Concept, ContactSettings

SIDES = ("UA", "RU")
LOOKED_BACK = timedelta(days=182)
_SIDE = re.compile(r"^(ua|ru)(?=[.#]|$)(?!#war)", re.IGNORECASE)
_BESIDE, _BESIDE_IDEOGRAPHS = 30, 12
"""Characters between the other side's name and the word for the contact."""
_COUNTERPART_FIRST = frozenset({"ja", "ko"})
_ABOUT = re.compile(
    r"\b(?:on|about|over|against|regarding|aid|war|щодо|про|війн\w*|о|об|войн\w*)\b"
    r"|支援|情勢|問題|侵攻|戦争|巡|めぐ|지원|전쟁|^전 |사태|문제|관련|援助|局势|局勢|问题"
    r"|戰爭|战争|戰事|危机|危機|讨论|討論|就"
)
"""What stands between a meeting and a country that it is about."""
_HAPPENED = frozenset({Act.SAID, Act.DECIDED, Act.CARRIED_OUT})
_PARLIAMENT = frozenset({Voice.PARLIAMENT, Voice.RULING_PARTY, Voice.OPPOSITION})


class Level(StrEnum):
    """Who met: the lower of the two that a text names."""

    LEADER = "leader"
    MINISTER = "minister"
    PARLIAMENT = "parliament"
    OTHER = "other"  # deputy ministers, envoys, ambassadors, or nobody is named


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One reported contact; ``side`` None: it may be with Kyiv or with Moscow."""

    actor: Actor
    side: str | None
    level: Level
    citation: Citation


class Finder:
    """Finds contacts in texts; built once from the configuration."""

    def __init__(self, words: ContactSettings, concepts: Sequence[Concept]) -> None:
        names = [c for c in concepts if c.kind == "person" or (c.actor is None and _SIDE.match(c.id))]
        self._concepts = Concepts([*words.concepts, *names])
        self._levels = words.levels

    def read(self, one: TaggedArticle, articles: int) -> Iterator[Contact]:
        """Yield the contacts that a text reports, one for each voice that had it: its headline says it, or its lead."""
        text = one.article.text
        beside, mentions = self._beside(replace(text, lead=""))
        if not beside:
            beside, mentions = self._beside(text)
        sides = sorted({side for side, _ in beside})
        if not sides or any(m.concept.id == "not_yet" for m in mentions):
            return
        named = {level for m in mentions if (level := self._level(m))}
        talked = any(way != "way.visit" for _, way in beside)
        for position in one.tag.positions:
            if (level := _level_of(position, one.tag.positions, named, talked=talked)) is not None:
                yield Contact(
                    actor=position.actor,
                    side=sides[0] if len(sides) == 1 else None,
                    level=level,
                    citation=citation(one.article, position.gloss, articles),
                )

    def _beside(self, text: Text) -> tuple[set[tuple[str, str]], list[Mention]]:
        """Return the sides that stand beside a word for a contact, each with that word, and all that is mentioned."""
        mentions, words = self._concepts.find(text), joined(text)
        ways = [m for m in mentions if m.concept.id.startswith("way.")]
        found = {
            (side, way.concept.id)
            for mention in mentions
            if (side := _side(mention))
            for way in ways
            if _is_with(mention, way, words, text.lang)
        }
        return found, mentions

    def _level(self, mention: Mention) -> Level | None:
        name = mention.concept.id
        if name.startswith("level."):
            word = name.removeprefix("level.")
            return Level(word) if word in set(Level) else Level.OTHER
        patterns = ((level, p) for level, some in self._levels.items() for p in some)
        return next((Level(level) for level, pattern in patterns if fnmatchcase(name, pattern)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time that is looked through, the time zone of its dates, and the actors that are hardly watched."""

    since: datetime
    until: datetime
    zone: str
    unheard: frozenset[Actor] = frozenset()

    @property
    def first(self) -> datetime:
        """Its beginning, half a year back at most."""
        return max(self.since, self.until - LOOKED_BACK)


def contacts(stories: Iterable[Story], finder: Finder, span: Span) -> list[Item]:
    """Return an item for every actor and side: days since the last contact at each level, and what cannot be told."""
    found = [
        contact
        for story in stories
        for one in story
        if span.first <= happened_at(one.article) < span.until
        for contact in finder.read(one, len(story))
    ]
    return [_item(actor, side, found, span) for actor in Actor for side in SIDES]


def _item(actor: Actor, side: str, found: Iterable[Contact], span: Span) -> Item:
    ours = sorted((c for c in found if c.actor is actor), key=lambda c: (c.citation.at, c.citation.article_id))
    last = {c.level: c.citation for c in ours if c.side == side}
    unclear = {c.citation.article_id: c.citation for c in ours if c.side is None}

    def write(say: Phrases) -> str:
        told = [_told(say, level, last[level], span.until) for level in Level if level in last]
        if missing := [level for level in Level if level not in last]:
            days = say.count("days", (span.until - span.first).days)
            silent = "contact.unheard" if actor in span.unheard else "contact.none" if told else "contact.nothing"
            levels = say.listed(f"level.{level}" for level in missing)
            told.append(say.say(silent, levels=levels, days=days))
        if unclear:
            told.append(say.say("contact.unclear", stories=say.count("stories", len(unclear))))
        levels = "; ".join(told)
        return say.say("contact", actor=say.say(f"actor.{actor}"), side=say.say(f"side.{side}"), levels=levels)

    cited = {c.article_id: c for c in (*(last[level] for level in Level if level in last), *unclear.values())}
    return Item(
        item_id=item_id(Section.CONTACTS, actor, side),
        section=Section.CONTACTS,
        actor=actor,
        tracks=frozenset({Track.DIALOGUE, Track.PARLIAMENT}),
        words=both(span.zone, write),
        evidence=tuple(cited.values()),
    )


def _told(say: Phrases, level: Level, last: Citation, until: datetime) -> str:
    days = say.count("days", (until - last.at).days)
    return say.say("contact.ago", level=say.say(f"level.{level}"), days=days, day=say.day(last.at))


def _side(mention: Mention) -> str | None:
    match = _SIDE.match(mention.concept.id)
    return match.group().upper() if match else None


def _is_with(side: Mention, way: Mention, words: str, lang: str) -> bool:
    """Say whether a contact is with a side, not only about it; Japanese and Korean name with whom first."""
    if lang in _COUNTERPART_FIRST and side.start > way.start:
        return False
    between = words[min(side.end, way.end) : max(side.start, way.start)]
    reach = _BESIDE_IDEOGRAPHS if lang[:2] in {"ja", "ko", "zh"} else _BESIDE
    return len(between) <= reach and not _ABOUT.search(between)


def _level_of(position: Position, others: Iterable[Position], named: Iterable[Level], *, talked: bool) -> Level | None:
    """
    Return at which level a voice had a contact that its text reports; None for none of its own.

    A government that speaks of its party's or parliament's trip did not travel; neither did what arrives without an
    official who is named: it may be goods.
    """
    if position.allegation or position.unsure or position.act not in _HAPPENED:
        return None
    if position.voice in _PARLIAMENT:
        return Level.PARLIAMENT
    if position.voice is not Voice.GOVERNMENT:
        return None
    if any(other.actor is position.actor and other.voice in _PARLIAMENT for other in others):
        return None
    levels = [level for level in named if level is not Level.PARLIAMENT]
    return max(levels, key=list(Level).index) if levels else Level.OTHER if talked else None
