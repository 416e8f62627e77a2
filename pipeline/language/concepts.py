"""
Text -> the concepts in it, in order. One pass (Aho-Corasick) over folded text, all languages at once.

A form of letters matches at a word's start and ends at a word's end, or anywhere after the start if it ends
with ``*``; a form of ideographs or Hangul matches anywhere. ``near`` asks for company, ``not_in`` names the
longer words in which a form means something else, ``langs`` and the dates limit where a concept counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ahocorasick_rs import AhoCorasick

from pipeline.domain import Actor, Text, Voice
from pipeline.language.text import fold, is_ideographic
from pipeline.settings import Concept


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
    rest: re.Pattern[str] | None  # what follows the head when the form holds a ``*``
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
        if company is not None and not company.search(folded):
            return False
        trap = self._traps.get(concept.id)
        return trap is None or not _inside(trap, folded, start, end)


def _form(concept: Concept, form: str) -> _Form:
    folded = fold(form.strip())
    head, star, rest = folded.partition("*")
    pattern = re.compile(_pattern(f"*{rest}")) if star else None
    return _Form(concept, head, pattern, lettered=_lettered(folded))


def _lettered(form: str) -> bool:
    """Say whether a form is of a spaced script alone; one that holds an ideograph matches anywhere."""
    return not any(map(is_ideographic, form))


# a letter or digit of a spaced script, as `_letter` has it
_LETTER = r"[^\W_\u1100-\u11ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f]"


def _pattern(form: str) -> str:
    """Turn a form into a regular expression in which ``*`` is any letters."""
    return "".join(f"{_LETTER}*" if piece == "*" else re.escape(piece) for piece in re.split(r"(\*)", fold(form)))


def _any(forms: Sequence[str]) -> re.Pattern[str]:
    """Find any of ``forms``, the longest first, where it stands as a word."""
    patterns = []
    for form in sorted((fold(form.strip()) for form in forms), key=len, reverse=True):
        before = f"(?<!{_LETTER})" if _lettered(form) and _letter(form[0]) else ""
        after = f"(?!{_LETTER})" if _lettered(form) and _letter(form[-1]) else ""
        patterns.append(before + _pattern(form) + after)
    return re.compile("|".join(patterns))


def _end(form: _Form, folded: str, start: int, stop: int) -> int | None:
    """Return where the form ends, or None when it does not stand here as a word."""
    if form.lettered and start and _letter(folded[start - 1]) and _letter(folded[start]):
        return None
    if form.rest is not None:
        match = form.rest.match(folded, stop)
        if match is None:
            return None
        stop = match.end()
    if form.lettered and stop < len(folded) and _letter(folded[stop]) and _letter(folded[stop - 1]):
        return None
    return stop


def _letter(character: str) -> bool:
    """Say whether a letter of a spaced script stands here: beside ideographs a Latin word may start and end."""
    return character.isalnum() and not is_ideographic(character)


def _valid(concept: Concept, on: date | None) -> bool:
    if on is None:  # an undated text is read as of today's office-holders
        return concept.valid_to is None
    return (concept.valid_from is None or concept.valid_from <= on) and (
        concept.valid_to is None or on <= concept.valid_to
    )


def _inside(trap: re.Pattern[str], folded: str, start: int, end: int) -> bool:
    """Say whether the mention lies inside one of the longer words that mean something else."""
    return any(match.start() <= start and end <= match.end() for match in trap.finditer(folded))


def _longest(found: Iterable[Mention]) -> list[Mention]:
    """Drop a mention that lies inside a longer one, unless the longer one is of no actor and the inner is."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start, -(m.end - m.start), m.concept.id)):
        inside = any(
            k.start <= mention.start
            and mention.end <= k.end
            and (k.end - k.start > mention.end - mention.start)
            and (mention.actor is None or k.actor is not None)
            for k in kept
        )
        if not inside:
            kept.append(mention)
    return kept
