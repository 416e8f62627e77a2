from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from pipeline.domain import Act, Actor, ReportedShift, Stance, TaggedArticle, Voice
from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, feed_state, position, record, tag


@pytest.fixture
def store(store: Store) -> Store:
    record(store, feed_state(), [entry(), entry(entry_id="entry-2", feed="nhk")])
    return store


def test_an_article_is_read_back_as_it_was_recorded(store: Store) -> None:
    odd = article(title="«Ⅲ» 🇺🇦 'quoted' \\ %s", url="", published_at=None, history=True)
    assert store.articles.record("entry-1", odd, ["band"])
    assert store.articles.untagged("model-1", 10) == [odd]


def test_a_known_article_is_not_written_twice(store: Store) -> None:
    assert store.articles.record("entry-1", article(), ["a", "b"])
    assert not store.articles.record("entry-2", article(title="another", lead="text"), ["c"])
    assert store.articles.untagged("model-1", 10) == [article()]
    assert store.counts()["bands"] == 2
    assert store.entries.without_article(10) == []


def test_articles_that_share_a_band_are_candidates(store: Store) -> None:
    store.articles.record("entry-1", article(), ["a", "b"])
    other = article(article_id="article-2", story_id="story-2", seen_at=NOW + timedelta(hours=1))
    store.articles.record("entry-2", other, ["b", "c"])
    assert store.articles.sharing(["a", "b"], NOW) == [article(), other]
    assert store.articles.sharing(["c", "d"], NOW) == [other]
    assert store.articles.sharing(["b"], NOW + timedelta(seconds=1)) == [other]
    assert store.articles.sharing([], NOW) == []


def test_untagged_articles_come_the_oldest_first(store: Store) -> None:
    young = article(article_id="a", seen_at=NOW + timedelta(seconds=1))
    store.articles.record("entry-1", young, [])
    store.articles.record("entry-2", article(), [])
    assert store.articles.untagged("model-1", 10) == [article(), young]
    assert store.articles.untagged("model-1", 1) == [article()]


def test_a_new_model_has_every_article_to_tag_again(store: Store) -> None:
    store.articles.record("entry-1", article(), [])
    store.articles.record_tags({"article-1": tag()})
    assert store.articles.untagged("model-1", 10) == []
    assert store.articles.untagged("model-2", 10) == [article()]


def test_a_tag_is_read_back_as_it_was_recorded(store: Store) -> None:
    store.articles.record("entry-1", article(), [])
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
    store.articles.record("entry-1", later, [])
    store.articles.record("entry-1", article(), [])
    store.articles.record("entry-2", article(article_id="article-3"), [])
    store.articles.record_tags(
        {"article-2": tag(positions=()), "article-1": tag(tracks=()), "article-3": tag(relevant=False)}
    )
    assert [found.article for found in store.articles.relevant()] == [article(), later]
    assert [found.article for found in store.articles.relevant(since=later.seen_at)] == [later]


def test_the_newest_model_speaks_for_an_article(store: Store) -> None:
    store.articles.record("entry-1", article(), [])
    store.articles.record_tags({"article-1": tag()})
    newer = tag(model="model-2", relevance=0.6)
    store.articles.record_tags({"article-1": newer})
    assert [found.tag for found in store.articles.relevant()] == [newer]
    assert store.counts()["tags"] == 2


def test_a_model_that_tags_again_replaces_its_tag(store: Store) -> None:
    store.articles.record("entry-1", article(), [])
    store.articles.record_tags({"article-1": tag()})
    again = tag(relevance=0.7, positions=(), tracks=())
    store.articles.record_tags({"article-1": again})
    assert [found.tag for found in store.articles.relevant()] == [again]
    assert store.counts()["tags"] == 1


def test_a_batch_of_tags_is_written_whole_or_not_at_all(store: Store) -> None:
    store.articles.record("entry-1", article(), [])
    with pytest.raises(IntegrityError):
        store.articles.record_tags({"article-1": tag(), "unknown": tag()})
    assert store.counts()["tags"] == 0
    assert store.articles.untagged("model-1", 10) == [article()]


def test_an_empty_batch_of_tags_is_nothing_to_write(store: Store) -> None:
    store.articles.record_tags({})
    assert store.counts()["tags"] == 0
