"""What an outlet took back is told from what left its document's end; in doubt nothing is named."""

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline.poll.removed import newest_first, removed
from tests.factories import NOW

STREAM = [f"entry {n}" for n in range(200)]  # the newest first
windows = st.integers(1, 60)
steps = st.integers(0, 60)


def window(size: int, newest: int) -> list[str]:
    return STREAM[100 - newest : 100 - newest + size]


def test_an_entry_that_is_missing_between_two_others_was_taken_back() -> None:
    assert removed(list("abcdefgh"), list("abcefgh")) == {"d"}


def test_an_older_entry_that_fills_the_gap_at_the_end_changes_nothing() -> None:
    assert removed(list("abcdefgh"), list("abcefghi")) == {"d"}


def test_an_entry_is_named_beside_newer_ones_where_the_end_shows_that_the_window_moved() -> None:
    assert removed(list("abcdefgh"), list("yzabcefg")) == {"d"}


def test_a_gap_that_one_newer_entry_fills_is_in_doubt() -> None:
    assert removed(list("abcdefgh"), list("zabcefgh")) == frozenset()


def test_the_newest_and_the_oldest_entry_are_in_doubt() -> None:
    assert removed(list("abcdefgh"), list("bcdefgh")) == frozenset()
    assert removed(list("abcdefgh"), list("abcdefg")) == frozenset()


def test_a_document_that_lost_half_its_entries_was_rebuilt() -> None:
    assert removed(list("abcdefgh"), list("aceg")) == frozenset()


def test_documents_with_nothing_in_common_say_nothing() -> None:
    assert removed(list("abc"), list("xyz")) == removed([], list("abc")) == removed(list("abc"), []) == frozenset()


@given(windows, windows, steps)
def test_what_left_a_moving_window_is_never_named(before: int, after: int, step: int) -> None:
    assert removed(window(before, 0), window(after, step)) == frozenset()


@given(windows, steps, st.integers(1, 5), st.booleans())
def test_lines_pinned_at_either_end_make_no_removals(size: int, step: int, pins: int, top: bool) -> None:
    pinned = [f"pinned {n}" for n in range(pins)]
    before, after = (pinned + w if top else w + pinned for w in (window(size, 0), window(size, step)))

    assert removed(before, after) == frozenset()


@given(st.integers(1, 20), st.lists(st.integers(0, 20), min_size=2, max_size=4))
def test_sections_that_move_each_for_itself_make_no_removals(size: int, each: list[int]) -> None:
    def document(moved: list[int]) -> list[str]:
        return [f"{n} {entry}" for n, step in enumerate(moved) for entry in window(size, step)]

    # a last section that alone stands still is what a pinned line is
    assert removed(document([0] * len(each)), document(each)) == frozenset()


@given(st.integers(8, 60), steps)
def test_a_stale_copy_makes_no_removals(size: int, step: int) -> None:
    assert removed(window(size, step), window(size, 0)) == frozenset()


@given(st.integers(8, 60), steps, st.sets(st.integers(0, 59), max_size=3))
def test_only_what_was_taken_back_is_named(size: int, step: int, places: set[int]) -> None:
    taken = {STREAM[100 + place] for place in places}
    left = [entry for entry in STREAM if entry not in taken]
    start = left.index(STREAM[100 - step]) if STREAM[100 - step] in left else None
    if start is None:
        return
    named = removed(window(size, 0), left[start : start + size])

    assert named <= taken
    if step == 0 and len(taken) == 1 and max(places) < size - 1:
        assert named == taken


@given(st.lists(st.sampled_from(STREAM[:20])), st.lists(st.sampled_from(STREAM[:20])))
def test_only_missing_entries_are_named_whatever_the_documents(before: list[str], after: list[str]) -> None:
    assert removed(before, after) <= set(before) - set(after)


def test_a_list_by_readers_is_told_by_its_dates() -> None:
    dates = [NOW - timedelta(hours=n) for n in range(10)]

    assert newest_first(dates)
    assert not newest_first(random.Random(1).sample(dates, 10))
    assert not newest_first([*dates, None])
    assert not newest_first([NOW] * 10)
    assert not newest_first(dates[:4])


@pytest.mark.shared
def test_windows_that_move_over_real_feeds_make_no_removals(shared: Path) -> None:
    for feed in json.loads((shared / "realfeeds" / "manifest.json").read_text("utf-8")):
        links = list(dict.fromkeys(one["link"] for one in feed["entries"]))
        for size in range(1, len(links) + 1):
            for newest in range(len(links)):
                for older in range(newest, len(links)):
                    assert removed(links[older : older + size], links[newest : newest + size]) == frozenset()
