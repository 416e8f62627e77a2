"""The bundled archive and its playing, on five of its days."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
import structlog
from rich.console import Console

from pipeline.alert.message import message
from pipeline.demo import play
from pipeline.demo.archive import ITEMS, Archive, Item
from pipeline.demo.server import loopback
from pipeline.domain import Actor, Feed, Fetched, Notification, NotificationState
from pipeline.language.text import plain
from pipeline.poll.parse import parse
from pipeline.settings import load
from pipeline.storage.store import Store
from tests.factories import article, evidence, shift

ARCHIVE = play.CONFIG / "archive"
FIRST, LAST = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, 23, tzinfo=UTC)
FEEDS = load({"STANCEWATCH_CONFIG_DIR": str(play.CONFIG)}).feeds


def address(feed: Feed) -> str:
    return feed.url.removeprefix("http://127.0.0.1")


def served(archive: Archive, feed: Feed, at: datetime) -> Fetched:
    found = archive.document(address(feed), at)
    assert found is not None
    return Fetched(feed=feed.name, outcome=None, status=200, body=found[0], content_type=found[1])


# --- the archive ---


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_every_feed_of_the_archive_reads_back_to_its_items_in_its_format_and_encoding(feed: Feed) -> None:
    archive = Archive(ARCHIVE)
    items = archive._outlets[feed.name]
    for at in (FIRST + timedelta(days=20), archive.span[1]):
        newest = [item for item in items if item.published_at <= at][-ITEMS:]
        parsed = parse(feed, served(archive, feed, at), at, history=False)
        assert parsed.outcome is None
        read = {(e.title, e.lead, e.url, e.published_at, e.lang) for e in parsed.entries}
        lang = feed.lang or ""
        assert read == {
            (plain(item.title_at(at)), plain(item.lead), item.link, item.published_at, lang) for item in newest
        }
        assert len(parsed.entries) == len(newest)


def test_all_three_formats_and_the_old_encodings_are_served() -> None:
    kinds = {address(feed).partition("?")[0].rpartition(".")[2] for feed in FEEDS}
    encodings = {address(feed).partition("encoding=")[2] or "utf-8" for feed in FEEDS}
    assert kinds == {"rss", "atom", "rdf"}
    assert {"utf-8", "shift_jis", "euc-kr", "gb18030", "windows-1251"} <= encodings


def test_every_outlet_has_a_feed_and_every_item_is_marked_as_invented() -> None:
    assert {feed.name for feed in FEEDS} == {path.stem for path in ARCHIVE.glob("*.jsonl")}
    for path in ARCHIVE.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert ".example/" in json.loads(line)["link"]
    for feed in FEEDS:
        found = Archive(ARCHIVE).document(address(feed), LAST)
        assert found is not None
        assert b"(invented)" in found[0]


def test_nothing_is_served_before_it_was_published() -> None:
    archive = Archive(ARCHIVE)
    for feed in FEEDS:
        for entry in parse(feed, served(archive, feed, LAST), LAST, history=False).entries:
            assert entry.published_at is not None
            assert entry.published_at <= LAST


def test_an_edited_title_stands_from_its_hour_on() -> None:
    item = Item(
        guid="a",
        published_at=FIRST,
        title="as it was",
        lead="",
        link="",
        edited_at=FIRST + timedelta(hours=3),
        edited_title="as it is",
    )
    assert item.title_at(FIRST + timedelta(hours=2)) == "as it was"
    assert item.title_at(FIRST + timedelta(hours=3)) == "as it is"
    assert replace(item, edited_at=None).title_at(LAST) == "as it was"


@pytest.mark.parametrize("wrong", ["/nobody.rss", "/jinghua-zh.html", "/", "/../feeds.yaml", "/jinghua-zh"])
def test_any_other_address_is_not_served(wrong: str) -> None:
    assert Archive(ARCHIVE).document(wrong, LAST) is None


def test_the_same_moment_gives_the_same_bytes() -> None:
    one, other = Archive(ARCHIVE), Archive(ARCHIVE)
    for feed in FEEDS:
        assert one.document(address(feed), LAST) == other.document(address(feed), LAST)


# --- the server ---


def test_the_server_answers_304_to_its_own_validator_and_404_to_the_unknown() -> None:
    opener = build_opener(ProxyHandler({}))
    with loopback(lambda path: (b"<rss/>", {"Content-Type": "text/xml"}) if path == "/a?b=c" else None) as place:
        with opener.open(f"http://{place}/a?b=c", timeout=5) as answer:
            etag = answer.headers["ETag"]
            assert (answer.status, answer.read(), answer.headers["Content-Type"]) == (200, b"<rss/>", "text/xml")
        for path, headers, status in (("/a?b=c", {"If-None-Match": etag}, 304), ("/other", {}, 404)):
            with pytest.raises(HTTPError) as refused:
                opener.open(Request(f"http://{place}{path}", headers=headers), timeout=5)
            with refused.value as error:
                assert error.status == status


# --- the play ---


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> "Played":
    """Play five days twice; returns the folder, what was printed first, and the counts of both runs."""
    home = tmp_path_factory.mktemp("demo")
    config = home / "config"
    shutil.copytree(play.CONFIG, config)
    for path in (config / "archive").glob("*.jsonl"):
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        early = [row for row in rows if datetime.fromisoformat(json.loads(row)["published_at"]) < LAST]
        path.write_text("".join(early), encoding="utf-8")
    said = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(play, "CONFIG", config)
        for name in ("SLACK_BOT_TOKEN", "STANCEWATCH_SMTP_HOST", "STANCEWATCH_DATABASE_URL"):
            patch.setenv(name, "http://must-not-be-used.invalid")
        first = play.play(Console(file=said, width=120), home / "var")
        known = counted(home / "var")
        patch.setattr("sys.stdout", StringIO())
        second = play.play(Console(file=StringIO()), home / "var")
    assert counted(home / "var") == known
    structlog.reset_defaults()
    return home / "var", said.getvalue(), first, second


def counted(var: Path) -> dict[str, int]:
    store = Store(f"sqlite:///{var / 'stancewatch.db'}")
    try:
        return store.counts() | {"files": len(list((var / "digests").iterdir()))}
    finally:
        store.close()


Played = tuple[Path, str, dict[str, int], dict[str, int]]


def test_every_item_of_the_days_is_read_and_placed(played: Played) -> None:
    var, _, first, _ = played
    items = sum(
        datetime.fromisoformat(json.loads(line)["published_at"]) < LAST
        for path in ARCHIVE.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    assert first["poll.entries"] == items == counted(var)["entries"]
    assert sum(first.get(f"dedup.{kind}", 0) for kind in ("new", "joined", "copy", "known")) == items
    assert first["classify.tagged"] >= counted(var)["articles"]


def test_nothing_but_a_feeds_first_items_are_history(played: Played) -> None:
    store = Store(f"sqlite:///{played[0] / 'stancewatch.db'}")
    for feed in FEEDS:
        entries = store.entries.of_feeds([feed.name])
        first = min((entry.seen_at for entry in entries), default=None)
        assert {entry.history for entry in entries if entry.seen_at != first} <= {False}
    store.close()


def test_played_again_it_asks_once_more_and_writes_sends_and_shows_nothing_new(played: Played) -> None:
    _, _, _, second = played
    asked = {name: number for name, number in second.items() if name.startswith("poll.")}
    assert asked.pop("poll.entries", 0) == 0
    assert asked.pop("poll.edited", 0) == 0
    assert set(asked) <= {"poll.unchanged", "poll.same_body", "poll.nothing_new"}
    assert second.get("detect.new", 0) == 0
    assert not any(name.startswith(("alert.", "digest.", "dedup.", "classify.")) for name in second)


def test_alerts_are_shown_as_they_would_be_read(played: Played) -> None:
    _, said, first, _ = played
    assert first["alert.printed"] > 0
    assert said.count("╭─") == first["alert.printed"] + first.get("alert.replied", 0)
    assert "· government · " in said
    assert "&amp;" not in said
    assert "<http" not in said


def test_the_digest_is_written_as_a_mail_and_as_a_page(played: Played) -> None:
    var, _, first, _ = played
    assert first["digest.written"] == 2
    assert sorted(path.suffix for path in (var / "digests").iterdir()) == [".eml", ".eml", ".html", ".html"]


def test_the_digest_is_there_in_english_and_in_ukrainian_with_its_charts(played: Played) -> None:
    english, ukrainian = sorted(
        (path.read_text(encoding="utf-8") for path in (played[0] / "digests").glob("*.html")),
        key=lambda page: '<html lang="uk"' in page,
    )
    assert "The week in one sentence" in english
    assert "Тиждень одним реченням" in ukrainian
    for page in (english, ukrainian):
        assert "data:image/png;base64," in page
        assert "cid:" not in page


def test_the_last_digest_is_shown_as_it_begins(played: Played) -> None:
    said = StringIO()
    Console(file=said, width=120).print(play.last_digest(played[0]))
    assert "THE WEEK IN ONE SENTENCE" in said.getvalue()
    assert "WHAT SHIFTED" in said.getvalue()
    assert "THE CURRENT LINE" not in said.getvalue()
    assert play.last_digest(played[0] / "nowhere") is None


def test_the_summary_counts_this_run_and_says_where_to_look(played: Played) -> None:
    var, _, first, second = played
    said = play.summary(first, var)
    assert f"{first['poll.entries']} new entries" in said
    assert str(var / "digests") in said
    assert "0 new entries, 0 edited" in play.summary(second, var)


def test_what_was_planted_is_held_against_what_was_found(played: Played) -> None:
    said = StringIO()
    planted = shift(actor=Actor.KR, direction="away", kind="series", detected_at=datetime(2026, 5, 9, tzinfo=UTC))
    false = shift(actor=Actor.JP, direction="away", kind="series", detected_at=datetime(2026, 5, 9, tzinfo=UTC))
    Console(file=said, width=200).print(play.against_the_plan([planted, false]))
    rows = {row.split("│")[1].split()[-1]: row for row in said.getvalue().splitlines() if row.count("│") == 4}
    assert "found 09 May" in rows["kr-turn"]
    assert "missed" in rows["tw-dip"]
    assert "FALSE ALARM" in rows["jp-steady"]
    assert "quiet, as it must be" in rows["jp-troops-denied"]
    assert play.found(played[0]) == [one for one in play.found(played[0]) if not one.history]


def test_a_message_reads_as_it_was_printed() -> None:
    title = "R&D <fast> | «Київ» [bold]not markup[/bold]"
    one = shift(evidence=(evidence(article=article(title=title, url="https://a.example/?x=1&y=2")),))
    said = message(one, {Actor.JP: "Japan"}, {}, "https://watch.example")
    notification = Notification(
        key="k", shift_id="s", route="r", channel="c", message=said, state=NotificationState.PRINTED
    )
    out = StringIO()
    Console(file=out, width=120).print(play._panel(notification, LAST))
    assert "R&D <fast> ¦ «Київ» [bold]not markup[/bold]" in out.getvalue()
    (link,) = [span.style.link for span in play._readable(str(said.blocks[2]["text"]["text"])).spans]  # type: ignore[index, union-attr]
    assert link == "https://a.example/?x=1&y=2"


def test_text_that_looks_like_markup_and_is_none_is_shown() -> None:
    assert play._readable("1 < 2 and *bold*").plain == "1  2 and bold"
