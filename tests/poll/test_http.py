"""What the door makes of every answer, held against real servers on the loopback network."""

import gzip
import socket
import time
import zlib
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from pipeline.domain import FeedState, PollOutcome
from tests.factories import feed
from tests.poll.asking import NOW, ask, ask_one, local
from tests.poll.publisher import FEED, Connection, Publisher


def test_a_document_comes_with_all_that_the_server_said_of_it(site: Publisher) -> None:
    site.says(Content_Type="text/xml; charset=x", ETag='W/"1"', Last_Modified="Sat, 21 Nov 2026 10:00:00 +0900")
    answer = ask_one(local(site.url()))
    assert (answer.outcome, answer.status, answer.body) == (None, 200, FEED)
    assert (answer.etag, answer.last_modified) == ('W/"1"', "Sat, 21 Nov 2026 10:00:00 +0900")
    assert (answer.content_type, answer.url, answer.whole) == ("text/xml; charset=x", site.url(), True)
    assert answer.elapsed_s > 0


def test_the_question_says_who_asks_and_carries_no_cookie_and_no_referrer(site: Publisher) -> None:
    site.says()
    ask_one(local(site.url()))
    (asked,) = site.asked
    assert asked.headers["user-agent"] == "stancewatch/0.1 (+https://watch.example/about)"
    assert "application/rss+xml" in asked.headers["accept"]
    assert not {"cookie", "referer", "if-none-match", "if-modified-since"} & set(asked.headers)


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"abc"', "Sat, 21 Nov 2026 10:00:00 +0900"),
        ('W/"5f3-\\x"', "yesterday, about noon"),
        ("no quotes", None),
        (None, "Sat, 21 Nov 2026 01:00:00 GMT"),
    ],
)
def test_validators_go_back_byte_for_byte(site: Publisher, etag: str | None, modified: str | None) -> None:
    site.does("/feed", lambda connection: connection.send(304))
    which = local(site.url())
    answer = ask_one(which, FeedState(feed=which.name, etag=etag, last_modified=modified))
    assert (answer.outcome, answer.status, answer.body, answer.whole) == (PollOutcome.UNCHANGED, 304, b"", False)
    (asked,) = site.asked
    assert (asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")) == (etag, modified)


def test_a_validator_that_could_not_go_back_as_it_came_is_not_kept(site: Publisher) -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "\xe6\x97\xa5"\r\nLast-Modified: a\tb\r\nContent-Length: 1\r\n\r\nx'
    site.does("/feed", lambda connection: connection.raw(head))
    answer = ask_one(local(site.url()))
    assert (answer.etag, answer.last_modified, answer.body) == (None, None, b"x")


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_packed_body_is_unpacked(site: Publisher, name: str, pack: Any) -> None:
    site.says(body=pack(FEED), Content_Encoding=name)
    assert ask_one(local(site.url())).body == FEED
    assert name in site.asked[0].headers["accept-encoding"]


def test_a_body_that_is_not_packed_as_it_says_is_a_passing_fault(site: Publisher) -> None:
    site.says(body=b"plain words", Content_Encoding="gzip")
    assert ask_one(local(site.url())).outcome is PollOutcome.TEMPORARY


def test_a_body_may_have_the_greatest_size_and_no_more(site: Publisher) -> None:
    site.says("/fits", body=b"x" * 100_000)
    site.says("/does-not", body=b"x" * 100_001)
    answers = ask(local(site.url("/fits"), "fits"), local(site.url("/does-not"), "does not"), max_bytes=100_000)
    assert (answers["fits"].outcome, len(answers["fits"].body)) == (None, 100_000)
    assert (answers["does not"].outcome, answers["does not"].body) == (PollOutcome.TOO_LARGE, b"")
    assert answers["does not"].detail == "more than 100,000 bytes"


def test_a_small_packed_body_that_unpacks_to_a_huge_one_is_too_large(site: Publisher) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    site.says(body=bomb, Content_Encoding="gzip")
    assert ask_one(local(site.url()), max_bytes=1_000_000).outcome is PollOutcome.TOO_LARGE


def test_a_body_without_an_end_is_too_large(site: Publisher) -> None:
    def pour(connection: Connection) -> None:
        connection.send_response(200)
        connection.end_headers()
        while not site.over.is_set():
            connection.wfile.write(b"x" * 65_536)

    site.does("/feed", pour)
    assert ask_one(local(site.url()), max_bytes=1_000_000).outcome is PollOutcome.TOO_LARGE


def test_a_body_that_breaks_off_is_a_passing_fault(site: Publisher) -> None:
    site.does("/feed", lambda connection: connection.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + FEED))
    answer = ask_one(local(site.url()))
    assert (answer.outcome, answer.body) == (PollOutcome.TEMPORARY, b"")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 ",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
    ],
)
def test_an_answer_that_is_not_http_is_a_soft_failure(site: Publisher, answer: bytes) -> None:
    site.does("/feed", lambda connection: connection.raw(answer))
    outcome = ask_one(local(site.url()), timeout_seconds=2.0).outcome
    assert outcome in {PollOutcome.TEMPORARY, PollOutcome.NOT_A_FEED}


