"""
A text, and who is asked about in it -> names of features, later hashed. Pure.

Three families: pieces of the wording (words and short character runs), the concepts found (the same in every
language), and how these stand to each other: clause, order, negation, who is the subject. Change `VERSION` with any
change here: models and the stored vectors of the seed documents belong to one version.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations

from pipeline.classify.clauses import Placed, place
from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts, joined
from pipeline.language.text import fold, shingles

VERSION = "2"
LONGEST_TITLE, LONGEST_LEAD = 1_000, 5_000
"""Characters that are read, as many as a poll keeps: the time that a text takes grows with the square of its length."""
HOME = {"ja": Actor.JP, "ko": Actor.KR, "zh-Hant": Actor.TW, "zh-Hans": Actor.CN}
"""Whose affairs a text that names no country is about: a Korean wire just writes "the government"."""
SINCE = datetime(2022, 2, 1, tzinfo=UTC)
"""Ties with Russia count from here on (codebook)."""

SIDES = frozenset({Voice.RULING_PARTY, Voice.OPPOSITION})
"""What a party may be at a time."""

_TARGETS = ("UA", "RU")
_PARTIES = ("UA", "RU", "US")
_SPEECH = frozenset({"cue.said", "cue.accuse", "cue.hearsay", "cue.denied"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its mentions found and placed and its wording cut, done once for all questions asked of it."""

    text: Text
    placed: tuple[Placed, ...]
    pieces: tuple[str, ...]


def read(text: Text, concepts: Concepts) -> Reading:
    """Find the concepts and cut the wording of one text."""
    text = replace(text, title=text.title[:LONGEST_TITLE], lead=text.lead[:LONGEST_LEAD])
    folded = joined(text)
    return Reading(
        text=text,
        placed=place(folded, concepts.find(text), title_end=len(fold(text.title)), lang=text.lang),
        pieces=tuple(dict.fromkeys(shingles(folded))),
    )


def candidates(reading: Reading) -> tuple[Actor, ...]:
    """List the actors that the text may report on, in order of first mention; else the one at home, else all."""
    named = _order(reading)
    if named:
        return named
    home = HOME.get(reading.text.lang)
    return (home,) if home else tuple(Actor)


def names_actor(reading: Reading) -> bool:
    """Say whether the text names a watched actor, or somebody or something of one."""
    return bool(_order(reading))


def side(reading: Reading, actor: Actor) -> Voice | None:
    """Say on which side the parties and deputies of an actor that the text names stood that day; None if on both."""
    named = {p.mention.voice for p in _own(reading, actor)} & SIDES
    return next(iter(named)) if len(named) == 1 else None


def concerns_the_war(reading: Reading) -> bool:
    """Say whether the text names Ukraine, Russia or an instrument of the field: without, it is not relevant."""
    return any(_target(p) or p.mention.concept.tracks for p in reading.placed)


def of_text(reading: Reading) -> Iterator[str]:
    """Name the features of the text itself: relevance and tracks are decided by these."""
    yield from reading.pieces
    yield from _of_concepts(reading.placed)
    yield from _of_countries(reading)


def of_actor(reading: Reading, actor: Actor) -> Iterator[str]:
    """Name what tells whether the text reports a position of this actor."""
    own = _own(reading, actor)
    order = _order(reading)
    others = [a for a in order if a is not actor]
    rank = str(order.index(actor)) if actor in order else "home"
    yield f"actor:{actor}"
    yield f"rank:{rank}"
    yield f"others:{min(len(others), 3)}"
    yield f"rank:{rank}|others:{min(len(others), 3)}"
    yield from (f"beside:{actor}:{other}" for other in others)
    yield f"own:{min(len(own), 5)}"
    for p in own:
        yield f"own:{_where(p)}:{_kind(p)}"
        yield f"own:{_where(p)}"
        yield f"own:{p.mention.concept.voice}"
    for other in others:
        if own and not any(p.title for p in own):
            yield f"behind:{other}"
    yield f"home:{HOME.get(reading.text.lang) is actor}"
    yield f"subject:{_subject(reading, actor)}"
    yield from (f"{feature}|{actor}" for feature in _of_concepts(reading.placed))
    yield from (f"{relation}:{p.name}" for p, relation in related(reading, actor))


def of_voice(reading: Reading, actor: Actor) -> Iterator[str]:
    """Name what tells who speaks for this actor."""
    yield from of_text(reading)
    yield f"actor:{actor}"
    own = _own(reading, actor)
    for p in own:
        if p.mention.voice:
            yield f"voice:{p.mention.voice}"
            yield f"voice:{_where(p)}:{p.mention.voice}"
        yield f"kind:{_kind(p)}"
        yield f"kind:{_where(p)}:{_kind(p)}"
    voiced = [p for p in own if p.mention.voice]
    yield f"first:{voiced[0].mention.voice if voiced else 'none'}"
    roles = [(p, relation) for p, relation in related(reading, actor) if p.name.startswith("role")]
    yield f"role:first:{roles[0][0].name if roles else 'none'}"
    yield f"role:first:{roles[0][0].name if roles else 'none'}|{voiced[0].mention.voice if voiced else 'none'}"
    for p, relation in roles:
        yield f"{relation}:{p.name}"
        yield f"{_where(p)}:{p.name}"
    yield f"subject:{_subject(reading, actor)}"


