"""``./run tag``: JSON Lines in, JSON Lines out."""

import json
import os
import subprocess
import sys
from itertools import zip_longest
from typing import Any

import pytest

from pipeline.cli import tag
from pipeline.cli.tag import LineError
from pipeline.domain import ReportedShift, Stance

Said = tuple[list[dict[str, Any]], list[str], int]  # answers, complaints, exit status

OURS = ("STANCEWATCH_", "SLACK_")


def python(*arguments: str, given: bytes, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    """Run ``python -m pipeline`` as ``./run`` does, with nobody's settings."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
        env=known | environ,
    )


def line(**over: Any) -> bytes:
    row = {"id": "x", "lang": "en", "title": "Japan sends aid to Ukraine", "lead": None, "date": None, "source": "s"}
    return json.dumps({**row, "url": None, **over}, ensure_ascii=False).encode()


GOOD = [
    line(id="first"),
    line(id="empty", title="", lead=""),
    line(id="dated", date="2026-03-01", lead="Tokyo decided."),
    line(id="timed", date="2026-03-01T09:00:00+09:00"),
    line(id="further", gold={"stance": "opposing"}, positions=[1], model="mine"),
    line(id="zh-Hant", lang="zh-Hant", title="行政院宣布援助烏克蘭"),
    line(id="zh_TW", lang="zh_TW", title="行政院宣布援助烏克蘭"),
    line(id="JA-jp", lang="ja-Latn-JP", title="政府、ウクライナへ供与"),
    line(id="no such language", lang="tlh", title="Japan aids Ukraine"),
    line(id="訂正 «id»"),
    b'{"id": "half \\ud800", "lang": "en", "title": "Japan \\udfff aids Ukraine"}',
    line(id="huge", title="Japan sends aid to Ukraine. " * 40_000),
    line(id="last", title="Spring sale on umbrellas"),
]
BAD = [
    (b"{", "not JSON"),
    (b'["a"]', "not a JSON object"),
    (line(id=7), "`id` has to be a string"),
    (line(lang=None), "`lang` has to be a string"),
    (line(title=None), "`title` has to be a string"),
    (line(lead=0), "`lead` has to be a string or null"),
    (line(lead=[]), "`lead` has to be a string or null"),
    (line(date="yesterday"), "`date` has to be an ISO date or null"),
    (line(date=20260301), "`date` has to be an ISO date or null"),
    (b"\xff\xfe\x00", "not JSON"),
    (b"[" * 100_000, "not JSON"),
]


@pytest.fixture(scope="module")
def tagged() -> Said:
    """What one run says of good lines with a bad one after each."""
    pairs = zip_longest(GOOD, (bad for bad, _ in BAD), fillvalue=b"")
    given = [row for pair in pairs for row in pair]
    # a terminal that takes no Japanese: what is said has to be plain
    done = python("tag", given=b"\n".join(given), PYTHONIOENCODING="ascii", STANCEWATCH_VAR_DIR="/nonexistent")
    return [json.loads(row) for row in done.stdout.splitlines()], done.stderr.decode().splitlines(), done.returncode


def test_every_valid_line_has_one_answer_in_order(tagged: Said) -> None:
    assert [row["id"] for row in tagged[0]] == [json.loads(good)["id"] for good in GOOD]


def test_malformed_lines_are_named_with_their_number_and_do_not_stop_the_rest(
    tagged: Said,
) -> None:
    _, said, status = tagged
    assert status == 1
    for place, ((_, complaint), row) in enumerate(zip(BAD, said, strict=True), start=1):
        assert row.startswith(f"line {2 * place}: {complaint}")


def test_an_answer_has_the_promised_keys_and_labels(tagged: Said) -> None:
    for row in tagged[0]:
        assert {"id", "relevant", "positions", "tracks", "model"} <= set(row)
        for position in row["positions"]:
            assert set(position) == {
                *("actor", "voice", "stance", "stance_probabilities", "reported_shift"),
                *("shift_probabilities", "act", "allegation", "unsure", "gloss"),
            }
            assert list(position["stance_probabilities"]) == list(Stance)
            assert list(position["shift_probabilities"]) == list(ReportedShift)


def test_further_keys_are_never_read(tagged: Said) -> None:
    by_id = {row["id"]: row for row in tagged[0]}
    assert by_id["further"] == {**by_id["first"], "id": "further"}
    assert by_id["further"]["model"] != "mine"


def test_variants_of_a_language_tag_are_one_language(tagged: Said) -> None:
    by_id = {row["id"]: row for row in tagged[0]}
    assert by_id["zh_TW"] == {**by_id["zh-Hant"], "id": "zh_TW"}
    assert by_id["zh_TW"]["positions"][0]["actor"] == "TW"
    assert by_id["JA-jp"]["positions"][0]["actor"] == "JP"


def test_a_text_of_a_million_characters_is_a_line_like_any_other(
    tagged: Said,
) -> None:
    assert next(row for row in tagged[0] if row["id"] == "huge")["relevant"] is True


def test_nothing_in_gives_nothing_out() -> None:
    done = python("tag", given=b"\n  \n\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("declared", "title", "lang"),
    [
        ("zh-Hant", "援助", "zh-Hant"),
        ("zh-HK", "援助", "zh-Hant"),
        ("zh-cmn-Hans-CN", "援助", "zh-Hans"),
        ("zh", "对乌克兰援助", "zh-Hans"),
        ("EN-gb", "aid", "en"),
        ("ua", "допомога", "uk"),
        ("en", "우크라이나 지원을 재검토한다", "ko"),
    ],
)
def test_a_language_is_read_as_bcp_47_unless_the_script_says_otherwise(declared: str, title: str, lang: str) -> None:
    assert tag.read(line(lang=declared, title=title))[1].lang == lang


def test_half_a_character_in_a_text_is_dropped_and_in_an_id_is_kept() -> None:
    name, text = tag.read(b'{"id": "\\ud800", "lang": "en", "title": "Japan\\udfff aids", "lead": "\\ud83c\\uddfa"}')
    assert (name, text.title, text.lead) == ("\ud800", "Japan aids", "🇺")


@pytest.mark.parametrize(("row", "complaint"), BAD)
def test_a_line_that_is_no_text_says_what_is_wanted(row: bytes, complaint: str) -> None:
    with pytest.raises(LineError, match=complaint):
        tag.read(row)
