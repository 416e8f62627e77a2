"""How the tests of the door ask: feeds on the loopback network, and answers by feed."""

from datetime import UTC, datetime
from typing import Any

from pipeline.domain import Feed, FeedState, Fetched
from pipeline.poll import http
from pipeline.shapes import PollSettings
from tests.factories import feed
from tests.poll.publisher import Does

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def local(url: str, name: str = "", **over: Any) -> Feed:
    return feed(**{"name": name or url, "url": url, "allow_private": True, "min_gap_s": 0.0, **over})


def ask(*asked: Feed | tuple[Feed, FeedState], **over: Any) -> dict[str, Fetched]:
    pairs = [each if isinstance(each, tuple) else (each, FeedState(feed=each.name)) for each in asked]
    answers: list[Fetched] = []
    pace = PollSettings(**{"contact": "https://watch.example/about", "timeout_seconds": 5.0, **over})
    http.fetch(pairs, pace, NOW, answers.append)
    assert sorted(answer.feed for answer in answers) == sorted(each.name for each, _ in pairs)
    return {answer.feed: answer for answer in answers}


def ask_one(which: Feed, state: FeedState | None = None, **over: Any) -> Fetched:
    (answer,) = ask((which, state or FeedState(feed=which.name)), **over).values()
    return answer


def redirect(to: str, status: int = 302, **headers: str) -> Does:
    return lambda connection: connection.send(status, Location=to, **headers)