def test_a_slow_server_is_a_passing_fault_within_the_time_allowed(site: Publisher) -> None:
    site.does("/feed", site.slowly(30))
    started = time.monotonic()
    answer = ask_one(local(site.url()), timeout_seconds=0.3)
    assert answer.outcome is PollOutcome.TEMPORARY
    assert time.monotonic() - started < 3


def test_a_server_that_drips_is_a_passing_fault_within_the_time_allowed(site: Publisher) -> None:
    def drip(connection: Connection) -> None:
        connection.send_response(200)
        connection.send_header("Content-Length", "1000")
        connection.end_headers()
        while not site.over.wait(0.05):
            connection.wfile.write(b"x")

    site.does("/feed", drip)
    started = time.monotonic()
    assert ask_one(local(site.url()), timeout_seconds=0.4).outcome is PollOutcome.TEMPORARY
    assert time.monotonic() - started < 3


def test_a_refused_connection_and_an_unknown_name_are_passing_faults() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        refused = ask_one(local(f"http://127.0.0.1:{taken.getsockname()[1]}/feed"))
    assert (refused.outcome, bool(refused.detail)) == (PollOutcome.TEMPORARY, True)
    unknown = ask_one(feed(name="unknown", url="http://nowhere.invalid/feed"), timeout_seconds=2.0)
    assert unknown.outcome is PollOutcome.TEMPORARY


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, PollOutcome.REFUSED),
        (401, PollOutcome.REFUSED),
        (403, PollOutcome.REFUSED),
        (407, PollOutcome.REFUSED),
        (451, PollOutcome.REFUSED),
        (404, PollOutcome.GONE),
        (410, PollOutcome.GONE),
        (408, PollOutcome.TEMPORARY),
        (425, PollOutcome.TEMPORARY),
        (429, PollOutcome.TEMPORARY),
        (500, PollOutcome.TEMPORARY),
        (502, PollOutcome.TEMPORARY),
        (503, PollOutcome.TEMPORARY),
        (304, PollOutcome.UNCHANGED),
        (302, PollOutcome.REFUSED),
    ],
)
def test_every_status_has_its_outcome(site: Publisher, status: int, outcome: PollOutcome) -> None:
    site.says(status=status, body=b"" if status == 304 else b"<html>no</html>", ETag='"error"')
    answer = ask_one(local(site.url()))
    assert (answer.outcome, answer.status, answer.body) == (outcome, status, b"")
    if outcome is not PollOutcome.UNCHANGED:
        assert answer.etag is None
        assert str(status) in answer.detail


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        (format_datetime(NOW + timedelta(hours=2), usegmt=True), 7200.0),
        (format_datetime(NOW - timedelta(hours=2), usegmt=True), 0.0),
        ("Sat Nov 21 14:00:00 2026", 7200.0),
        ("Sat, 21 Nov 2026 14:00:00 -0000", 7200.0),
        ("Sat, 21 Nov 2026 14:00:00 +9999999999999999999", None),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(site: Publisher, header: str, seconds: float | None) -> None:
    line = f"HTTP/1.1 429 Slow down\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n"
    site.does("/feed", lambda connection: connection.raw(line.encode()))
    answer = ask_one(local(site.url()))
    assert (answer.outcome, answer.retry_after_s) == (PollOutcome.TEMPORARY, seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Cache_Control": "public, max-age=600"}, 600.0),
        ({"Cache_Control": "no-store", "Expires": format_datetime(NOW + timedelta(hours=1), usegmt=True)}, 3600.0),
        ({"Cache_Control": "max-age=60", "Expires": format_datetime(NOW + timedelta(hours=1), usegmt=True)}, 60.0),
        ({"Expires": "0"}, 0.0),
        ({"Expires": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, 0.0),
    ],
)
def test_how_long_an_answer_is_fresh_is_read(site: Publisher, headers: dict[str, str], seconds: float) -> None:
    site.says(**headers)
    assert ask_one(local(site.url())).fresh_s == seconds
