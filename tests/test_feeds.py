"""``./run feeds add | export | import`` against a publisher on loopback and a copy of a configuration."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
import yaml

from pipeline import bootstrap, flows
from pipeline.cli import feeds_yaml, verbs
from pipeline.domain import Actor, Feed, FeedKind, Terms, Voice
from pipeline.settings import ROOT, ConfigError, load
from pipeline.storage.store import Store
from tests.factories import feed
from tests.fakes import Item, rss
from tests.poll.publisher import Publisher, publisher

START = """# What is watched.  Ünïcode and "quotes" stay.
feeds:

  # ===== a section =====
  # answered once; high
  - name: 'old one'   # a name
    url: "https://old.example/rss"
    country: JP
    kind: wire
    terms: open

  # the end
"""
TITLES = ("정부, 지뢰 제거 지원 계획 발표", "외교부, 재건 회의 참석 검토", "국회, 지원 결의안 채택")


@pytest.fixture
def site() -> Iterator[Publisher]:
    with publisher() as server:
        yield server


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A configuration of its own with one feed."""
    for name in os.environ:
        if name.startswith(("STANCEWATCH_", "SLACK_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "feeds.yaml").write_text(START, encoding="utf-8")
    (folder / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    (folder / "poll.yaml").write_text("contact: https://watch.example/about\ntimeout_seconds: 5\n", encoding="utf-8")
    monkeypatch.setenv("STANCEWATCH_CONFIG_DIR", str(folder))
    monkeypatch.setenv("STANCEWATCH_VAR_DIR", str(tmp_path / "var"))
    yield folder
    structlog.reset_defaults()


def body(title: str = "Cabinet") -> bytes:
    now = bootstrap.now()
    items = [Item(guid=t, title=t, published_at=now - timedelta(hours=3 * n)) for n, t in enumerate(TITLES)]
    return rss(items).replace(b"<title>Fake</title>", f"<title>{title}</title>".encode())


def written(config: Path) -> str:
    return (config / "feeds.yaml").read_text(encoding="utf-8")


# --- add ---


def test_a_page_of_a_site_becomes_a_row_and_the_rest_of_the_file_stays_as_it_is(
    capsys: pytest.CaptureFixture[str], site: Publisher, config: Path
) -> None:
    site.says("/", body=b"<html><body><link rel=alternate type='application/rss+xml' href=/all.rss></body></html>")
    site.says("/all.rss", body=body("Cabinet: news"), ETag='"1"')
    assert verbs.main(["feeds", "add", site.url("/"), "--allow-private", "--terms=open", "--timezone=+09:00"]) == 0
    assert written(config).startswith(START.rstrip())
    added = load().feeds[1]
    assert (added.name, added.url) == ("Cabinet: news", site.url("/all.rss"))
    assert (added.lang, added.country, added.kind, added.terms) == ("ko", "KR", FeedKind.DAILY, Terms.OPEN)
    assert (added.timezone, added.allow_private) == ("+09:00", True)
    said = capsys.readouterr().out
    assert all(title in said for title in TITLES)
    assert "a page that names 1 possible feed" in said
    assert "3 of 3 links lead to another host: news.example" in said
    assert "UTC  " in said
    assert "UTC+09:00  ko" in said
    assert max(len(line) for line in said.splitlines() if "://" not in line and str(config) not in line) <= 80


def test_adding_stores_nothing_and_the_first_poll_is_the_feeds_first(site: Publisher) -> None:
    site.says(body=body())
    assert verbs.main(["feeds", "add", site.url(), "--allow-private"]) == 0
    store = Store(load().database_url)
    assert set(store.counts().values()) == {0}
    store.close()
    services = bootstrap.services()
    added = services.settings.feeds[1]
    flows.poll(services)
    assert {entry.history for entry in services.store.entries.of_feeds([added.name])} == {True}
    services.store.close()


def test_a_dry_run_prints_the_row_alone_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], site: Publisher, config: Path
) -> None:
    site.says(body=body())
    assert verbs.main(["feeds", "add", site.url(), "--allow-private", "--dry-run", "--name", "no"]) == 0
    assert written(config) == START
    (row,) = yaml.safe_load(capsys.readouterr().out)
    assert (row["name"], row["lang"], row["allow_private"]) == ("no", "ko", True)


def test_what_is_no_feed_is_said_with_all_that_was_tried(
    capsys: pytest.CaptureFixture[str], site: Publisher, config: Path
) -> None:
    site.says("/about", 403)
    assert verbs.main(["feeds", "add", site.url("/gone"), "--allow-private"]) == 1
    said = capsys.readouterr().err
    assert f"no feed at {site.url('/gone')}" in said
    assert "gone: HTTP 404" in said
    assert written(config) == START


def test_a_private_address_is_refused_with_the_option_that_allows_it(
    capsys: pytest.CaptureFixture[str], site: Publisher, config: Path
) -> None:
    site.says(body=body())
    assert verbs.main(["feeds", "add", site.url()]) == 1
    assert "if that is meant: --allow-private" in capsys.readouterr().err
    assert site.asked == []
    assert written(config) == START


@pytest.mark.parametrize("url", ["https://old.example/rss", "http://OLD.example/rss/", "old.example/rss"])
def test_an_address_that_is_there_is_refused_however_it_is_spelt(
    capsys: pytest.CaptureFixture[str], url: str, config: Path
) -> None:
    assert verbs.main(["feeds", "add", url]) == 2
    assert "is there already: old one" in capsys.readouterr().err
    assert written(config) == START


def test_an_address_that_leads_to_one_that_is_there_is_refused(site: Publisher) -> None:
    site.says("/all", body=body())
    site.says("/old", 301, b"", Location="/all")
    assert verbs.main(["feeds", "add", site.url("/old"), "--allow-private"]) == 0
    assert load().feeds[1].url == site.url("/all")
    assert verbs.main(["feeds", "add", site.url("/old"), "--allow-private"]) == 2


def test_a_name_that_is_there_is_refused_and_a_title_that_is_there_gets_its_host(site: Publisher) -> None:
    site.says(body=body("old one"))
    assert verbs.main(["feeds", "add", site.url(), "--allow-private", "--name", "old one"]) == 2
    assert site.asked == []
    assert verbs.main(["feeds", "add", site.url(), "--allow-private"]) == 0
    assert load().feeds[1].name == "old one (127.0.0.1)"


def test_a_kind_that_is_none_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verbs.main(["feeds", "add", "https://a.example/", "--kind", "blog"])
    assert ended.value.code == 2
    assert "'wire', 'daily', 'government', 'aggregator', 'thinktank'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["ftp://a.example/"], ["http://[::1"], ["https://"], ["https://a.example", "--timezone", "Mars/Base"]]
)
def test_a_wrong_call_is_said_in_one_line(capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    assert verbs.main(["feeds", "add", *wrong]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_name_with_everything_in_it_comes_back_from_the_file(site: Publisher) -> None:
    name = "no: # 'x' \"y\" {z} &a *b !c %d @e \\ 内閣"
    site.says(body=body())
    assert verbs.main(["feeds", "add", site.url(), "--allow-private", "--name", name, "--country", "NO"]) == 0
    assert (load().feeds[1].name, load().feeds[1].country) == (name, "NO")


# --- the file ---

TWO = feed(name="two", lang=None, min_gap_s=5.0, cookies=True, voices={Actor.JP: (Voice.GOVERNMENT,), Actor.KP: ()})


@pytest.mark.parametrize(
    "text",
    [
        "feeds: []\n",
        "feeds:\n- name: a\n  url: https://a.example/\n  country: JP\n  kind: wire\n  terms: open",
        START.replace("\n", "\r\n"),
        (ROOT / "config" / "feeds.yaml").read_text(encoding="utf-8"),
    ],
)
def test_rows_are_appended_to_any_list_and_nothing_else_changes(text: str, config: Path) -> None:
    (config / "feeds.yaml").write_bytes(text.encode())
    before = load()
    feeds_yaml.append(before, [(feed(name="one"), "so"), (TWO, "or so " * 40)])
    after = load().feeds
    assert after[: len(before.feeds)] == before.feeds
    assert after[len(before.feeds) :] == (feed(name="one"), TWO)
    now = (config / "feeds.yaml").read_bytes().decode()
    assert now.startswith(text.rstrip().removesuffix(" []"))
    assert ("\r\n" in now) == ("\r\n" in text)


@pytest.mark.parametrize("bad", [feed(name="old one"), feed(timezone="Mars"), feed(url="no address")])
def test_what_would_not_load_is_not_written(bad: Feed, config: Path) -> None:
    with pytest.raises(ConfigError, match="nothing was written"):
        feeds_yaml.append(load(), [(bad, "")])
    assert written(config) == START
    assert sorted(path.name for path in config.iterdir()) == ["feeds.yaml", "poll.yaml", "sources.yaml"]


def test_a_list_in_another_style_is_left_alone(config: Path) -> None:
    text = "feeds: [{name: a, url: 'https://a.example/', country: JP, kind: wire, terms: open}]\n"
    (config / "feeds.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="Put it in by hand"):
        feeds_yaml.append(load(), [(feed(), "")])
    assert written(config) == text


# --- lists ---


def test_an_exported_list_is_known_when_it_is_imported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "all.opml"
    assert verbs.main(["feeds", "export", str(path)]) == 0
    assert verbs.main(["feeds", "import", str(path)]) == 0
    assert "0 added, 1 known, 0 refused" in capsys.readouterr().out
    assert verbs.main(["feeds", "export"]) == 0
    assert "https://old.example/rss" in capsys.readouterr().out


def test_the_projects_own_feeds_all_come_back(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "all.opml"
    monkeypatch.setenv("STANCEWATCH_CONFIG_DIR", str(ROOT / "config"))
    assert verbs.main(["feeds", "export", str(path)]) == 0
    ours = load().feeds
    monkeypatch.setenv("STANCEWATCH_CONFIG_DIR", str(config))
    (config / "feeds.yaml").write_text("feeds: []\n", encoding="utf-8")
    assert verbs.main(["feeds", "import", "--no-poll", str(path)]) == 0
    assert sorted(load().feeds, key=lambda one: one.name) == sorted(ours, key=lambda one: one.name)


def test_each_new_feed_of_a_list_is_asked_and_what_is_none_is_named(
    capsys: pytest.CaptureFixture[str], site: Publisher, tmp_path: Path
) -> None:
    site.says("/a", body=body("A"))
    lines = [f"<outline text='{name}' xmlUrl='{site.url('/' + name)}'/>" for name in ("a", "b", "a")]
    path = tmp_path / "list.opml"
    path.write_text(f"<opml><body>{''.join(lines)}<outline xmlUrl='feed:x'/></body></opml>", encoding="utf-8")
    assert verbs.main(["feeds", "import", str(path), "--allow-private"]) == 1
    said = capsys.readouterr().out
    assert f"refused: {site.url('/b')}: gone: HTTP 404" in said
    assert "refused: feed:x: no web address" in said
    assert "1 added, 1 known, 2 refused" in said
    assert [(one.name, one.allow_private) for one in load().feeds[1:]] == [("a", True)]


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), (b"nothing", "not well-formed XML")])
def test_a_file_that_is_no_list_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "list.opml"
    if content is not None:
        path.write_bytes(content)
    assert verbs.main(["feeds", "import", str(path)]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
