from dataclasses import replace
from datetime import timedelta

from pipeline.domain import Act, Actor, Delivery, DevelopmentKind, LinkKind, NotificationState, Poll
from pipeline.storage.store import Store
from tests.factories import NOW, article, decision, entry, feed_state, message, position, record, tag
from tests.slack.told import confirm, deny, matter, publish, tell

HOUR = timedelta(hours=1)
LATER = NOW + HOUR


def told(store: Store, name: str = "one") -> None:
    """Write a matter and say it, so that what its outlet does to it is noted."""
    tell(store, matter(name))
    store.outbox.record([(f"key-{name}", decision(shift_id=f"shift-{name}"), message())], NOW)
    store.outbox.delivered(f"key-{name}", Delivery(state=NotificationState.SENT, ts="1.0"), NOW)


def test_a_denial_is_known_of_the_shift_whose_story_it_denies_with_who_denies(store: Store) -> None:
    tell(store, matter("one"), matter("two"))
    deny(store, matter("one"), "less", LATER)
    found = store.matters.developments(["shift-one", "shift-two"])
    assert set(found) == {"shift-one"}
    (denial,) = found["shift-one"]
    assert (denial.kind, denial.at, denial.who) == (DevelopmentKind.DENIED, LATER, "government, Tokyo")
    assert denial.article
    assert denial.article.article_id == "article-less"


def test_a_denial_in_the_story_that_it_denies_is_known_too(store: Store) -> None:
    one = replace(matter("one"), actor=Actor.JP)
    tell(store, one)
    told = one.evidence[0].article
    for name, at, act in (
        ("before", NOW - HOUR, Act.DENIED),
        ("more", LATER, Act.SAID),
        ("no", LATER + HOUR, Act.DENIED),
    ):
        later = replace(matter(name, at).evidence[0].article, story_id=told.story_id)
        publish(store, later, act=act)
    (denial,) = store.matters.developments(["shift-one"])["shift-one"]
    assert (denial.kind, denial.at, denial.who) == (DevelopmentKind.DENIED, LATER + HOUR, "government, Tokyo")
    store.articles.record_tags({"article-no": tag(positions=(position(act=Act.DENIED, actor=Actor.KR),))})
    assert store.matters.developments(["shift-one"]) == {"shift-one": []}


def test_many_articles_of_one_denying_story_are_one_denial(store: Store) -> None:
    tell(store, matter("one"))
    deny(store, matter("one"), "less", LATER)
    copy = replace(matter("less", LATER).evidence[0].article, article_id="copy", url="https://daily.example/less")
    store.articles.record([("article-less", copy)])
    assert len(store.matters.developments(["shift-one"])["shift-one"]) == 1


def test_a_correction_and_a_denial_are_two_things_and_a_further_step_is_none(store: Store) -> None:
    tell(store, matter("one"))
    deny(store, matter("one"), "a", LATER, LinkKind.CORRECTS)
    deny(store, matter("one"), "b", LATER)
    deny(store, matter("one"), "c", LATER, LinkKind.FOLLOWS)
    kinds = {one.kind for one in store.matters.developments(["shift-one"])["shift-one"]}
    assert kinds == {DevelopmentKind.CORRECTED, DevelopmentKind.DENIED}


def test_a_changed_headline_is_known_with_what_it_was_and_a_changed_summary_is_not(store: Store) -> None:
    told(store)
    before = entry(entry_id="article-one", guid="article-one", url="https://kyodo.example/one")
    before = replace(before, title=matter("one").evidence[0].article.title)
    record(store, feed_state(polled_at=LATER), [replace(before, lead="another summary")])
    assert store.matters.developments(["shift-one"]) == {"shift-one": []}
    record(store, feed_state(polled_at=LATER), [replace(before, title="another headline")])
    (changed,) = store.matters.developments(["shift-one"])["shift-one"]
    assert (changed.kind, changed.was) == (DevelopmentKind.REWRITTEN, before.title)
    assert changed.article
    assert changed.article.title == "another headline"


def test_a_report_that_was_taken_down_is_known(store: Store) -> None:
    told(store)
    store.entries.record([Poll(state=feed_state(polled_at=LATER), removed=frozenset({"article-one"}))])
    (gone,) = store.matters.developments(["shift-one"])["shift-one"]
    assert (gone.kind, gone.at) == (DevelopmentKind.REMOVED, LATER)


def test_nothing_is_known_of_nothing(store: Store) -> None:
    assert store.matters.developments([]) == {}


def test_a_view_changes_with_all_that_alerts_rest_on_and_with_nothing_else(store: Store) -> None:
    views = [store.matters.view("routes"), store.matters.view("other routes")]
    tell(store, one := matter("one"))
    views.append(store.matters.view("routes"))
    one = confirm(store, one, "more")
    views.append(store.matters.view("routes"))
    deny(store, one, "less", LATER)
    views.append(store.matters.view("routes"))
    told(store, "two")
    views.append(store.matters.view("routes"))
    assert len(set(views)) == len(views)
    store.articles.record([("article-one", article(article_id="another"))])
    assert store.matters.view("routes") == views[-1]


def test_a_view_is_kept_until_its_time_is_over_or_another_is_kept(store: Store) -> None:
    store.matters.keep_view("one", LATER)
    assert store.matters.viewed("one", NOW)
    assert not store.matters.viewed("two", NOW)
    assert not store.matters.viewed("one", LATER)
    store.matters.keep_view("two", LATER)
    assert (store.matters.viewed("one", NOW), store.matters.viewed("two", NOW)) == (False, True)
