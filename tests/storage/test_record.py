"""The record of a shift as it is read back, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain import Delivery, Link, LinkKind, NotificationState, Reason
from pipeline.storage.store import Store
from tests.factories import NOW, article, decision, entry, evidence, feed_state, message, record, shift, tag

HOUR = timedelta(hours=1)


@pytest.fixture
def store(store: Store) -> Store:
    """Two entries of one story, read, tagged, found and said."""
    record(store, feed_state(), [entry()])
    record(store, feed_state(feed="nhk"), [entry(entry_id="entry-2", feed="nhk", seen_at=NOW + HOUR)])
    copy = article(article_id="article-2", source="NHK", seen_at=NOW + HOUR)
    store.articles.record([("entry-1", article()), ("entry-2", copy)])
    store.articles.record_tags({"article-1": tag(), "article-2": tag()})
    store.shifts.record([shift(evidence=(evidence(),)), shift(shift_id="other", detected_at=NOW + HOUR)])
    store.outbox.record([("key-1", decision(), message())], NOW)
    return store


def test_a_record_holds_every_article_of_its_stories_with_entries_and_tags(store: Store) -> None:
    known = store.records.of("shift-1")
    assert known.shift == shift(evidence=(evidence(articles=2),))
    first, second = known.traced["story-1"]
    assert (first.article, first.tags, first.current) == (article(), (tag(),), "model-1")
    assert [seen.feed for seen in (*first.seen, *second.seen)] == ["kyodo", "nhk"]
    assert [(v.number, v.title, v.seen_at) for v in first.seen[0].versions] == [(1, entry().title, NOW)]


def test_every_version_and_every_models_tag_is_kept(store: Store) -> None:
    record(store, feed_state(), [replace(entry(), title="訂正:政府、供与を検討", seen_at=NOW + HOUR)])
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag(model="model-2")})
    first = store.records.of("shift-1").traced["story-1"][0]
    assert [v.number for v in first.seen[0].versions] == [1, 2]
    assert ([each.model for each in first.tags], first.current) == (["model-1", "model-2"], "model-2")


def test_an_article_that_nobody_has_tagged_is_in_the_record(store: Store) -> None:
    store.articles.record([("entry-1", article(article_id="article-3", seen_at=NOW + 2 * HOUR))])
    assert store.records.of("shift-1").traced["story-1"][-1].tags == ()


def test_links_are_found_from_both_ends(store: Store) -> None:
    links = [Link(story_id="story-1", other_id="a", kind=LinkKind.FOLLOWS)]
    links += [Link(story_id="b", other_id="story-1", kind=LinkKind.DENIES)]
    store.articles.record_links([*links, Link(story_id="b", other_id="a", kind=LinkKind.FOLLOWS)], NOW)
    assert sorted(store.records.of("shift-1").links, key=lambda link: link.kind, reverse=True) == links


def test_an_answer_says_what_became_of_its_message(store: Store) -> None:
    (waiting,) = store.records.of("shift-1").answers
    assert (waiting.reason, waiting.state, waiting.sent_at) == (Reason.FIRST, NotificationState.PENDING, None)
    store.outbox.delivered("key-1", Delivery(state=NotificationState.SENT, ts="1.0"), NOW + HOUR)
    (sent,) = store.records.of("shift-1").answers
    assert (sent.state, sent.sent_at, sent.ts) == (NotificationState.SENT, NOW + HOUR, "1.0")


def test_an_answer_not_to_tell_has_no_state(store: Store) -> None:
    held = decision(shift_id="other", send=False, reason=Reason.BELOW_THRESHOLD)
    store.outbox.record([("key-2", held, message())], NOW)
    (answer,) = store.records.of("other").answers
    assert (answer.reason, answer.state) == (Reason.BELOW_THRESHOLD, None)


def test_shifts_are_named_by_how_they_begin(store: Store) -> None:
    assert store.records.named("sh") == ["shift-1"]
    assert sorted(store.records.named("")) == ["other", "shift-1"]
    assert store.records.named("%") == []


def test_answers_are_read_by_when_their_shift_became_known(store: Store) -> None:
    ((known, answer),) = store.records.answers(since=NOW, until=NOW + HOUR)
    assert (known.shift_id, answer.route) == ("shift-1", "desk")
    assert store.records.answers(since=NOW + HOUR, until=NOW + 2 * HOUR) == []


def test_the_latest_come_first(store: Store) -> None:
    assert [each.shift_id for each in store.shifts.latest(5)] == ["other", "shift-1"]
    assert [each.shift_id for each in store.shifts.latest(1)] == ["other"]
