"""What is old goes, by kind; what a shift rests on, and that something was said, stays."""

from datetime import timedelta

import pytest

from pipeline import flows
from pipeline.domain import Incident, IncidentKind, Silence
from pipeline.storage.store import Store
from tests.factories import NOW, article, decision, entry, evidence, feed_state, message, record, shift, tag
from tests.house import House, house, item, turn, watch
from tests.rows import rows

OLD = NOW + timedelta(days=1)


def told(store: Store, *, relevant: bool, name: str = "1") -> None:
    mine = entry(entry_id=f"entry-{name}", url=f"https://kyodo.example/{name}")
    record(store, feed_state(), [mine])
    store.articles.record([(mine.entry_id, article(article_id=f"article-{name}", story_id=f"story-{name}"))])
    store.articles.record_tags({f"article-{name}": tag(relevant=relevant)})


def titles(store: Store) -> list[str]:
    return [each.title for each in store.entries.of_feeds(["kyodo"])]


def test_an_irrelevant_text_is_emptied_and_a_relevant_one_is_not(store: Store) -> None:
    told(store, relevant=False)
    told(store, relevant=True, name="2")
    assert store.retention.irrelevant_texts(NOW) == 0
    assert store.retention.irrelevant_texts(OLD) == 1
    assert titles(store) == ["", entry().title]
    assert store.retention.irrelevant_texts(OLD) == 0


def test_what_was_emptied_does_not_come_back(store: Store) -> None:
    told(store, relevant=False)
    store.retention.irrelevant_texts(OLD)
    assert record(store, feed_state(), [entry(url="https://kyodo.example/1")]) == (0, 0)
    assert titles(store) == [""]


def test_an_irrelevant_text_of_a_story_that_a_shift_rests_on_stays(store: Store) -> None:
    told(store, relevant=False)
    store.shifts.record([shift(evidence=(evidence(article=article(story_id="story-1")),))])
    assert store.retention.irrelevant_texts(OLD) == 0


def test_what_is_not_tagged_yet_stays(store: Store) -> None:
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", article())])
    assert store.retention.irrelevant_texts(OLD) == 0


def test_tags_of_earlier_models_go_but_those_in_use_and_those_a_shift_rests_on(store: Store) -> None:
    for name in ("1", "2"):
        told(store, relevant=True, name=name)
        store.articles.record_tags({f"article-{name}": tag(model="model-2")})
    store.shifts.record([shift(evidence=(evidence(article=article(article_id="article-2", story_id="story-2")),))])
    assert [store.retention.superseded_tags(NOW), store.retention.superseded_tags(OLD)] == [0, 1]
    assert store.counts()["tags"] == 3
    assert [one.tag.model for one in store.articles.relevant()] == ["model-2"] * 2


def test_the_words_of_messages_go_and_that_they_were_written_stays(store: Store) -> None:
    store.shifts.record([shift(), shift(shift_id="shift-2")])
    held, waits = decision(send=False), decision(shift_id="shift-2")
    store.outbox.record([("held", held, message()), ("waits", waits, message())], NOW)
    assert [store.retention.messages(NOW), store.retention.messages(OLD), store.retention.messages(OLD)] == [0, 1, 0]
    assert [one.message for one in store.outbox.pending(OLD)] == [message()]
    assert store.outbox.decided() == {("shift-1", "desk"), ("shift-2", "desk")}


def test_what_is_over_goes_and_what_lasts_stays(store: Store) -> None:
    over, lasts = (Incident(feed=name, kind=IncidentKind.BROKEN, started_at=NOW) for name in ("over", "lasts"))
    store.entries.record_incidents([Incident(feed="over", kind=over.kind, started_at=NOW, ended_at=NOW), lasts])
    known = {"author": "desk", "comment": "known", "created_at": NOW, "actors": frozenset()}
    store.silences.add(Silence(silence_id="over", ends_at=NOW, **known))  # type: ignore[arg-type]
    store.silences.add(Silence(silence_id="lasts", ends_at=OLD, **known))  # type: ignore[arg-type]
    assert [store.retention.incidents(OLD), store.retention.incidents(OLD)] == [1, 0]
    assert [store.retention.silences(OLD), store.retention.silences(OLD)] == [1, 0]
    assert store.entries.incidents() == [lasts]
    assert [one.silence_id for one in store.silences.lasting(NOW)] == ["lasts"]


@pytest.fixture
def year() -> House:
    with house() as home:
        watch(home)
        home.publish("cabinet", turn(), item("cabinet-0"))
        home.run()
        yield home


def test_a_year_on_housekeeping_deletes_by_kind_and_shifts_are_as_they_were(year: House) -> None:
    before, sent = year.store.shifts.all(), year.sent()
    year.clock.forward(days=800)
    counts = year.run(flows.housekeeping)["housekeeping"]
    assert (counts["irrelevant_texts_deleted"], counts["messages_deleted"]) == (3, 1)
    assert year.store.shifts.all() == before
    year.run(flows.dedup, flows.classify, flows.detect, flows.alert)
    assert year.store.shifts.all() == before
    assert year.sent() == sent


def test_a_second_pass_deletes_nothing(year: House) -> None:
    year.clock.forward(days=800)
    year.run(flows.housekeeping)
    before = rows(year.settings.database_url, but=("passes",))
    assert not any(name.endswith("_deleted") for name in year.run(flows.housekeeping)["housekeeping"])
    assert rows(year.settings.database_url, but=("passes",)) == before


def test_what_is_young_stays(year: House) -> None:
    before = rows(year.settings.database_url, but=("passes",))
    year.clock.forward(days=20)
    year.run(flows.housekeeping)
    assert rows(year.settings.database_url, but=("passes",)) == before
