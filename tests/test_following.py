"""One entry is followed through the log by ids, from the fetch of its feed to the message in Slack."""

from pathlib import Path
from typing import Any

import structlog
from structlog.testing import capture_logs

from pipeline import flows
from tests.house import House, item, turn, watch

Lines = list[dict[str, Any]]


def one(lines: Lines, event: str, **wanted: Any) -> dict[str, Any]:
    """The only line of an event with these values; a list has a value where it holds it."""
    (found,) = [
        line
        for line in lines
        if line["event"] == event
        and all(line[n] == v or (isinstance(line[n], list | tuple) and v in line[n]) for n, v in wanted.items())
    ]
    return found


def passes(home: House) -> Lines:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        home.run(flows.poll, flows.dedup, flows.classify, flows.detect, flows.alert)
    return lines  # type: ignore[return-value]


def test_an_entry_is_followed_from_fetch_to_slack(tmp_path: Path) -> None:
    home = House(tmp_path)
    watch(home)
    home.publish("cabinet", turn(), item("cabinet-0"))
    lines = passes(home)

    (entry_id,) = one(lines, "polled", feed="cabinet")["entries"]
    article_id = one(lines, "article", entry_id=entry_id)["article_id"]
    assert one(lines, "gathered", article_id=article_id)["story_id"] == article_id
    assert one(lines, "tag", article_id=article_id)["relevant"] is True
    shift_id = one(lines, "shift", articles=article_id)["shift_id"]
    key = one(lines, "decided", shift_id=shift_id, route="desk")["key"]
    sent = one(lines, "delivered", key=key)
    assert (sent["shift_id"], sent["channel"], sent["state"], sent["ts"]) == (shift_id, "#desk", "sent", "1.0")
    home.store.close()


def test_every_line_of_a_pass_bears_its_id_and_the_canonical_one_ends_it(tmp_path: Path) -> None:
    home = House(tmp_path)
    home.publish("wire", item("a"), item("b"))
    lines = passes(home)
    names = [line["event"] for line in lines if line["event"] in {"poll", "dedup", "classify", "detect", "alert"}]
    assert names == ["poll", "dedup", "classify", "detect", "alert"]
    by_pass: dict[str, list[str]] = {}
    for line in lines:
        by_pass.setdefault(line["pass_id"], []).append(line["event"])
    assert [events[-1] for events in by_pass.values()] == names
    assert one(lines, "poll")["entries"] == 2
    assert one(lines, "poll")["seconds"] == 0
    home.store.close()


def test_a_second_pass_over_nothing_new_tells_nothing_but_its_canonical_lines(tmp_path: Path) -> None:
    home = House(tmp_path)
    home.publish("cabinet", turn())
    passes(home)
    assert {line["event"] for line in passes(home)} == {"poll", "dedup", "classify", "detect", "alert"}
    home.store.close()
