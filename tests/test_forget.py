"""A source's texts deleted on request: gone wherever they were kept, never back, and shifts stay explained."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import select

from pipeline import desk, explain, flows
from pipeline.domain import Edition, Handover, Receipt, Review
from pipeline.storage import tables as t
from pipeline.storage.store import Store
from tests.digest.weeks import letter
from tests.factories import (
    NOW,
    article,
    decision,
    entry,
    evidence,
    feed_state,
    message,
    record,
    shift,
    tag,
    untagged,
)
from tests.house import HOUR, House, house, item, turn, watch


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    watch(built)
    built.publish("cabinet", turn(), item("cabinet-0"))
    built.run()
    yield built
    built.store.close()


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but those about the work itself."""
    with store._database.read() as connection:
        return {
            table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=str)
            for table in t.metadata.sorted_tables
            if table not in (t.leases, t.passes)
        }


def holds(store: Store, words: str) -> list[str]:
    return [
        name for name, rows in everything(store).items() if words in json.dumps(rows, default=str, ensure_ascii=False)
    ]


def test_no_table_holds_a_forgotten_text(home: House) -> None:
    assert {"entries", "versions", "articles", "notifications"} <= set(holds(home.store, "reconsiders its pledge"))
    counts = desk.forget(home.services, "Cabinet")
    assert (counts["articles"], counts["entries"]) == (2, 2)
    assert counts["messages"] >= 1
    assert holds(home.store, "reconsiders its pledge") == []
    assert holds(home.store, "lead of turn") == []


def test_others_texts_stay(home: House) -> None:
    before = {e.entry_id: e for e in home.store.entries.of_feeds(["wire", "daily"])}
    desk.forget(home.services, "Cabinet")
    assert {e.entry_id: e for e in home.store.entries.of_feeds(["wire", "daily"])} == before


def test_the_record_of_shifts_stays_and_says_why_there_is_no_text(home: House) -> None:
    before = home.store.shifts.all()
    told = home.store.records.of(before[0].shift_id)
    desk.forget(home.services, "Cabinet")
    (after,) = home.store.shifts.all()
    kept = replace(before[0].evidence[0].article, title="", lead="", forgotten_at=home.clock.at)
    assert after == replace(before[0], evidence=(replace(before[0].evidence[0], article=kept),))
    record_now = home.store.records.of(after.shift_id)
    assert [one.tags for one in next(iter(record_now.traced.values()))] == [
        one.tags for one in next(iter(told.traced.values()))
    ]
    page = explain.explained(home.services, after.shift_id)
    assert f"text deleted on request on {home.clock.at:%Y-%m-%d}" in page


def test_a_forgotten_text_does_not_come_back_at_the_next_poll(home: House) -> None:
    desk.forget(home.services, "Cabinet")
    before = everything(home.store)
    home.clock.forward(hours=5)
    home.publish("cabinet", turn(), item("cabinet-0"), note="made anew")
    home.run()
    home.clock.forward(hours=5)
    home.publish("cabinet", turn(lead="edited since"), item("cabinet-0", "another headline by now"))
    home.run()
    after = everything(home.store)
    for name in ("entries", "versions", "articles", "tags", "shifts", "evidence"):
        assert after[name] == before[name], name


def test_nor_under_another_guid_or_in_another_feed(home: House) -> None:
    desk.forget(home.services, "Cabinet")
    home.clock.forward(hours=5)
    again = replace(turn("turn-2"), link="https://news.example/turn")
    home.publish("cabinet", again)
    home.publish("wire", item("wire-0"), item("wire-9"))
    home.run()
    assert holds(home.store, "reconsiders its pledge") == []
    assert holds(home.store, "headline wire-9") != []


def test_what_the_source_publishes_later_comes_in(home: House) -> None:
    desk.forget(home.services, "Cabinet")
    home.clock.forward(hours=5)
    home.publish("cabinet", item("later", "a later headline", published_at=home.clock.at - HOUR))
    home.run()
    assert "articles" in holds(home.store, "a later headline")


