"""What is remembered of feeds: their last document, their rhythm, what is wrong with them."""

from datetime import timedelta

from pipeline.domain import Incident, IncidentKind, Marks, Poll, PollOutcome
from pipeline.storage.store import Store
from tests.factories import NOW, entry, feed_state, record


def test_the_marks_of_the_last_document_come_back(store: Store) -> None:
    marks = Marks(frame="f", encoding="utf-8", items={"d1": "e1", "d2": "e2"})
    store.entries.record([Poll(state=feed_state(), marks=marks)])

    assert store.entries.marks(["kyodo", "another"]) == {"kyodo": marks}
    assert store.entries.marks([]) == {}


def test_a_poll_without_marks_leaves_the_old_ones(store: Store) -> None:
    marks = Marks(frame="f", encoding="utf-8", items={"d1": "e1"})
    store.entries.record([Poll(state=feed_state(), marks=marks)])
    store.entries.record([Poll(state=feed_state())])

    assert store.entries.marks(["kyodo"]) == {"kyodo": marks}


def test_a_batch_of_polls_is_counted_feed_by_feed(store: Store) -> None:
    one = Poll(state=feed_state(), entries=(entry(), entry(entry_id="entry-2")))
    other = Poll(state=feed_state(feed="nhk"), entries=(entry(entry_id="entry-3", feed="nhk"),))

    assert store.entries.record([one, other]) == [
        (PollOutcome.NEW, 2, 0, 0, ("entry-1", "entry-2")),
        (PollOutcome.NEW, 1, 0, 0, ("entry-3",)),
    ]
    assert store.entries.record([one, other]) == [(PollOutcome.NOTHING_NEW, 0, 0, 0, ())] * 2


def test_the_rhythm_counts_published_times_and_no_history(store: Store) -> None:
    dated = entry(published_at=NOW - timedelta(hours=3))
    undated = entry(entry_id="entry-2", published_at=None)
    old = entry(entry_id="entry-3", history=True)
    another = entry(entry_id="entry-4", feed="nhk", published_at=None)
    record(store, feed_state(), [dated, undated, old, another])

    times = store.entries.seen_times(["kyodo", "nhk"], NOW - timedelta(days=1))
    assert times == {"kyodo": [dated.published_at, undated.seen_at], "nhk": [another.seen_at]}


def test_an_incident_lasts_until_it_gains_its_end(store: Store) -> None:
    broken = Incident(feed="kyodo", kind=IncidentKind.BROKEN, started_at=NOW, detail="gone: HTTP 404")
    store.entries.record_incidents([broken])
    store.entries.record_incidents([broken])

    assert store.entries.incidents(open_only=True) == [broken]

    ended = Incident(feed="kyodo", kind=IncidentKind.BROKEN, started_at=NOW, ended_at=NOW + timedelta(hours=1))
    store.entries.record_incidents([ended])

    assert store.entries.incidents(open_only=True) == []
    assert store.entries.incidents() == [ended]
