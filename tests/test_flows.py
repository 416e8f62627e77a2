"""The flows end to end on a real store: what is written, what goes out, and that nothing does so twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline import flows
from pipeline.domain import Operation, PollOutcome
from tests.fakes import Item
from tests.house import FEEDS, VERBS, House, fake_feed, house, item, watch


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


# --- poll ---


def poll(home: House, **minutes: float) -> flows.Counts:
    home.clock.forward(**(minutes or {"hours": 5}))
    return flows.poll(home.services)


def test_a_first_poll_brings_every_entry(home: House) -> None:
    home.publish("wire", item("a"), item("b"))
    assert poll(home)["entries"] == 2
    assert {e.title for e in home.store.entries.of_feeds(["wire"])} == {item("a").title, item("b").title}


def test_an_unchanged_feed_is_unchanged(home: House) -> None:
    home.publish("wire", item("a"))
    poll(home)
    counts = poll(home)
    assert (counts["unchanged"], counts.get("entries", 0)) == (1, 0)


def test_a_server_without_validators_sends_the_same_body(home: House) -> None:
    home.feeds.conditional = False
    home.publish("wire", item("a"))
    poll(home)
    counts = poll(home)
    assert (counts["same_body"], counts.get("entries", 0)) == (1, 0)


def test_another_body_with_known_entries_is_nothing_new(home: House) -> None:
    home.publish("wire", item("a"), item("b"))
    poll(home)
    home.publish("wire", item("b"), item("a"), note="made at noon")
    counts = poll(home)
    assert (counts["nothing_new"], counts["entries"], counts["edited"]) == (1, 0, 0)


def test_one_more_entry_is_new(home: House) -> None:
    home.publish("wire", item("a"))
    poll(home)
    home.publish("wire", item("b"), item("a"))
    counts = poll(home)
    assert (counts["new"], counts["entries"], counts["edited"]) == (1, 1, 0)


def test_an_edited_headline_is_the_next_version_of_its_entry(home: House) -> None:
    home.publish("wire", item("a", "as it was"))
    poll(home)
    home.publish("wire", item("a", "as it is"))
    counts = poll(home)
    assert (counts["new"], counts["entries"], counts["edited"]) == (1, 0, 1)
    (entry,) = home.store.entries.of_feeds(["wire"])
    assert (entry.title, entry.version) == ("as it is", 2)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"", "empty"),
        (b"<rss version='2.0'><channel><title>quiet</title></channel></rss>", "empty"),
        (b"<html>sign in</html>", "not_a_feed"),
        (PollOutcome.TEMPORARY, "temporary"),
        (PollOutcome.GONE, "gone"),
        (PollOutcome.FORBIDDEN_ADDRESS, "forbidden_address"),
    ],
)
def test_a_feed_that_fails_does_not_stop_the_others(home: House, answer: Any, outcome: str) -> None:
    home.feeds.answers["wire"] = answer
    home.publish("daily", item("b"))
    home.publish("cabinet", item("c"))
    counts = poll(home)
    assert (counts[outcome], counts["new"], counts["entries"]) == (1, 2, 2)
    assert home.store.entries.states()["wire"].failures > 0


def test_what_the_shards_time_did_not_reach_stays_due(home: House) -> None:
    home.feeds.answers = dict.fromkeys(("wire", "daily", "cabinet"), PollOutcome.NOT_REACHED)
    assert poll(home) == {"not_reached": 3}
    assert home.store.entries.states() == {}
    poll(home, minutes=1)
    assert sorted(home.feeds.asked[-1]) == ["cabinet", "daily", "wire"]


def test_a_feed_is_not_asked_again_before_its_time(home: House) -> None:
    watch(home)
    poll(home)
    assert poll(home, minutes=1) == {}
    assert home.feeds.asked[-1] == []


def test_every_feed_is_in_one_shard(home: House) -> None:
    for feed in FEEDS:
        home.publish(feed.name, item(feed.name))
    counts = [flows.poll(home.services, shard, 3).get("entries", 0) for shard in range(3)]
    assert sum(counts) == len(FEEDS)


@pytest.mark.parametrize("verb", [flows.alert, flows.digest])
def test_a_second_holder_sends_nothing_while_the_first_is_at_it(home: House, verb: Any) -> None:
    with home.store.lease(verb.__name__, "another", home.clock(), 60):
        assert verb(home.services) == {"busy": 1}
    assert home.sent() == (0, 0)


# --- dedup and classify ---


def test_copies_of_a_text_in_two_outlets_are_one_story(home: House) -> None:
    text = "Seoul pledges forty million dollars for demining near Kharkiv"
    for feed in ("wire", "daily"):
        home.publish(feed, item(feed, text, lead=""))
    assert home.run(flows.poll, flows.dedup)["dedup"] == {"copy": 1, "new": 1}


def test_one_outlets_text_through_two_feeds_is_known() -> None:
    with house(feeds=(fake_feed("one", "Wire"), fake_feed("two", "Wire"))) as home:
        for feed in ("one", "two"):
            home.publish(feed, item("a", link="https://wire.example/a"))
        assert home.run(flows.poll, flows.dedup)["dedup"] == {"known": 1, "new": 1}
        assert home.store.counts()["articles"] == 1


def test_an_edited_entry_is_tagged_again(home: House) -> None:
    home.publish("wire", item("a", "KR+= as it was"))
    home.run()
    home.clock.forward(hours=6)
    home.publish("wire", item("a", "KR-= as it is"))
    assert home.run()["classify"] == {"relevant": 1, "tagged": 1}
    (one,) = home.store.articles.relevant()
    assert one.tag.positions[0].stance == "opposing"
    assert home.store.counts()["tags"] == 1


def test_a_new_model_tags_everything_again_once(home: House) -> None:
    watch(home)
    home.marks.version = "marks-2"
    assert home.run(flows.classify)["classify"]["tagged"] == len(FEEDS)
    assert home.run(flows.classify)["classify"] == {}
    assert home.store.counts()["tags"] == 2 * len(FEEDS)


def test_more_texts_than_a_batch_are_all_placed_and_tagged(home: House) -> None:
    many = [item(str(n), f"JP+= {n} {n * 7919} {n * 104729} different numbers") for n in range(flows.BATCH + 3)]
    home.publish("wire", *many)
    counts = home.run(flows.poll, flows.dedup, flows.classify)
    assert sum(counts["dedup"].values()) == len(many)
    assert counts["classify"]["tagged"] == home.store.counts()["articles"]


def test_an_edit_that_turns_a_past_vote_does_not_say_the_same_shift_twice(home: House) -> None:
    watch(home)
    items: list[Item] = []

    def tell(mark: str) -> None:
        number = len(items)
        title = f"{mark} {number * 7919} {'αβγδεζηθικ'[number % 10] * 9} {number}"
        items.insert(0, item(str(number), title, published_at=home.clock()))
        home.publish("wire", *items[:10])
        home.run(*VERBS[:5])
        home.clock.forward(hours=5)

    while not home.posts:
        tell("JP+=" if len(items) < 24 else "JP0=")
    items[0] = replace(items[0], title=items[0].title.replace("JP0=", "JP+="))
    for _ in range(6):
        tell("JP0=")
    first = [post for post in home.posts if post.operation is Operation.POST]
    assert len(first) == len(home.store.shifts.all()) == 1


# --- nothing twice ---

words = st.sampled_from(["aid", "tanks", "Kyiv", "summit", "sanctions", "cabinet", "talks", "grain", "mines", "vote"])
marks = st.sampled_from(["JP+=", "JP0<", "KR+>", "KR0<", "TW-=", "CN0=", ""])
published = st.tuples(marks, st.lists(words, min_size=2, max_size=5), st.integers(0, 70)).map(
    lambda row: (f"{row[0]} {' '.join(row[1])}".strip(), row[2])
)
passes = st.lists(
    st.dictionaries(
        st.sampled_from([feed.name for feed in FEEDS]),
        st.one_of(st.just(b"<html>"), st.just(b""), st.dictionaries(st.integers(0, 5), published, max_size=5)),
        max_size=3,
    ),
    min_size=1,
    max_size=4,
)


def serve(home: House, answers: dict[str, Any]) -> None:
    for feed, answer in answers.items():
        if isinstance(answer, bytes):
            home.feeds.answers[feed] = answer
        else:
            home.publish(
                feed,
                *(
                    item(f"{feed}-{guid}", title, published_at=home.clock() - timedelta(hours=hours))
                    for guid, (title, hours) in answer.items()
                ),
            )


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(passes, st.booleans(), st.sampled_from([6, 30]))
def test_running_any_flow_twice_writes_and_sends_nothing_the_second_time(
    history: list[dict[str, Any]], conditional: bool, hours: int
) -> None:
    with house() as home:
        home.feeds.conditional = conditional
        for answers in history:
            serve(home, answers)
            for verb in VERBS:
                home.run(verb)
                known, sent = home.store.counts(), home.sent()
                home.run(verb)
                assert (home.store.counts(), home.sent()) == (known, sent), verb.__name__
            home.clock.forward(hours=hours)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(passes)
def test_a_pass_that_finds_nothing_changed_writes_and_sends_nothing(history: list[dict[str, Any]]) -> None:
    with house() as home:
        for answers in history:
            serve(home, answers)
            home.run()
            home.clock.forward(hours=6)
        home.run()
        known, posts = home.store.counts(), len(home.posts)
        home.clock.forward(hours=6)
        home.run(*VERBS[:5])
        assert {name: n for name, n in home.store.counts().items() if name != "incidents"} == {
            name: n for name, n in known.items() if name != "incidents"
        }
        assert len(home.posts) == posts
