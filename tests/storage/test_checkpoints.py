"""What a look leaves for the next, and how it is known what changed since."""

from dataclasses import replace
from datetime import timedelta

from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, evidence, feed_state, record, shift, tag

HOUR = timedelta(hours=1)


def tagged(store: Store, name: str = "article-1", *, relevant: bool = True) -> None:
    one = article(article_id=name, copy_id=name, story_id=name)
    store.articles.record([(f"entry of {name}", one)])
    store.articles.gather([one], {name}, [], NOW)
    store.articles.record_tags({name: tag(relevant=relevant)})


def touched(store: Store, revision: int) -> list[str]:
    return sorted(store.articles.touched(revision))


def test_what_is_tagged_as_relevant_is_touched_and_what_is_not_is_not(store: Store) -> None:
    assert store.articles.revision() == 0
    tagged(store, "one")
    tagged(store, "two", relevant=False)
    assert touched(store, 0) == ["one"]
    assert store.articles.touched(0)["one"] == NOW
    assert touched(store, store.articles.revision()) == []


def test_every_change_of_what_is_tagged_touches_it(store: Store) -> None:
    tagged(store, "one")
    tagged(store, "two", relevant=False)
    before = store.articles.revision()
    store.articles.record_tags({"two": tag(relevant=False)})
    assert touched(store, before) == ["two"]
    before = store.articles.revision()
    store.articles.gather([article(article_id="one", copy_id="one", story_id="two")], {"one"}, [], NOW)
    assert touched(store, before) == ["one"]
    before = store.articles.revision()
    store.forgotten.forget(["Kyodo"], [], NOW)
    assert touched(store, before) == ["one", "two"]


def test_an_edit_touches_an_article_before_it_is_tagged_anew(store: Store) -> None:
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    store.articles.record_tags({"article-1": tag()})
    before = store.articles.revision()
    record(store, feed_state(), [entry(title="other words", version=2)])
    assert touched(store, before) == ["article-1"]


def test_what_stays_where_it_was_and_who_is_to_tag_it_touch_nothing(store: Store) -> None:
    tagged(store)
    before = store.articles.revision()
    known = store.articles.stories(["article-1"])
    store.articles.gather(known, {"article-1"}, [], NOW)
    assert store.articles.claim("model-2", 5, "worker", NOW, 60) == known
    assert store.retention.leads(["kyodo"], NOW - HOUR) == 0
    assert store.articles.revision() == before


def test_stories_that_move_come_whole(store: Store) -> None:
    for name, story, at in (("a", "a", NOW), ("b", "a", NOW - 50 * HOUR), ("c", "c", NOW - 50 * HOUR)):
        one = article(article_id=name, copy_id=name, story_id=story, seen_at=at, published_at=at)
        store.articles.record([(name, one)])
        store.articles.gather([one], {name}, [], NOW)
    dated = article(article_id="d", copy_id="d", story_id="d", seen_at=NOW - 50 * HOUR, published_at=NOW + HOUR)
    store.articles.record([("d", dated)])
    store.articles.record_tags({name: tag() for name in "abcd"})
    assert {one.article.article_id for one in store.articles.relevant(moving_since=NOW - HOUR)} == {"a", "b", "d"}


def test_what_was_left_is_read_back_to_the_last_digit(store: Store) -> None:
    lines = {"a": {"sums": [[0.1, 1 / 3], [1e-300, -7.0]]}, "b": {"times": []}}
    store.checkpoints.leave(store.checkpoints.begin(), {"revision": 7}, lines)
    _, left = store.checkpoints.last() or ("", {})
    assert left == {"revision": 7}
    assert store.checkpoints.lines(["a", "b", "c"]) == lines


def test_what_was_left_is_put_aside_while_everything_is_looked_at(store: Store) -> None:
    kept = store.checkpoints
    assert kept.last() is None
    kept.leave(kept.begin(), {"revision": 7}, {})
    kept.begin()
    assert kept.last() is None


def test_two_who_look_at_everything_at_once_leave_nothing(store: Store) -> None:
    kept = store.checkpoints
    one, other = kept.begin(), kept.begin()
    kept.leave(other, {"revision": 8}, {})
    assert kept.last() is not None
    kept.leave(one, {"revision": 7}, {"a": {"times": []}})
    assert kept.last() is None
    assert kept.lines(["a"]) == {}


def test_a_short_look_writes_nothing_over_what_another_left(store: Store) -> None:
    kept = store.checkpoints
    kept.leave(kept.begin(), {"revision": 1}, {"a": {"times": []}})
    token, _ = kept.last() or ("", {})
    kept.go_on(token, {"revision": 7}, {"a": {"times": ["seven"]}})
    kept.go_on(token, {"revision": 3}, {"a": {"times": ["three"]}})
    assert (kept.last() or ("", {}))[1] == {"revision": 7}
    assert kept.lines(["a"]) == {"a": {"times": ["seven"]}}


def test_a_shift_is_known_to_rest_on_its_articles_alone(store: Store) -> None:
    tagged(store)
    assert not store.shifts.rest_on(["article-1"])
    assert not store.shifts.rest_on([])
    shown = replace(evidence(), article=store.articles.stories(["article-1"])[0])
    store.shifts.record([shift(evidence=(shown,))])
    assert store.shifts.rest_on(["another", "article-1"])
    assert not store.shifts.rest_on(["another"])