def test_a_new_model_tags_no_forgotten_text_anew(home: House) -> None:
    desk.forget(home.services, "Cabinet")
    home.marks.version = "marks-2"
    home.run(flows.classify, flows.detect)
    assert [one.withdrawn_at for one in home.store.shifts.all()] == [None]


def test_an_outlet_that_nobody_knows_has_nothing_to_delete(home: House) -> None:
    before = everything(home.store)
    assert not any(desk.forget(home.services, "Nobody's Gazette").values())
    assert everything(home.store) == before


def test_headlines_go_from_messages_in_every_form(store: Store) -> None:
    title = 'Tokyo & Kyiv <sign> a "pact" | text'
    long = "Seoul " + "weighs & weighs " * 30
    record(
        store, feed_state(), [entry(title=title), entry(entry_id="entry-2", url="https://kyodo.example/2", title=long)]
    )
    first, second = article(title=title), article(article_id="article-2", title=long)
    store.articles.record([("entry-1", first), ("entry-2", second)])
    store.articles.record_tags({"article-1": tag(), "article-2": tag()})
    store.shifts.record([shift(evidence=(evidence(article=first),))])
    slack = '<https://kyodo.example/1|Tokyo &amp; Kyiv &lt;sign&gt; a "pact" ¦ text>\nseen by Kyodo'
    cut = "<https://kyodo.example/2|Seoul " + "weighs &amp; weighs " * 12 + "…>\nseen by Kyodo"
    blocks = (
        {"type": "section", "text": {"type": "mrkdwn", "text": slack}},
        {"type": "section", "text": {"text": cut}},
    )
    store.outbox.record([("key", decision(), message(blocks=blocks))], NOW)
    content = json.dumps({"title": title})
    store.editions.write(Edition(week="2026-W20", until=NOW, review=Review.DRAFT, content=content, written_at=NOW))
    sent, open_ = letter(1), letter(2)
    store.letters.record([sent, open_])
    store.letters.delivered(sent, Receipt(handover=Handover.TAKEN), NOW)
    assert store.forgotten.forget(["Kyodo"], [], NOW)["messages"] == 2
    rows = everything(store)
    notice = "text deleted on request on 2026-05-12"
    assert [block["text"]["text"] for block in rows["notifications"][0]["blocks"]] == [
        f"<https://kyodo.example/1|{notice}>\nseen by Kyodo",
        f"<https://kyodo.example/2|{notice}>\nseen by Kyodo",
    ]
    assert rows["editions"][0]["content"] == json.dumps({"title": notice})
    assert {row["message_id"]: zlib.decompress(row["raw"]) for row in rows["letters"]} == {
        sent.message_id: b"",
        open_.message_id: open_.raw,
    }


def test_what_no_article_holds_yet_is_deleted_and_stays_without_one(store: Store) -> None:
    record(store, feed_state(), [entry()])
    assert store.forgotten.forget(["Kyodo"], ["kyodo"], NOW)["entries"] == 1
    assert store.entries.without_article(10) == []
    assert holds(store, entry().title) == []


def test_forgotten_texts_are_never_to_be_tagged(store: Store) -> None:
    store.articles.record([("entry-1", article())])
    store.forgotten.forget(["Kyodo"], [], NOW)
    assert untagged(store, "model-1") == []


@settings(max_examples=15)
@given(st.lists(st.sampled_from(["Cabinet", "Wire", "Daily", "nobody"]), min_size=1, max_size=4))
def test_forgetting_twice_is_forgetting_once(names: list[str]) -> None:
    with house() as home:
        watch(home)
        home.publish("cabinet", turn(), item("cabinet-0"))
        home.run()
        for name in names:
            desk.forget(home.services, name)
        once = everything(home.store)
        home.clock.forward(hours=1)
        assert not any(number for name in names for number in desk.forget(home.services, name).values())
        assert everything(home.store) == once
