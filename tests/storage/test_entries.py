from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select

from pipeline.domain import Entry, PollOutcome
from pipeline.storage import tables as t
from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, feed_state, record, tag, untagged

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def versions(store: Store) -> list[tuple[int, str, str]]:
    with store._database.read() as connection:
        rows = connection.execute(select(t.versions).order_by(t.versions.c.entry_id, t.versions.c.version))
        return [(row.version, row.title, row.lead) for row in rows]


def everything(store: Store) -> list[Entry]:
    return store.entries.without_article(1000)


def test_a_new_store_knows_nothing(store: Store) -> None:
    assert store.entries.states() == {}
    assert everything(store) == []
    assert store.entries.of_feeds(["kyodo"]) == []


def test_a_poll_is_read_back_as_it_was_recorded(store: Store) -> None:
    state = feed_state(failures=0.25, detail="two items had no date", next_poll_at=NOW + timedelta(minutes=10))
    bare = entry(entry_id="entry-2", source="朝鮮中央通信", published_at=None, history=True)
    assert record(store, state, [entry(), bare]) == (2, 0)
    assert store.entries.states() == {"kyodo": state}
    assert everything(store) == [entry(), bare]


def test_the_state_of_the_last_poll_replaces_the_one_before(store: Store) -> None:
    record(store, feed_state(), [])
    after = feed_state(etag=None, last_modified=None, outcome=PollOutcome.GONE, failures=1.0, detail="410")
    record(store, after, [])
    assert store.entries.states() == {"kyodo": after}


def test_a_poll_that_brought_nothing_new_is_not_called_new(store: Store) -> None:
    record(store, feed_state(outcome=PollOutcome.NEW), [entry()])
    assert store.entries.states()["kyodo"].outcome is PollOutcome.NEW
    record(store, feed_state(outcome=PollOutcome.NEW), [entry()])
    assert store.entries.states()["kyodo"].outcome is PollOutcome.NOTHING_NEW
    record(store, feed_state(outcome=PollOutcome.NEW), [entry(title="edited")])
    assert store.entries.states()["kyodo"].outcome is PollOutcome.NEW


def test_a_feed_that_was_never_reached_has_no_outcome(store: Store) -> None:
    state = feed_state(outcome=None, etag=None, polled_at=None, succeeded_at=None, next_poll_at=None)
    record(store, state, [])
    assert store.entries.states() == {"kyodo": state}


@pytest.mark.parametrize("validator", ['"a"', 'W/"0-~\\"', "'", "  unquoted ", "''\"%s:x%", ""])
def test_validators_are_kept_byte_for_byte(store: Store, validator: str) -> None:
    record(store, feed_state(etag=validator, last_modified=validator), [])
    state = store.entries.states()["kyodo"]
    assert (state.etag, state.last_modified) == (validator, validator)


def test_a_time_of_another_zone_comes_back_as_the_same_instant_in_utc(store: Store) -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    record(store, feed_state(), [entry(seen_at=tokyo)])
    (kept,) = everything(store)
    assert kept.seen_at == NOW
    assert kept.seen_at.utcoffset() == timedelta(0)
    assert kept.seen_at.microsecond == NOW.microsecond


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="without a zone"):
        record(store, feed_state(), [entry(seen_at=NOW.replace(tzinfo=None))])
    assert store.counts()["entries"] == 0
    assert store.entries.states() == {}


@given(title=TEXT, lead=TEXT, guid=TEXT, at=st.datetimes(timezones=st.just(UTC)))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_and_instant_round_trips(store: Store, title: str, lead: str, guid: str, at: datetime) -> None:
    number = store.counts()["entries"]
    written = entry(entry_id=f"entry-{number}", feed=f"feed-{number}", title=title, lead=lead, guid=guid, seen_at=at)
    record(store, feed_state(), [written])
    assert store.entries.of_feeds([written.feed]) == [written]


def test_a_guid_with_a_nul_does_not_stop_a_poll(store: Store) -> None:
    assert record(store, feed_state(), [entry(guid="a\0b")]) == (1, 0)
    assert store.counts()["entries"] == 1


def test_a_known_entry_is_not_written_twice(store: Store) -> None:
    record(store, feed_state(), [entry()])
    assert record(store, feed_state(), [entry(seen_at=NOW + timedelta(hours=1))]) == (0, 0)
    assert everything(store) == [entry()]
    assert versions(store) == [(1, entry().title, entry().lead)]


