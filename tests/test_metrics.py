"""The metrics say what the database holds, whoever wrote it, and every alert rule rests on one that is there."""

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from pipeline import flows
from pipeline.domain import Delivery, Handover, LetterKind, NotificationState, PollOutcome, Receipt, Route
from pipeline.metrics import families, metrics_text, serve
from pipeline.settings import ROOT
from pipeline.storage.store import Store
from tests.digest.weeks import letter
from tests.factories import NOW, article, decision, entry, evidence, feed_state, message, record, shift
from tests.fakes import Item
from tests.house import HOUR, ROUTES, VERBS, House, item, turn, watch

RULES = ROOT / "config" / "prometheus-rules.yaml"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, routes=(replace(ROUTES[0], messages_per_week=5),))
    yield built
    built.store.close()


def samples(text: bytes) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"stancewatch_{name}", frozenset(labels.items())))


def alarmed(home: House) -> Samples:
    watch(home)
    home.publish("cabinet", turn(), item("cabinet-0"))
    home.clock.forward(minutes=30)
    home.run()
    return samples(metrics_text(home.services))


def test_every_verb_says_when_it_last_ended_well_and_what_it_has_counted(home: House) -> None:
    found = alarmed(home)
    for verb in VERBS:
        assert value(found, "last_success_timestamp_seconds", verb=verb.__name__) == home.clock.at.timestamp()
        assert value(found, "passes_total", verb=verb.__name__, end="succeeded") == 2
    assert value(found, "outcomes_total", verb="poll", outcome="entries") == 4
    assert value(found, "outcomes_total", verb="classify", outcome="tagged") == 4
    assert value(found, "outcomes_total", verb="alert", outcome="sent") == 1


def test_the_delay_of_a_message_runs_from_publication_and_from_fetch(home: House) -> None:
    watch(home)
    at = home.clock.at
    home.publish("cabinet", turn(), item("cabinet-0"))
    home.run(flows.poll, flows.dedup, flows.classify, flows.detect)
    home.clock.forward(minutes=12)
    home.run(flows.alert)
    found = samples(metrics_text(home.services))
    published = at - (NOW + 6 * HOUR) + timedelta(minutes=12)
    for quantile in ("0.5", "0.9", "1"):
        assert value(found, "notification_delay_seconds", since="fetch", quantile=quantile) == 720
        since = value(found, "notification_delay_seconds", since="publication", quantile=quantile)
        assert since == pytest.approx(published.total_seconds(), abs=1)  # feeds print whole seconds


def test_what_a_stage_has_still_to_do_and_since_when(home: House) -> None:
    for feed in home.settings.feeds:
        home.publish(feed.name, item(f"{feed.name}-1"))
    home.run(flows.poll)
    home.clock.forward(hours=1)
    found = samples(metrics_text(home.services))
    assert (value(found, "waiting", stage="dedup"), value(found, "waiting_oldest_seconds", stage="dedup")) == (3, 3600)
    assert value(found, "waiting", stage="poll") == 3
    home.run(flows.dedup)
    found = samples(metrics_text(home.services))
    assert [value(found, "waiting", stage=stage) for stage in ("dedup", "gather", "classify")] == [0, 0, 3]
    assert value(found, "waiting_oldest_seconds", stage="dedup") == 0


def test_budgets_are_counted_by_the_week_of_the_route(store: Store) -> None:
    store.shifts.record([shift(), shift(shift_id="shift-2")])
    monday = NOW - timedelta(days=1, hours=12)
    store.outbox.record([("a", decision(), message())], monday - timedelta(hours=7))
    store.outbox.record([("b", decision(shift_id="shift-2"), message())], monday)
    route = Route(name="desk", channel="#desk", messages_per_week=5, timezone="Asia/Tokyo")
    unlimited = replace(route, name="all", messages_per_week=None)
    text = {
        (f.name, *s.labels.values()): s.value
        for f in families(store.measures.read(NOW), [route, unlimited], 1)
        for s in f.samples
    }
    assert (text["stancewatch_route_used_messages", "desk"], text["stancewatch_route_budget_messages", "desk"]) == (
        1,
        5,
    )
    assert ("stancewatch_route_budget_messages", "all") not in text


