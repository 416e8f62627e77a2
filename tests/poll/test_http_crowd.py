"""Many feeds at once: one question a host at a time, within the shard's time."""

import time
from itertools import pairwise

import pytest

from pipeline.domain import FeedState, Fetched, PollOutcome
from pipeline.poll import http
from pipeline.shapes import PollSettings
from tests.poll.asking import NOW, ask, local, redirect
from tests.poll.publisher import Publisher, publisher


def test_one_failing_feed_does_not_stop_the_others(site: Publisher) -> None:
    site.says("/one")
    site.says("/two", status=500)
    site.does("/three", lambda connection: connection.raw(b"\xff\xfe"))
    site.does("/four", redirect("http://["))
    site.says("/five")
    answers = ask(*(local(site.url(f"/{name}"), name) for name in ("one", "two", "three", "four", "five")))
    assert [name for name, answer in sorted(answers.items()) if answer.outcome is None] == ["five", "one"]


def test_nothing_to_ask_is_nothing_asked() -> None:
    assert ask() == {}


def test_a_host_meets_one_request_at_a_time_with_a_gap_between(site: Publisher) -> None:
    for path in ("/a", "/b", "/c"):
        site.does(path, site.slowly(0.05))
    ask(*(local(site.url(path), path, min_gap_s=0.2) for path in ("/a", "/b", "/c")))
    times = [asked.at for asked in site.asked]
    assert [asked.at_once for asked in site.asked] == [1, 1, 1]
    assert all(later - earlier >= 0.24 for earlier, later in pairwise(times))


def test_a_host_that_has_had_its_pause_is_asked_before_one_not_met_yet() -> None:
    with publisher() as one, publisher() as two:
        for path in ("/a", "/b"):
            one.says(path)
        two.says("/c")
        ask(*(local(url, url) for url in (one.url("/a"), two.url("/c"), one.url("/b"))), connections=1)
        assert one.asked[1].at < two.asked[0].at


def test_hosts_are_asked_at_the_same_time() -> None:
    with publisher() as one, publisher() as two:
        for each in (one, two):
            each.does("/feed", each.slowly(0.4))
        started = time.monotonic()
        ask(local(one.url()), local(two.url()))
        assert time.monotonic() - started < 0.75


def test_no_more_connections_are_open_than_allowed() -> None:
    with publisher() as one, publisher() as two:
        for each in (one, two):
            each.does("/feed", each.slowly(0.2))
        ask(local(one.url()), local(two.url()), connections=1)
        assert abs(one.asked[0].at - two.asked[0].at) >= 0.19


def test_what_the_deadline_cuts_off_is_not_reached_and_the_answers_before_it_stand(site: Publisher) -> None:
    site.says("/a")
    site.does("/b", site.slowly(30))
    site.says("/c")
    started = time.monotonic()
    answers = ask(*(local(site.url(path), path) for path in ("/a", "/b", "/c")), shard_seconds=0.5)
    assert time.monotonic() - started < 3
    assert answers["/a"].outcome is None
    assert (answers["/b"].outcome, answers["/c"].outcome) == (PollOutcome.NOT_REACHED, PollOutcome.NOT_REACHED)
    assert "/c" not in site.paths()


def test_a_gap_that_outlasts_the_deadline_leaves_the_next_feed_unreached(site: Publisher) -> None:
    site.says("/a")
    site.says("/b")
    started = time.monotonic()
    answers = ask(*(local(site.url(path), path, min_gap_s=60.0) for path in ("/a", "/b")), shard_seconds=0.3)
    assert time.monotonic() - started < 3
    assert (answers["/a"].outcome, answers["/b"].outcome) == (None, PollOutcome.NOT_REACHED)


def test_what_the_receiver_of_answers_raises_is_raised(site: Publisher) -> None:
    def fails(_: Fetched) -> None:
        raise RuntimeError("the store is gone")

    site.says()
    which = local(site.url())
    with pytest.raises(RuntimeError, match="the store is gone"):
        http.fetch([(which, FeedState(feed=which.name))], PollSettings(contact="me"), NOW, fails)
