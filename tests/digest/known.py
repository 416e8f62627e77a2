"""What a digest is made of, with little in it; name only what a test is about. Its week is ``told``'s."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from pipeline.detect.series import balances, stories
from pipeline.detect.standings import standings
from pipeline.digest.build import Known, Past, Week, build
from pipeline.digest.contacts import Finder
from pipeline.digest.page import render
from pipeline.domain import (
    Actor,
    Cell,
    Column,
    Coverage,
    Digest,
    Hearing,
    Imprint,
    Item,
    Reader,
    Rendered,
    Review,
    Section,
    TaggedArticle,
    Voice,
)
from pipeline.settings import load
from tests.detect.told import START

WEEK = Week(name="2026-W10", since=START, until=START + timedelta(days=7), zone="Europe/Kyiv")
ENGLISH = Reader(lang="en")
UKRAINIAN = Reader(lang="uk")
IMPRINT = Imprint(sender="Stancewatch <digest@stancewatch.example>", review=Review.UNREVIEWED)


@cache
def finder() -> Finder:
    settings = load({})
    return Finder(settings.contacts, settings.concepts)


def heard(coverage: Coverage = Coverage.DIRECT) -> tuple[Hearing, ...]:
    return tuple(
        Hearing(actor=actor, voice=voice, coverage=coverage, feeds=("kyodo",), lost=())
        for actor in Actor
        for voice in Voice
    )


def known(*tagged: TaggedArticle, **over: Any) -> Known:
    return replace(
        Known(
            stories=stories(tagged),
            shifts=(),
            standings=standings(balances(tagged), WEEK.until, {}),
            claims=(),
            taken_back=(),
            starts={},
            calendar=(),
            feeds=("kyodo",),
            incidents=(),
            never=(),
            hearings=heard(),
            finder=finder(),
            past=Past(verdicts={}),
        ),
        **over,
    )


def digest(*tagged: TaggedArticle, **over: Any) -> Digest:
    return build(WEEK, known(*tagged, **over))


def items(one: Digest, section: Section) -> list[Item]:
    return [item for item in one.items if item.section is section]


def words(one: Digest, section: Section, lang: str = "en") -> list[str]:
    return [item.words[lang] for item in items(one, section)]


def cell(one: Digest, column: Column, actor: Actor = Actor.JP, voice: Voice = Voice.GOVERNMENT) -> Cell:
    return next(c for c in one.matrix.cells if (c.actor, c.voice, c.column) == (actor, voice, column))


def shown(one: Digest, reader: Reader = ENGLISH, imprint: Imprint = IMPRINT) -> Rendered:
    return render(one, reader, imprint)


def titles(some: Sequence[Item]) -> list[str]:
    return [piece.article_id for item in some for piece in item.evidence]