def of_position(reading: Reading, actor: Actor, voice: Voice) -> Iterator[str]:
    """Name what tells where this voice of this actor stands, what changed and what was done."""
    yield from of_text(reading)
    yield f"actor:{actor}"
    yield f"voice:{voice}"
    yield f"actor:{actor}|{voice}"
    yield f"subject:{_subject(reading, actor)}"
    for p, relation in related(reading, actor):
        name = _target(p) or p.name
        yield f"{relation}:{name}"
        yield f"{_where(p)}:{name}"
        if p.quoted:
            yield f"quoted:{name}"
        if p.mention.concept.kind in {"word", "instrument"} or _target(p):
            yield f"{voice}|{name}"
            yield f"{actor}|{name}"
    yield from _pairs(reading)
    yield from _told(reading, actor)


def related(reading: Reading, actor: Actor) -> Iterator[tuple[Placed, str]]:
    """Say of every other mention how it stands to the actor's own: in their clause before or after, next to it, far."""
    anchors = _own(reading, actor)
    clauses = {p.clause: p for p in reversed(anchors)}
    for p in reading.placed:
        if p in anchors and p.mention.concept.kind != "word":
            continue
        if not anchors:
            yield p, "alone"
        elif p.clause in clauses:
            yield p, "after" if clauses[p.clause].mention.start <= p.mention.start else "before"
        else:
            yield p, "next" if {p.clause - 1, p.clause + 1} & clauses.keys() else "far"


def _pairs(reading: Reading) -> Iterator[str]:
    """Name what stands together in one clause: two cues, or a cue and the country that it is about."""
    by_clause: dict[int, dict[str, None]] = {}
    for p in reading.placed:
        name = _party(p) or p.name
        if name in _PARTIES or p.mention.concept.kind in {"word", "instrument"}:
            by_clause.setdefault(p.clause, {})[name] = None
    for names in by_clause.values():
        for one, other in combinations(sorted(names), 2):
            if one.startswith("cue") or other.startswith("cue"):
                yield f"pair:{one}&{other}"


def _told(reading: Reading, actor: Actor) -> Iterator[str]:
    """Name who speaks in the text: a position may rest on the word of Moscow, Kyiv or Seoul about another."""
    for clause in {p.clause for p in reading.placed if p.name in _SPEECH}:
        inside = [p for p in reading.placed if p.clause == clause]
        speaker = next((p.mention.actor or _party(p) for p in inside if p.mention.actor or _party(p)), None)
        who = "own" if speaker is actor else speaker or "none"
        yield f"told:{who}"
        yield from (f"told:{who}:{p.name}" for p in inside if p.name in _SPEECH)


def _subject(reading: Reading, actor: Actor) -> str:
    """Name who is mentioned first in the text: the subject of a headline in each of the languages."""
    for p in reading.placed:
        if p.mention.actor is not None and p.mention.concept.kind != "word":
            return "own" if p.mention.actor is actor else "other"
        if party := _party(p):
            return party
    return "none"


def _of_concepts(placed: Sequence[Placed]) -> Iterable[str]:
    names: Counter[str] = Counter()
    for p in placed:
        names[f"concept:{p.name}"] += 1
        if p.mention.concept.kind != "word":
            names[f"kind:{p.mention.actor}:{_kind(p)}"] += 1
        if p.mention.actor:
            names[f"has:{p.mention.actor}"] += 1
        if party := _party(p):
            names[f"has:{party}"] += 1
        for track in p.mention.concept.tracks:
            names[f"track:{track}"] += 1
    held = {name.removeprefix("has:") for name in names if name.startswith("has:")}
    yield from names
    yield from (f"both:{one}&{other}" for one in sorted(held) for other in _TARGETS if one != other and other in held)
    if not held & set(_TARGETS):
        yield "both:none"


def _of_countries(reading: Reading) -> Iterator[str]:
    """Name what tells whose affairs the text is about, and when."""
    actors = _order(reading)
    home = HOME.get(reading.text.lang)
    elsewhere = any(p.name.startswith("world.") or _party(p) == "US" for p in reading.placed)
    target = next((_target(p) for p in reading.placed if _target(p)), None)
    where = "title" if any(p.title and p.mention.actor in actors for p in reading.placed) else "lead"
    yield f"actors:{min(len(actors), 3)}|home:{home is not None}"
    yield f"actors:{bool(actors)}|elsewhere:{elsewhere}|home:{home is not None}|{target}"
    yield f"actors:{where if actors else None}|target:{target}"
    together = {p.clause for p in reading.placed if p.mention.actor} & {p.clause for p in reading.placed if _target(p)}
    yield f"together:{bool(together)}"
    yield from (f"title:{p.name}" for p in reading.placed if p.title)
    if (on := reading.text.published_at) is not None and on < SINCE:
        yield "before:2022"
        yield from (f"before:2022:{p.name}" for p in reading.placed if _target(p))


def _order(reading: Reading) -> tuple[Actor, ...]:
    """List the actors named, by first mention; a cue word that belongs to an actor does not name it."""
    return tuple(dict.fromkeys(p.mention.actor for p in reading.placed if p.mention.actor is not None))


def _own(reading: Reading, actor: Actor) -> list[Placed]:
    return [p for p in reading.placed if p.mention.actor is actor]


def _where(p: Placed) -> str:
    return "title" if p.title else "lead"


def _kind(p: Placed) -> str:
    return "place" if p.name.endswith(".place") else p.mention.concept.kind


def _party(p: Placed) -> str | None:
    """Return UA, RU or US for whatever belongs to them: country, capital, people, agencies."""
    head = p.mention.concept.id.partition(".")[0].partition("#")[0].upper()
    return head if head in _PARTIES else None


def _target(p: Placed) -> str | None:
    party = _party(p)
    return party if party in _TARGETS else None
