"""Documents are read in processes or here, and nobody can tell: the same readings, in the order of the questions."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pipeline.domain import Fetched, Marks, PollOutcome
from pipeline.poll.parsers import CUT_BYTES, ENOUGH_BYTES, Parsers, Question, Reading
from tests.factories import feed

SEEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
DOCUMENTS = 8


def question(number: int, size: int = ENOUGH_BYTES // DOCUMENTS + 1) -> Question:
    item = f"<item><title>Office {number} answers</title><guid>{number}</guid></item>"
    body = f"<rss version='2.0'><channel><title>t</title>{item}</channel></rss>".encode()
    fetched = Fetched(feed="kyodo", outcome=None, content_type="text/xml", body=body.ljust(size))
    return feed(), fetched, SEEN, False, None


def titles(readings: Iterator[Reading]) -> list[str]:
    return [parsed.entries[0].title if parsed.entries else parsed.detail for parsed, _ in readings]


@pytest.fixture
def many() -> list[Question]:
    return [question(number) for number in range(DOCUMENTS)]


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    made = Parsers(2)
    yield made
    made.close()


def test_processes_read_what_would_be_read_here_and_in_order(parsers: Parsers, many: list[Question]) -> None:
    here = list(Parsers(0).read(many))
    assert list(parsers.read(many)) == here
    assert titles(iter(here)) == [f"Office {number} answers" for number in range(DOCUMENTS)]
    assert all(process._process for process in parsers._processes)


def test_little_to_read_starts_no_process(parsers: Parsers) -> None:
    assert titles(parsers.read([question(1, size=0)])) == ["Office 1 answers"]
    assert not any(process._process for process in parsers._processes)


def test_a_process_that_dies_costs_one_document_and_is_replaced(many: list[Question]) -> None:
    parsers = Parsers(1)
    list(parsers.read(many))
    (process,) = parsers._processes
    assert process._process
    process._process.kill()
    process._process.wait()

    (dead, marks), *others = parsers.read(many)
    assert (dead.outcome, dead.detail, marks) == (PollOutcome.NOT_A_FEED, "its parser died (-9)", None)
    assert titles(iter(others)) == [f"Office {number} answers" for number in range(1, DOCUMENTS)]
    parsers.close()


@pytest.mark.parametrize("command", [("/nowhere/python",), ("true",)])
def test_where_no_process_can_be_had_everything_is_read_here(command: tuple[str, ...], many: list[Question]) -> None:
    parsers = Parsers(2, command)
    assert list(parsers.read(many)) == list(Parsers(0).read(many))
    parsers.close()


def test_closing_ends_what_is_still_being_read(many: list[Question]) -> None:
    parsers = Parsers(2)
    parsers.read(many * 20)
    parsers.close()
    assert not any(process._process for process in parsers._processes)
    parsers.close()


def test_processes_are_kept_while_there_is_enough_to_read_and_ended_when_not(many: list[Question]) -> None:
    parsers = Parsers(1)
    list(parsers.read(many))
    parsers.rest()
    (process,) = parsers._processes
    kept = process._process
    assert kept

    assert titles(parsers.read(many[:1])) == ["Office 0 answers"]
    assert process._process is kept
    parsers.rest()
    assert process._process is None
    assert list(parsers.read(many)) == list(Parsers(0).read(many))
    assert process._process
    parsers.close()


def test_many_documents_to_cut_are_worth_a_process(parsers: Parsers) -> None:
    marks = Marks(frame="", encoding="utf-8", items={})
    cut = [(*question(1, size=0)[:4], marks)] * (ENOUGH_BYTES // CUT_BYTES)
    assert len(titles(parsers.read(cut[1:]))) == len(cut) - 1
    assert not any(process._process for process in parsers._processes)
    assert titles(parsers.read(cut[:1])) == ["Office 1 answers"]
    assert any(process._process for process in parsers._processes)
