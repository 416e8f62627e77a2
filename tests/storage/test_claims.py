"""Claims: what several workers share out among themselves in the database."""

from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import text

from pipeline.domain import Article
from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, feed_state, record, tag, untagged
from tests.house import house
from tests.storage.test_concurrency import together

LATER = NOW + timedelta(seconds=60)
MANY = [article(article_id=f"article-{number:03}") for number in range(100)]


def claimed(store: Store, holder: str, limit: int = 100, at: float = 0) -> list[str]:
    found = store.articles.claim("model-1", limit, holder, NOW + timedelta(seconds=at), 60)
    return [each.article_id for each in found]


def recorded(store: Store, articles: list[Article]) -> None:
    store.articles.record([(f"entry-{each.article_id}", each) for each in articles])


def test_workers_that_claim_together_share_the_texts_out(store: Store, database_url: str) -> None:
    recorded(store, MANY)

    def work(own: Store, number: int) -> list[str]:
        mine: list[str] = []
        while some := own.articles.claim("model-1", 7, f"worker-{number}", NOW, 60):
            mine += [each.article_id for each in some]
            own.articles.record_tags({each.article_id: tag() for each in some}, f"worker-{number}")
        return mine

    shares = together(database_url, 4, work)
    assert sorted(name for share in shares for name in share) == [each.article_id for each in MANY]
    assert untagged(store, "model-1") == []


def test_what_another_is_taking_at_this_moment_is_skipped_and_not_waited_for(postgres_url: str) -> None:
    store = Store(postgres_url)
    recorded(store, MANY)
    with store._database.beside() as connection:
        connection.execute(text("SELECT 1 FROM articles ORDER BY seen_at, article_id LIMIT 90 FOR UPDATE"))
        assert claimed(store, "two") == [each.article_id for each in MANY[90:]]
    store.close()


@pytest.mark.timeout(20)
def test_a_claim_does_not_wait_for_a_writer_of_other_rows(postgres_url: str) -> None:
    store = Store(postgres_url)
    recorded(store, MANY)
    with store._database.write():
        assert len(claimed(store, "one")) == len(MANY)
    store.close()


def test_the_claims_of_a_dead_worker_run_out(store: Store) -> None:
    recorded(store, [article()])
    assert claimed(store, "dead") == ["article-1"]
    assert claimed(store, "next", at=59) == []
    assert claimed(store, "next", at=60) == ["article-1"]


def test_a_worker_takes_up_again_what_it_claimed_before_it_failed(store: Store) -> None:
    recorded(store, [article()])
    assert [claimed(store, "one"), claimed(store, "one", at=1)] == [["article-1"]] * 2


def test_a_worker_whose_claim_has_gone_to_another_writes_nothing(store: Store) -> None:
    recorded(store, [article()])
    claimed(store, "late")
    claimed(store, "next", at=61)
    assert store.articles.record_tags({"article-1": tag(relevant=False)}, "late") == 0
    assert store.articles.record_tags({"article-1": tag()}, "next") == 1
    assert [one.tag for one in store.articles.relevant()] == [tag()]


def test_a_text_that_is_edited_while_it_is_tagged_is_tagged_anew(store: Store) -> None:
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    claimed(store, "one")
    record(store, feed_state(), [entry(title="edited")])
    assert store.articles.record_tags({"article-1": tag()}, "one") == 0
    assert [each.title for each in untagged(store, "model-1")] == ["edited"]


def test_names_are_held_by_one_each_and_given_back(store: Store) -> None:
    names = dict.fromkeys(("a", "b", "c"), 0.0)
    with store.claim({"b": 0}, "one", lambda: NOW, 60) as first, store.claim(names, "two", lambda: NOW, 60) as second:
        assert (first, second) == ({"b"}, {"a", "c"})
    with store.claim(names, "three", lambda: NOW, 60) as third:
        assert third == set(names)


def test_a_name_that_was_given_back_rests_before_another_holder_gets_it(store: Store) -> None:
    with store.claim({"host": 5}, "one", lambda: NOW, 60):
        pass
    for seconds, ours in ((4, set()), (5, {"host"})):
        at = NOW + timedelta(seconds=seconds)
        with store.claim({"host": 0}, "two", lambda at=at: at, 60) as got:  # type: ignore[misc]
            assert got == ours


def test_more_names_than_one_question_holds_are_claimed(store: Store) -> None:
    names = {f"host {number}": float(number % 2) for number in range(1_201)}
    with store.claim(names, "one", lambda: NOW, 60) as ours, store.claim(names, "two", lambda: NOW, 60) as none:
        assert (len(ours), none) == (1_201, set())
    with store.claim(names, "two", lambda: NOW, 60) as rested:
        assert len(rested) == 601


STEP = st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.integers(0, 40), st.booleans())


@settings(max_examples=25)
@given(st.lists(STEP, max_size=12))
def test_no_text_is_ever_held_by_two_and_none_is_tagged_twice(steps: list[tuple[str, int, int, bool]]) -> None:
    with house() as home:
        recorded(home.store, MANY[:6])
        at, held, done = 0, dict[str, tuple[str, int]](), list[str]()
        for holder, limit, wait, finishes in steps:
            at += wait
            mine = claimed(home.store, holder, limit, at)
            assert not any(held[name][1] > at and held[name][0] != holder for name in mine if name in held)
            held |= dict.fromkeys(mine, (holder, at + 60))
            if finishes:
                written = home.store.articles.record_tags({name: tag() for name in mine}, holder)
                assert written == len(mine)
                done += mine
        assert len(done) == len(set(done))
