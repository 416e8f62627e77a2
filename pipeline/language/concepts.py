"""
Text -> the concepts in it, in order. One pass (Aho-Corasick) over folded text, all languages at once.

A form of letters matches at a word's start and ends at a word's end, or anywhere after the start if it ends
with ``*``; a form of ideographs or Hangul matches anywhere. ``near`` asks for company, ``not_in`` names the
longer words in which a form means something else, ``langs`` and the dates limit where a concept counts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ahocorasick_rs import AhoCorasick

from pipeline.domain import Actor, Text, Voice
from pipeline.language.text import fold, is_ideographic
from pipeline.vocabulary import Concept


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept at a place: ``start`` and ``end`` count characters of the folded text."""

    concept: Concept
    start: int
    end: int

    @property
    def actor(self) -> Actor | None:
        """The actor that the concept belongs to."""
        return self.concept.actor

    @property
    def voice(self) -> Voice | None:
        """The voice that the concept speaks with."""
        return self.concept.voice


@dataclass(frozen=True, slots=True)
class _Form:
    concept: Concept
    head: str
    rest: re.Pattern[str] | None  # what follows the head when a ``*`` stands inside the form
    open: bool  # ends with ``*``: any letters may follow
    lettered: bool


def joined(text: Text) -> str:
    """Return the folded text that mentions count in: title, a full stop, lead."""
    return fold(f"{text.title} . {text.lead}" if text.lead else text.title)


class Concepts:
    """Finds concepts. Built once from the configuration; does not know what a stance is."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self._forms: list[_Form] = [
            _form(concept, form)
            for concept in concepts
            for forms in concept.forms.values()
            for form in forms
            if form.strip("* ")
        ]
        heads = list(dict.fromkeys(form.head for form in self._forms))
        self._by_head: list[list[_Form]] = [[] for _ in heads]
        places = {head: place for place, head in enumerate(heads)}
        for form in self._forms:
            self._by_head[places[form.head]].append(form)
        self._automaton = AhoCorasick(heads) if heads else None
        self._company = {c.id: _any(c.near) for c in concepts if c.near}
        self._traps = {c.id: _any(c.not_in) for c in concepts if c.not_in}

    def find(self, text: Text) -> list[Mention]:
        """List the mentions in ``text`` in order; where one lies inside another the longer wins."""
        folded = joined(text)
        if self._automaton is None:
            return []
        found = [
            Mention(form.concept, start, end)
            for place, start, stop in self._automaton.find_matches_as_indexes(folded, overlapping=True)
            for form in self._by_head[place]
            if (end := _end(form, folded, start, stop)) is not None
            and self._counts(form.concept, folded, start, end, text)
        ]
        return _longest(found)

    def _counts(self, concept: Concept, folded: str, start: int, end: int, text: Text) -> bool:
        if concept.langs and text.lang not in concept.langs:
            return False
        if not _valid(concept, text.published_at.date() if text.published_at else None):
            return False
        company = self._company.get(concept.id)
        if company is not None and next(_found(company, folded), None) is None:
            return False
        trap = self._traps.get(concept.id)
        return trap is None or not any(left <= start and end <= right for left, right in _found(trap, folded))


def _form(concept: Concept, form: str) -> _Form:
    folded = fold(form.strip())
    head, star, rest = folded.rstrip("*").partition("*")
    pattern = re.compile(_pattern(star + rest)) if star else None
    return _Form(concept, head, pattern, open=folded.endswith("*"), lettered=_lettered(folded))


def _lettered(form: str) -> bool:
    """Say whether a form is of a spaced script alone; one that holds an ideograph matches anywhere."""
    return not any(map(is_ideographic, form))


def _pattern(form: str) -> str:
    """Turn a form into a regular expression in which ``*`` is any letters."""
    return "".join(r"\w*" if piece == "*" else re.escape(piece) for piece in re.split(r"(\*)", form))


def _any(forms: Iterable[str]) -> re.Pattern[str]:
    """Find any of ``forms``, the longest first; whether it stands as a word is for `_found` to say."""
    folded = sorted((fold(form.strip()) for form in forms), key=len, reverse=True)
    return re.compile("|".join(map(_pattern, folded)))


def _found(pattern: re.Pattern[str], folded: str) -> Iterator[tuple[int, int]]:
    """Yield every place where one of a pattern's forms stands, overlapping ones too."""
    at = 0
    while match := pattern.search(folded, at):
        start, end = match.span()
        if not _lettered(match.group()) or not (_joins(folded, start) or _joins(folded, end)):
            yield start, end
        at = start + 1


def _end(form: _Form, folded: str, start: int, stop: int) -> int | None:
    """Return where the form ends, or None when it does not stand here as a word."""
    if form.lettered and _joins(folded, start):
        return None
    if form.rest is not None:
        match = form.rest.match(folded, stop)
        if match is None:
            return None
        stop = match.end()
    if form.open:
        while stop < len(folded) and _letter(folded[stop]):
            stop += 1
    return None if form.lettered and _joins(folded, stop) else stop


def _joins(folded: str, place: int) -> bool:
    """Say whether letters stand on both sides of a place, so that no word starts or ends there."""
    return 0 < place < len(folded) and _letter(folded[place - 1]) and _letter(folded[place])


def _letter(character: str) -> bool:
    """Say whether a letter of a spaced script stands here: beside ideographs a Latin word may start and end."""
    return character.isalnum() and not is_ideographic(character)


def _valid(concept: Concept, on: date | None) -> bool:
    if on is None:  # an undated text is read as of today's office-holders
        return concept.valid_to is None
    return (concept.valid_from is None or concept.valid_from <= on) and (
        concept.valid_to is None or on <= concept.valid_to
    )


def _longest(found: Iterable[Mention]) -> list[Mention]:
    """
    Drop a mention that lies inside a longer one, and what is found twice.

    Two inner ones stay: one of an actor inside one of none, and a word inside a word of another family.
    """
    kept: list[Mention] = []
    once = {(m.start, -m.end, m.concept.id): m for m in found}
    for _, mention in sorted(once.items(), key=lambda one: one[0]):
        if not any(_hides(longer, mention) for longer in kept):
            kept.append(mention)
    return kept


def _hides(longer: Mention, mention: Mention) -> bool:
    if not (longer.start <= mention.start and mention.end <= longer.end):
        return False
    if longer.end - longer.start == mention.end - mention.start:
        return False
    if mention.concept.kind == longer.concept.kind == "word" and _family(mention) != _family(longer):
        return False
    return mention.actor is None or longer.actor is not None


def _family(mention: Mention) -> str:
    family, dot, _ = mention.concept.id.partition(".")
    return family if dot else ""
