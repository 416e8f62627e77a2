from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from pipeline.domain import Act, Actor, Link, LinkKind, ReportedShift, Stance, TaggedArticle, Voice
from pipeline.storage.store import Store
from tests.factories import NOW, PUBLISHED, article, entry, feed_state, position, record, tag, untagged


@pytest.fixture
def store(store: Store) -> Store:
    record(store, feed_state(), [entry(), entry(entry_id="entry-2", feed="nhk"), entry(entry_id="entry-3")])
    return store


def test_an_article_is_read_back_as_it_was_recorded(store: Store) -> None:
    odd = article(title="«Ⅲ» 🇺🇦 'quoted' \\ %s", url="", published_at=None, history=True)
    assert store.articles.record([("entry-1", odd)])
    assert untagged(store, "model-1") == [odd]


def test_a_known_article_is_not_written_twice(store: Store) -> None:
    assert store.articles.record([("entry-1", article())]) == {"article-1"}
    assert store.articles.record([("entry-2", article(title="another", lead="text"))]) == set()
    assert untagged(store, "model-1") == [article()]
    assert [each.entry_id for each in store.entries.without_article(10)] == ["entry-3"]


def test_two_entries_of_one_batch_may_be_one_article(store: Store) -> None:
    assert store.articles.record([("entry-1", article()), ("entry-2", article())]) == {"article-1"}
    assert [each.entry_id for each in store.entries.without_article(10)] == ["entry-3"]


def test_articles_are_found_by_when_they_happened(store: Store) -> None:
    other = article(article_id="article-2", published_at=None, seen_at=NOW + timedelta(hours=1))
    store.articles.record([("entry-1", article()), ("entry-2", other)])
    assert store.articles.between(PUBLISHED, other.seen_at) == [article(), other]
    assert store.articles.between(NOW, other.seen_at) == [other]
    assert store.articles.between(PUBLISHED, NOW) == [article()]


def test_articles_wait_for_their_story_in_order_of_what_happened(store: Store) -> None:
    old = article(article_id="article-2", published_at=PUBLISHED - timedelta(days=9), seen_at=NOW + timedelta(hours=1))
    store.articles.record([("entry-1", article()), ("entry-2", old)])
    assert store.articles.ungathered(10) == [old, article()]
    assert store.articles.ungathered(1) == [old]
    store.articles.gather([old], (), [], NOW)
    assert store.articles.ungathered(10) == [article()]


def test_an_edited_article_waits_for_its_story_again(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    store.articles.gather([article()], (), [], NOW)
    record(store, feed_state(), [entry(title="edited")])
    (waiting,) = store.articles.ungathered(10)
    assert waiting == article(title="edited")
    store.articles.gather([waiting], (), [], NOW)
    assert store.articles.ungathered(10) == []


def test_stories_are_read_back_as_they_were_gathered(store: Store) -> None:
    one, other = article(), article(article_id="article-2", copy_id="copy", story_id="other")
    store.articles.record([("entry-1", one), ("entry-2", other)])
    merged = replace(other, story_id=one.story_id)
    for _ in range(2):
        store.articles.gather([one, merged], (), [(other, merged)], NOW)
    assert store.articles.stories(["other"]) == []
    assert store.articles.stories([one.story_id, "nobody"]) == [one, merged]
    assert store.counts()["regroupings"] == 1


def test_what_can_be_compared_comes_with_all_its_copies(store: Store) -> None:
    first = article(article_id="first", copy_id="first", published_at=PUBLISHED - timedelta(days=2))
    copy, other = article(copy_id="first"), article(article_id="article-2", copy_id="article-2")
    store.articles.record([("entry-1", first), ("entry-2", copy), ("entry-3", other)])
    store.articles.gather([first, copy, other], {"first"}, [], NOW)
    assert store.articles.comparable(PUBLISHED, NOW) == [copy, first]
    assert store.articles.comparable(NOW, NOW) == []


def test_a_link_is_written_once(store: Store) -> None:
    link = Link(story_id="later", other_id="earlier", kind=LinkKind.DENIES)
    assert [store.articles.record_links([link], NOW) for _ in range(2)] == [1, 0]
    assert store.articles.links() == [link]


def test_untagged_articles_come_the_oldest_first(store: Store) -> None:
    young = article(article_id="a", seen_at=NOW + timedelta(seconds=1))
    store.articles.record([("entry-1", young)])
    store.articles.record([("entry-2", article())])
    assert untagged(store, "model-1") == [article(), young]
    assert untagged(store, "model-1", 1) == [article()]


def test_a_new_model_has_every_article_to_tag_again(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag()})
    assert untagged(store, "model-1") == []
    assert untagged(store, "model-2") == [article()]


def test_a_tag_is_read_back_as_it_was_recorded(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    main = position(actor=Actor.KP, voice=Voice.SOCIETY, stance=Stance.OPPOSING, act=Act.DENIED, allegation=True)
    other = position(actor=Actor.TW, reported_shift=ReportedShift.AWAY, unsure=True)
    written = tag(positions=(main, other), relevance=1 / 3)
    store.articles.record_tags({"article-1": written})
    (found,) = store.articles.relevant()
    assert found == TaggedArticle(article=article(), tag=written)
    assert type(found.tag.positions[0].stance) is Stance
    assert set(map(type, found.tag.positions[0].stance_probabilities)) == {Stance}


def test_only_relevant_articles_seen_since_are_for_the_detectors(store: Store) -> None:
    later = article(article_id="article-2", seen_at=NOW + timedelta(hours=1), published_at=None)
    store.articles.record([("entry-1", later)])
    store.articles.record([("entry-1", article())])
    store.articles.record([("entry-2", article(article_id="article-3"))])
    store.articles.record_tags(
        {"article-2": tag(positions=()), "article-1": tag(tracks=()), "article-3": tag(relevant=False)}
    )
    assert [found.article for found in store.articles.relevant()] == [article(), later]
    assert [found.article for found in store.articles.relevant(since=later.seen_at)] == [later]


def test_the_newest_model_speaks_for_an_article(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag()})
    newer = tag(model="model-2", relevance=0.6)
    store.articles.record_tags({"article-1": newer})
    assert [found.tag for found in store.articles.relevant()] == [newer]
    assert store.counts()["tags"] == 2


def test_a_model_that_tags_again_replaces_its_tag(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag()})
    again = tag(relevance=0.7, positions=(), tracks=())
    store.articles.record_tags({"article-1": again})
    assert [found.tag for found in store.articles.relevant()] == [again]
    assert store.counts()["tags"] == 1


def test_a_batch_of_tags_is_written_whole_or_not_at_all(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    with pytest.raises(IntegrityError):
        store.articles.record_tags({"article-1": tag(), "unknown": tag()})
    assert store.counts()["tags"] == 0
    assert untagged(store, "model-1") == [article()]


def test_an_empty_batch_of_tags_is_nothing_to_write(store: Store) -> None:
    store.articles.record_tags({})
    assert store.counts()["tags"] == 0
