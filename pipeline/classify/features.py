"""
A text, and who is asked about in it -> names of features, later hashed. Pure.

Three families: pieces of the wording (words and short character runs), the concepts found (the same in every
language), and what stands near the actor asked about. Change `VERSION` with any change here: models and the
stored vectors of the seed documents belong to one version.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts, Mention, joined
from pipeline.language.text import fold, shingles

VERSION = "1"
NEAR = 40
LONGEST_TITLE, LONGEST_LEAD = 1_000, 5_000
"""Characters that are read, as many as a poll keeps: the time that a text takes grows with the square of its length."""
HOME = {"ja": Actor.JP, "ko": Actor.KR, "zh-Hant": Actor.TW, "zh-Hans": Actor.CN}
"""Whose affairs a text that names no country is about: a Korean wire just writes "the government"."""

_TARGETS = ("UA", "RU")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its mentions found and its wording cut, done once for all questions asked of it."""

    text: Text
    mentions: tuple[Mention, ...]
    title_end: int
    pieces: tuple[str, ...]


def read(text: Text, concepts: Concepts) -> Reading:
    """Find the concepts and cut the wording of one text."""
    text = replace(text, title=text.title[:LONGEST_TITLE], lead=text.lead[:LONGEST_LEAD])
    return Reading(
        text=text,
        mentions=tuple(concepts.find(text)),
        title_end=len(fold(text.title)),
        pieces=tuple(dict.fromkeys(shingles(joined(text)))),
    )


def candidates(reading: Reading) -> tuple[Actor, ...]:
    """List the actors that the text may report on, in order of first mention; else the one at home, else all."""
    named = dict.fromkeys(m.actor for m in reading.mentions if m.actor is not None)
    if named:
        return tuple(actor for actor in named if actor)
    home = HOME.get(reading.text.lang)
    return (home,) if home else tuple(Actor)


def concerns_the_war(reading: Reading) -> bool:
    """Say whether the text names Ukraine, Russia or an instrument of the field: without, it is not relevant."""
    return any(_target(m) or m.concept.tracks for m in reading.mentions)


def of_text(reading: Reading) -> Iterator[str]:
    """Name the features of the text itself: relevance and tracks are decided by these."""
    yield from reading.pieces
    yield from _of_concepts(reading.mentions)


def of_actor(reading: Reading, actor: Actor) -> Iterator[str]:
    """Name what tells whether the text reports a position of this actor."""
    own = [m for m in reading.mentions if m.actor is actor]
    others = {m.actor for m in reading.mentions if m.actor not in {None, actor}}
    order = [a for a in dict.fromkeys(m.actor for m in reading.mentions) if a is not None]
    yield f"actor:{actor}"
    yield f"rank:{order.index(actor) if actor in order else 'home'}"
    yield f"others:{min(len(others), 3)}"
    yield from (f"beside:{actor}:{other}" for other in others)
    yield f"own:{min(len(own), 5)}"
    for mention in own:
        where = "title" if mention.end <= reading.title_end else "lead"
        yield f"own:{where}:{mention.concept.kind}"
        yield f"own:{where}"
    for other in others:
        if own and not any(m.end <= reading.title_end for m in own):
            yield f"behind:{other}"
    yield f"home:{HOME.get(reading.text.lang) is actor}"
    yield from (f"{feature}|{actor}" for feature in _of_concepts(reading.mentions))


def of_voice(reading: Reading, actor: Actor) -> Iterator[str]:
    """Name what tells who speaks for this actor."""
    yield from of_text(reading)
    yield f"actor:{actor}"
    own = [m for m in reading.mentions if m.actor is actor]
    for mention in own:
        where = "title" if mention.end <= reading.title_end else "lead"
        if mention.voice:
            yield f"voice:{mention.voice}"
            yield f"voice:{where}:{mention.voice}"
        yield f"kind:{mention.concept.kind}"
    if own and not any(m.voice for m in own):
        yield "voice:none"


def of_position(reading: Reading, actor: Actor, voice: Voice) -> Iterator[str]:
    """Name what tells where this voice of this actor stands, what changed and what was done."""
    yield from of_text(reading)
    yield f"actor:{actor}"
    yield f"voice:{voice}"
    own = [m for m in reading.mentions if m.actor is actor]
    for mention in reading.mentions:
        if mention.actor is actor:
            continue
        near = any(_distance(mention, mine) <= NEAR for mine in own) if own else True
        name = f"target:{_target(mention)}" if _target(mention) else f"concept:{mention.concept.id}"
        yield f"{'near' if near else 'far'}:{name}"
        if mention.concept.kind == "word":
            yield f"{voice}|{name}"
        if mention.end <= reading.title_end:
            yield f"title:{name}"


def _of_concepts(mentions: Sequence[Mention]) -> Iterable[str]:
    names: Counter[str] = Counter()
    for mention in mentions:
        names[f"concept:{mention.concept.id}"] += 1
        names[f"kind:{mention.actor}:{mention.concept.kind}"] += 1
        if mention.actor:
            names[f"has:{mention.actor}"] += 1
        if target := _target(mention):
            names[f"has:{target}"] += 1
        for track in mention.concept.tracks:
            names[f"track:{track}"] += 1
    held = {name.removeprefix("has:") for name in names if name.startswith("has:")}
    yield from names
    yield from (f"both:{one}&{other}" for one in sorted(held) for other in _TARGETS if one != other and other in held)
    if not held & set(_TARGETS):
        yield "both:none"


def _target(mention: Mention) -> str | None:
    """Return UA or RU for whatever belongs to them: country, capital, people, agencies."""
    head = mention.concept.id.split(".")[0].upper()
    return head if head in _TARGETS else None


def _distance(one: Mention, other: Mention) -> int:
    return max(one.start - other.end, other.start - one.end, 0)
