"""``./run import``: a file of dated texts becomes history, row by row, once, and alerts nobody."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import desk, flows
from pipeline.cli import verbs
from pipeline.domain import Entry
from pipeline.settings import load
from pipeline.storage.store import Store
from tests.factories import NOW
from tests.house import House, fake_feed, item, turn, watch

GOOD = "Cabinet funds mine clearance,A summary.,https://paper.example/1,2024-05-01,The Paper,en"
HEADER = "title,lead,url,date,source,lang"


pytestmark = pytest.mark.usefixtures("alone")


def bring(tmp_path: Path, content: str | bytes, *options: str, name: str = "paper.csv") -> int:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return verbs.main(["import", str(path), *options])


def stored(feed: str = "import: paper") -> list[Entry]:
    store = Store(load().database_url)
    found = store.entries.of_feeds([feed])
    store.close()
    return found


def counts() -> dict[str, int]:
    store = Store(load().database_url)
    found = store.counts()
    store.close()
    return found


def test_a_table_becomes_history_and_what_to_do_next_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert bring(tmp_path, f"{HEADER}\n{GOOD}\n") == 0
    (found,) = stored()
    assert (found.title, found.lead, found.source) == ("Cabinet funds mine clearance", "A summary.", "The Paper")
    assert (found.history, str(found.published_at), found.url) == (
        True,
        "2024-05-01 00:00:00+00:00",
        "https://paper.example/1",
    )
    said = capsys.readouterr().out
    assert said.startswith("paper.csv: 1 new, 0 known, 0 refused\n")
    assert "./run dedup && ./run classify && ./run detect" in said


def test_a_second_import_writes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = f"{HEADER}\n{GOOD}\n{GOOD.replace('funds', 'ends')}\n,Only a lead.,,2024-05-02,,\n{GOOD}\n"
    assert bring(tmp_path, rows) == 0
    before, entries = counts(), stored()
    capsys.readouterr()
    assert bring(tmp_path, rows) == 0
    assert capsys.readouterr().out == "paper.csv: 0 new, 4 known, 0 refused\n"
    assert (counts(), stored()) == (before, entries)


def test_every_bad_row_is_named_with_its_line_and_the_good_ones_are_stored(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [
        HEADER,
        GOOD,
        "No date,,,,,",
        "Unreadable,,,someday,,",
        ",,https://paper.example/2,2024-05-01,,",
        "too,few",
        "An unknown tongue,,,2024-05-01,,klingon",
        '"A quote that nobody closes,,,2024-05-01,,',
        '"Two lines,',
        'of one title",,,2024-05-03,,',
        "",
        "The last,,,2024-05-04,,",
    ]
    assert bring(tmp_path, "\n".join(rows)) == 1
    captured = capsys.readouterr()
    named = {int(line.split(":")[1]): line for line in captured.err.splitlines()}
    assert sorted(named) == [3, 4, 5, 6, 7, 8]
    assert "`date` is missing" in named[3]
    assert "`date` cannot be read: 'someday'" in named[4]
    assert "title and lead are both empty" in named[5]
    assert "2 columns, and the header has 6" in named[6]
    assert "unknown language 'klingon'" in named[7]
    assert "quotation mark" in named[8]
    assert "3 new, 0 known, 6 refused" in captured.out
    assert sorted(one.title for one in stored()) == [
        "Cabinet funds mine clearance",
        "The last",
        "Two lines, of one title",
    ]


def test_what_run_tag_takes_is_taken_and_broken_lines_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = {"id": "7", "lang": "ja", "title": "政府支援決定", "lead": None, "date": "2024-05-01", "source": "Paper"}
    lines = [json.dumps(good), "", "{broken", "[1]", json.dumps({**good, "date": 3}), "[" * 100_000]
    assert bring(tmp_path, "\n".join(lines), name="paper.jsonl") == 1
    named = {int(line.split(":")[1]): line for line in capsys.readouterr().err.splitlines()}
    assert sorted(named) == [3, 4, 5, 6]
    assert "not JSON: " in named[3]
    assert "not a JSON object" in named[4]
    (found,) = stored()
    assert (found.guid, found.lang, found.source) == ("7", "ja", "Paper")


def test_options_speak_for_rows_that_are_silent(tmp_path: Path) -> None:
    row = "date;title\n2024-05-01 09:00;政府支援決定\n"
    assert bring(tmp_path, row, "--source", "Paper", "--lang", "ja", "--timezone", "Asia/Tokyo") == 0
    (found,) = stored()
    assert (found.source, found.lang, str(found.published_at)) == ("Paper", "ja", "2024-05-01 00:00:00+00:00")


@pytest.mark.parametrize("head", ["\ufeff" + HEADER, HEADER.upper(), HEADER.replace(",", "\t"), HEADER + ",notes"])
def test_headers_as_spreadsheets_write_them_are_read(tmp_path: Path, head: str) -> None:
    row = GOOD.replace(",", "\t") if "\t" in head else GOOD + ",x" * head.endswith("notes")
    assert bring(tmp_path, f"{head}\r\n{row}\r\n") == 0
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("título\n".encode("latin-1"), "paper.csv:1: not UTF-8"),
        (f"{HEADER}\n{GOOD}\n".encode() * 30_000 + "政府\n".encode("shift_jis"), "paper.csv:60001: not UTF-8"),
        (f"{HEADER}\n".encode("utf-16"), "paper.csv:1: not UTF-8"),
        (f"{HEADER}\n政".encode()[:-1], "paper.csv:2: not UTF-8"),
        (b"", "the header has to name `date` and `title` or `lead`"),
        (b"title,lead\nx,y\n", "the header has to name `date`"),
        (b"date,title,title\n", "the column `title` stands twice"),
        (b'  [{"title": "x"}]', "a JSON array; one object a line is wanted"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, words: str
) -> None:
    assert bring(tmp_path, content) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert counts()["entries"] == 0


@pytest.mark.parametrize("wrong", [["--timezone", "Mars"], ["--lang", "klingon"]])
def test_a_wrong_option_is_a_wrong_call(capsys: pytest.CaptureFixture[str], tmp_path: Path, wrong: list[str]) -> None:
    assert bring(tmp_path, f"{HEADER}\n{GOOD}\n", *wrong) == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert verbs.main(["import", str(tmp_path / "none.csv")]) == 1
    assert capsys.readouterr().err.endswith("none.csv: No such file or directory\n")


def test_what_a_quote_swallows_to_the_end_is_given_back(tmp_path: Path) -> None:
    rows = [f"Title {number},,,2024-05-01,," for number in range(2_000)]
    rows[3] = '"' + rows[3]
    assert bring(tmp_path, "\n".join([HEADER, *rows])) == 1
    assert len(stored()) == 1_999


# --- in the flows ---


def remember(home: House, *rows: dict[str, str]) -> flows.Counts:
    def refuse(line: int, why: str) -> None:
        pytest.fail(f"{line}: {why}")

    return desk.remember(home.services, "import: paper", [*enumerate(rows)], refuse, source="Cabinet")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


def turned(days: float, title: str = "KR0< cabinet reconsiders its pledge to Kyiv") -> dict[str, str]:
    return {"title": title, "date": (NOW - timedelta(days=days)).isoformat()}


@pytest.mark.parametrize("days", [0.01, 2, 400])
def test_an_imported_turn_is_found_and_never_said(home: House, days: float) -> None:
    assert remember(home, turned(days)) == {"edited": 0, "known": 0, "new": 1}
    home.run()
    (shift,) = home.store.shifts.all()
    assert shift.history
    assert shift.onset_at == NOW - timedelta(days=days)
    assert home.posts == []
    assert remember(home, turned(days)) == {"edited": 0, "known": 1, "new": 0}
    home.run()
    assert home.posts == []


def test_a_turn_of_today_is_said_and_does_not_go_on_from_one_of_last_year(home: House) -> None:
    watch(home)
    remember(home, turned(400))
    home.publish("cabinet", turn())
    home.run()
    (old, new) = sorted(home.store.shifts.all(), key=lambda shift: shift.onset_at)
    assert (old.history, new.history) == (True, False)
    assert len(new.evidence) == 1
    assert len(home.posts) == 1


def test_an_imported_text_that_was_polled_is_one_article(home: House) -> None:
    watch(home)
    polled = item("a", "Cabinet speaks of harvests", link="https://cabinet.example/a")
    home.publish("cabinet", polled)
    home.run()
    remember(home, {**turned(0.1, polled.title), "url": polled.link})
    before = home.store.counts()["articles"]
    home.run()
    assert home.store.counts()["articles"] == before


def test_nobody_polls_an_archive(home: House) -> None:
    remember(home, turned(3))
    home.run()
    assert all("import: paper" not in asked for asked in home.feeds.asked)
    assert fake_feed("wire", "Wire").name in home.feeds.asked[0]