def test_an_entry_named_twice_in_one_poll_is_counted_once(store: Store) -> None:
    assert record(store, feed_state(), [entry(), entry()]) == (1, 0)
    assert store.counts()["entries"] == 1


def test_an_edit_is_the_next_version_and_the_earlier_one_is_kept(store: Store) -> None:
    record(store, feed_state(), [entry(title="one")])
    later = NOW + timedelta(hours=1)
    assert record(store, feed_state(), [entry(title="two", seen_at=later)]) == (0, 1)
    assert record(store, feed_state(), [entry(title="two", lead="more", seen_at=later)]) == (0, 1)
    assert everything(store) == [entry(title="two", lead="more", version=3)]
    assert versions(store) == [(1, "one", entry().lead), (2, "two", entry().lead), (3, "two", "more")]


def test_an_edit_opens_its_article_for_tagging_again(store: Store) -> None:
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag()})
    assert untagged(store, "model-1") == []
    record(store, feed_state(), [entry(title="edited", lead="anew")])
    assert untagged(store, "model-1") == [article(title="edited", lead="anew")]
    assert store.articles.relevant() == []


def test_an_edit_leaves_other_articles_alone(store: Store) -> None:
    record(store, feed_state(), [entry(), entry(entry_id="entry-2")])
    store.articles.record([("entry-1", article())])
    record(store, feed_state(), [entry(entry_id="entry-2", title="edited")])
    assert untagged(store, "model-1") == [article()]


def test_entries_wait_for_their_article_the_oldest_first(store: Store) -> None:
    young = entry(entry_id="a", seen_at=NOW + timedelta(seconds=1))
    record(store, feed_state(), [young, entry(entry_id="c"), entry(entry_id="b")])
    assert [e.entry_id for e in everything(store)] == ["b", "c", "a"]
    assert [e.entry_id for e in store.entries.without_article(2)] == ["b", "c"]
    store.articles.record([("b", article())])
    assert [e.entry_id for e in everything(store)] == ["c", "a"]


def test_entries_are_found_by_feed(store: Store) -> None:
    later = NOW + timedelta(hours=2)
    nhk = [entry(entry_id="n1", feed="nhk"), entry(entry_id="n2", feed="nhk", seen_at=later)]
    record(store, feed_state(), [entry(), *nhk])
    assert store.entries.of_feeds(["nhk"]) == nhk
    assert store.entries.of_feeds(iter(["nhk", "kyodo", "absent"])) == [entry(), *nhk]


def test_a_poll_may_bring_thousands_of_entries(store: Store) -> None:
    many = [entry(entry_id=f"e{number:04}") for number in range(1100)]
    assert record(store, feed_state(), many) == (1100, 0)
    assert record(store, feed_state(), [*many, entry(entry_id="one more")]) == (1, 0)
    assert store.counts()["entries"] == store.counts()["versions"] == 1101


def test_old_leads_of_the_feeds_named_are_forgotten_everywhere(store: Store) -> None:
    record(store, feed_state(), [entry(lead="first")])
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    assert store.retention.leads(["kyodo"], NOW + timedelta(seconds=1)) == 1
    assert store.entries.of_feeds(["kyodo"]) == [entry(lead="", version=2)]
    assert untagged(store, "model-1") == [article(lead="")]
    assert [lead for _, _, lead in versions(store)] == ["", ""]
    assert store.retention.leads(["kyodo"], NOW + timedelta(seconds=1)) == 0


def test_young_leads_and_those_of_other_feeds_are_kept(store: Store) -> None:
    other = entry(entry_id="entry-2", feed="mofa")
    record(store, feed_state(), [entry(), other])
    store.articles.record([("entry-2", article())])
    assert store.retention.leads(["kyodo"], NOW) == 0
    assert store.retention.leads([], NOW + timedelta(days=1)) == 0
    assert store.retention.leads(["kyodo"], NOW + timedelta(days=1)) == 1
    assert store.entries.of_feeds(["mofa"]) == [other]
    assert untagged(store, "model-1") == [article()]


def test_a_forgotten_lead_is_not_taken_for_an_edit(store: Store) -> None:
    record(store, feed_state(), [entry()])
    store.retention.leads(["kyodo"], NOW + timedelta(days=1))
    assert record(store, feed_state(), [entry()]) == (0, 0)
    assert store.entries.of_feeds(["kyodo"]) == [entry(lead="")]
