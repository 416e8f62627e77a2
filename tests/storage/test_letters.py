"""What is kept of each mail, and who may try it when."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from pipeline.domain import Circle, Handover, LetterKind, LetterState, Receipt, SubscriberState
from pipeline.storage.database import MIGRATIONS, Database
from pipeline.storage.letters import GIVEN_UP, HELD
from pipeline.storage.store import Store
from tests.digest.weeks import NOW, letter, person

ALL = tuple(LetterKind)


def attempt(store: Store, handover: Handover, at: timedelta = timedelta()) -> None:
    one = store.letters.attempt(letter().message_id, NOW + at)
    assert one
    store.letters.delivered(
        one, Receipt(handover=handover, error="" if handover is Handover.TAKEN else "said"), NOW + at
    )


def due(store: Store, after: timedelta = timedelta()) -> list[str]:
    return store.letters.due(NOW + after, ALL)


def state(store: Store) -> LetterState:
    return store.letters.addressed(LetterKind.DIGEST, "2026-W20")[letter().address]


def test_a_mail_is_kept_byte_for_byte_as_first_written(store: Store) -> None:
    raw = bytes(range(256)) * 40
    assert store.letters.record([letter(raw=raw)]) == 1
    assert store.letters.record([letter(raw=b"another")]) == 0
    assert store.letters.raw(letter().message_id) == raw
    with pytest.raises(LookupError):
        store.letters.raw("<nobody's>")


def test_what_was_sent_before_mails_were_kept_is_not_sent_again(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        words = {"week": "2026-W20", "at": "2026-05-18 05:00:00", "subject": "Week", "text": "Текст.", "html": "<p>x"}
        connection.execute(text("INSERT INTO digests VALUES (:week, :at, :subject, :text, :html)"), words)
        for who, state in (("Aide@ministry.example", "sent"), ("other@ministry.example", "failed")):
            row = {"week": "2026-W20", "who": who, "id": f"<{who}>", "state": state, "at": words["at"]}
            connection.execute(text("INSERT INTO deliveries VALUES (:week, :who, :id, :state, :at, NULL)"), row)
    database.close()
    store = Store(f"sqlite:///{tmp_path / 'old.db'}")
    assert store.letters.addressed(LetterKind.DIGEST, "2026-W20") == {
        "aide@ministry.example": LetterState.SENT,
        "other@ministry.example": LetterState.FAILED,
    }
    assert b"Subject: Week\r\n" in store.letters.raw("<Aide@ministry.example>")
    assert store.letters.telling(NOW - timedelta(days=1)) == []
    store.close()


def test_one_who_tries_a_mail_has_it_to_itself_until_it_is_given_up(store: Store) -> None:
    store.letters.record([letter()])
    assert store.letters.attempt(letter().message_id, NOW) is not None
    assert store.letters.attempt(letter().message_id, NOW) is None
    assert due(store, HELD - timedelta(seconds=1)) == []
    assert due(store, HELD) == [letter().message_id]
    again = store.letters.attempt(letter().message_id, NOW + HELD)
    assert again
    assert (again.attempts, again.raw) == (2, letter().raw)


@pytest.mark.parametrize(
    ("handover", "becomes", "again"),
    [
        (Handover.TAKEN, LetterState.SENT, False),
        (Handover.WRITTEN, LetterState.WRITTEN, False),
        (Handover.LATER, LetterState.PENDING, True),
        (Handover.CLOSED, LetterState.PENDING, True),
        (Handover.UNKNOWN, LetterState.TRYING, True),
        (Handover.BOUNCED, LetterState.FAILED, False),
        (Handover.REFUSED, LetterState.FAILED, False),
    ],
)
def test_what_becomes_of_a_mail(store: Store, handover: Handover, becomes: LetterState, *, again: bool) -> None:
    store.letters.record([letter()])
    attempt(store, handover)
    assert state(store) is becomes
    assert bool(due(store, timedelta(hours=1))) is again
    assert due(store) == []


def test_each_further_attempt_waits_longer_and_none_comes_after_five_days(store: Store) -> None:
    store.letters.record([letter()])
    at, pauses = timedelta(), []
    while at < GIVEN_UP:
        attempt(store, Handover.LATER, at)
        before = at
        while at < GIVEN_UP and not due(store, at):
            at += timedelta(minutes=5)
        pauses.append((at - before) / timedelta(minutes=1))
    assert pauses[:7] == [5, 10, 20, 40, 80, 160, 240]
    assert set(pauses[6:-1]) == {240}
    assert due(store, GIVEN_UP) == []


def test_what_waits_for_somebody_who_left_is_dropped_but_what_they_asked_for_is_not(store: Store) -> None:
    request = letter(2, kind=LetterKind.REQUEST, address=letter().address)
    store.letters.record([letter(), request, letter(3)])
    store.letters.drop(letter().address)
    assert set(due(store)) == {request.message_id, letter(3).message_id}
    assert state(store) is LetterState.DROPPED


def test_the_oldest_mail_is_tried_first(store: Store) -> None:
    store.letters.record([letter(1, created_at=NOW), letter(2, created_at=NOW - timedelta(hours=1))])
    assert due(store) == [letter(2).message_id, letter(1).message_id]


def test_only_digests_that_arrived_and_told_something_grave_are_followed(store: Store) -> None:
    grave = frozenset({"shift-1"})
    store.letters.record(
        [letter(1, shifts=grave), letter(2), letter(3, shifts=grave), letter(4, shifts=grave, kind=LetterKind.DRAFT)]
    )
    for number in (1, 2, 4):
        one = store.letters.attempt(letter(number).message_id, NOW)
        assert one
        store.letters.delivered(one, Receipt(handover=Handover.TAKEN), NOW)
    assert [one.message_id for one in store.letters.telling(NOW - timedelta(days=1))] == [letter(1).message_id]
    assert store.letters.telling(NOW) == []


def test_mails_of_one_kind_to_one_address_are_counted(store: Store) -> None:
    store.letters.record([letter(n, kind=LetterKind.REQUEST, address="a@x") for n in range(3)])
    store.letters.record([letter(4, kind=LetterKind.REQUEST), letter(5, address="a@x")])
    assert store.letters.number(LetterKind.REQUEST, "a@x", NOW - timedelta(days=1)) == 3
    assert store.letters.number(LetterKind.REQUEST, "a@x", NOW) == 0


def test_a_subscriber_is_kept_whole(store: Store) -> None:
    one = person(lang="uk", circle=Circle.INTERNAL, state=SubscriberState.LEFT, listed=True, bounces=2, version=3)
    assert store.subscribers.record(one, NOW)
    assert store.subscribers.all() == [one]


def test_of_two_changes_of_the_same_version_one_holds(store: Store) -> None:
    store.subscribers.record(person(version=1, lang="uk"), NOW)
    assert not store.subscribers.record(person(version=1, bounces=1), NOW, after=0)
    assert store.subscribers.record(person(version=2), NOW, after=1)
    assert store.subscribers.all() == [person(version=2)]
