from datetime import timedelta

from pipeline.storage.store import Store
from tests.factories import NOW, mail

WEEK = "2026-W20"


def test_a_digest_is_kept_as_first_written(store: Store) -> None:
    first = mail(subject="第20週", text="日本 🇺🇦\n", html="<p>&amp; 'x'</p>")
    assert store.digests.record(WEEK, first, NOW) == first
    later = mail(message_id="<2>", recipient="b@example.org", subject="x", text="y", html="z")
    kept = store.digests.record(WEEK, later, NOW + timedelta(days=1))
    assert kept == mail(
        message_id="<2>", recipient="b@example.org", subject=first.subject, text=first.text, html=first.html
    )
    assert store.counts()["digests"] == 1


def test_each_week_has_its_own_digest(store: Store) -> None:
    store.digests.record(WEEK, mail(), NOW)
    assert store.digests.record("2026-W21", mail(text="next"), NOW).text == "next"


def test_a_copy_that_was_taken_has_reached_its_recipient(store: Store) -> None:
    store.digests.record(WEEK, mail(), NOW)
    assert store.digests.reached(WEEK) == set()
    store.digests.delivered(WEEK, mail(), None, NOW)
    store.digests.delivered(WEEK, mail(recipient="b@example.org"), "550 no such user", NOW)
    assert store.digests.reached(WEEK) == {"desk@example.org"}
    assert store.digests.reached("2026-W21") == set()


def test_a_copy_that_failed_reaches_its_recipient_when_it_is_taken_later(store: Store) -> None:
    store.digests.record(WEEK, mail(), NOW)
    store.digests.delivered(WEEK, mail(), "451 later", NOW)
    store.digests.delivered(WEEK, mail(), None, NOW + timedelta(hours=1))
    assert store.digests.reached(WEEK) == {"desk@example.org"}
    assert store.counts()["deliveries"] == 1