def test_the_newest_text_known_when_a_message_was_decided_on_counts(store: Store) -> None:
    first, late = article(), article(article_id="late", story_id="late", seen_at=NOW + HOUR, published_at=None)
    record(store, feed_state(), [entry()])
    store.articles.record([("entry-1", first), ("entry-2", late)])
    store.shifts.record([shift(evidence=(evidence(article=first), evidence(article=late)))])
    store.outbox.record([("key", decision(), message())], NOW + timedelta(minutes=5))
    with store.lease("alert", "one", NOW, 600):
        store.outbox.attempt("key", "one", NOW + timedelta(minutes=6), lease="alert", seconds=60, pause="")
    store.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="1"), NOW + timedelta(minutes=6))
    (delay,) = store.measures.read(NOW + 2 * HOUR).delays
    assert (delay.seen_at, delay.sent_at) == (NOW, NOW + timedelta(minutes=6))
    assert store.measures.read(NOW + timedelta(days=8)).delays == ()


def test_the_last_issue_counts_and_no_other_mail(store: Store) -> None:
    store.letters.record([letter(1), letter(2, kind=LetterKind.ALERT), letter(3)])
    for number, hours in ((1, 0), (2, 5)):
        one = store.letters.attempt(letter(number).message_id, NOW)
        assert one
        store.letters.delivered(one, Receipt(handover=Handover.TAKEN), NOW + hours * HOUR)
    found = {one.name: one for one in families(store.measures.read(NOW + 24 * HOUR), [], 0)}
    (sample,) = found["stancewatch_last_issue_timestamp_seconds"].samples
    assert sample.value == NOW.timestamp()


def test_a_database_without_anything_has_every_metric_that_needs_nothing(store: Store) -> None:
    workings = store.measures.read(NOW)
    assert (workings.passes, workings.delays, set(workings.rows.values())) == ((), (), {0})
    assert workings.bytes_used > 10_000
    assert {one.stage: (one.number, one.since) for one in workings.waiting} == dict.fromkeys(
        ("poll", "dedup", "gather", "classify", "alert"), (0, None)
    )


def test_they_are_served_on_a_port_of_this_machine_anew_at_every_question(home: House) -> None:
    server, thread = serve(home.services, 0, "127.0.0.1")
    try:
        asked: list[Samples] = []
        for _ in range(2):
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as answer:
                asked.append(samples(answer.read()))
            home.run(flows.poll)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert [value(found, "passes_total", verb="poll", end="begun") for found in asked] == [None, 1]


# --- the rules ---


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    assert set(group) == {"name", "rules"}
    return list(group["rules"])


def test_every_rule_is_whole_and_says_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert (
            {"alert", "expr", "labels", "annotations"} <= set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        )
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))
        expr = rule["expr"]
        assert all(expr.count(left) == expr.count(right) for left, right in ("()", "[]", "{}"))


def test_every_rule_is_explained_to_who_is_woken_by_it() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert all(f"`{rule['alert']}` | {rule['labels']['severity']} |" in guide for rule in rules())


def selectors(expr: str) -> list[tuple[str, dict[str, str]]]:
    found = re.findall(r"\b(stancewatch_\w+)(?:\{([^}]*)\})?", expr)
    return [(name, dict(re.findall(r'(\w+)=~?"([^"]*)"', labels))) for name, labels in found]


def test_every_metric_and_label_that_a_rule_names_is_there(home: House) -> None:
    found = alarmed(home)
    labels: dict[str, set[str]] = {}
    values: dict[tuple[str, str], set[str]] = {}
    for name, given in found:
        labels.setdefault(name, set()).update(label for label, _ in given)
        for label, its in given:
            values.setdefault((name, label), set()).add(its)
    known = {"outcome": set(PollOutcome), "state": {*NotificationState}}
    absent: dict[str, set[str]] = {
        "stancewatch_digest_copies": {"state"},
        "stancewatch_last_issue_timestamp_seconds": set(),
    }
    for rule in rules():
        assert selectors(rule["expr"])
        for name, wanted in selectors(rule["expr"]):
            assert name in labels | absent, f"{rule['alert']}: {name}"
            assert set(wanted) <= labels.get(name, set()) | absent.get(name, set()), f"{rule['alert']}: {name}"
            for label, its in wanted.items():
                allowed = values.get((name, label), set()) | known.get(label, set())
                assert set(its.split("|")) <= allowed, f"{rule['alert']}: {label}={its}"


def test_the_dead_mans_switch_watches_every_verb_of_a_pass() -> None:
    watched = "".join(rule["expr"] for rule in rules() if "last_success" in rule["expr"])
    assert all(re.search(rf"\b{verb.__name__}\b", watched) for verb in VERBS)


def test_the_metrics_name_no_text_and_no_address(home: House) -> None:
    watch(home)
    home.publish("cabinet", Item(guid="x", title="KR0< a secret headline", link="https://news.example/secret"))
    home.run()
    text = metrics_text(home.services).decode()
    assert "secret" not in text
    assert "example" not in json.dumps(text)
