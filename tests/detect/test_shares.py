"""No outlet counts for more than its share of a line."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from pipeline.detect.series import Vote
from pipeline.detect.shares import NEW_DAYS, kept_to, newcomers_held
from pipeline.domain import Stance

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
OLD = ("Morning", "Hanguk", "Evening", "Seoul Post")


def vote(day: float, outlet: str, number: int = 0) -> Vote:
    at, name = BEGAN + timedelta(days=day), f"{outlet} {day} {number}"
    return Vote(
        copy_id=name,
        value=1.0,
        stance=Stance.SUPPORTIVE,
        gloss=None,
        at=at,
        seen_at=at,
        published_at=at,
        history=False,
        article_id=name,
        articles=1,
        title=name,
        outlet=outlet,
        lang="en",
        model="model",
    )


def regular(days: int) -> list[Vote]:
    return [vote(day, outlet) for day in range(days) for outlet in OLD]


def count(votes: list[Vote], outlet: str, since: float = 0) -> int:
    return sum(one.outlet == outlet and one.at >= BEGAN + timedelta(days=since) for one in votes)


def merged(*lines: list[Vote]) -> list[Vote]:
    return sorted((one for line in lines for one in line), key=lambda one: one.at)


def test_a_newcomer_counts_as_the_average_outlet() -> None:
    flood = [vote(40 + n / 10, "Portal", n) for n in range(200)]
    kept = newcomers_held(merged(regular(60), flood))
    assert 15 <= count(kept, "Portal") <= 22
    assert Counter(one.outlet for one in kept)["Hanguk"] == 60


def test_an_archive_that_is_read_at_one_moment_counts_for_next_to_nothing() -> None:
    archive = [vote(40.5, "Archive", n) for n in range(60)]
    assert count(newcomers_held(merged(regular(60), archive)), "Archive") == 1


def test_after_four_weeks_an_outlet_is_no_newcomer() -> None:
    flood = [vote(40 + n / 10, "Portal", n) for n in range(600)]
    kept = newcomers_held(merged(regular(100), flood))
    assert count(kept, "Portal", 41 + NEW_DAYS) == count(flood, "Portal", 41 + NEW_DAYS)


def test_while_a_line_begins_nobody_is_a_newcomer() -> None:
    loud = merged(regular(10), [vote(9 + n / 100, "Portal", n) for n in range(40)])
    assert newcomers_held(loud) == loud


def test_an_outlet_that_tells_seldom_is_always_counted() -> None:
    seldom = [vote(35 + 3 * n, f"Gazette {n}") for n in range(8)]
    line = merged(regular(60), seldom)
    assert newcomers_held(line) == line


@given(st.lists(st.tuples(st.floats(0, 120), st.sampled_from([*OLD, "New", "Newer"])), max_size=120))
def test_a_line_is_only_thinned_and_stays_the_same_when_more_comes(told: list[tuple[float, str]]) -> None:
    line = [vote(day, outlet, number) for number, (day, outlet) in enumerate(sorted(told))]
    kept = newcomers_held(line)
    assert [one for one in line if one in kept] == kept
    early = line[: len(line) // 2]
    assert newcomers_held(early) == [one for one in kept if one in early]


def test_only_those_named_are_kept_to_their_share() -> None:
    line = regular(50)
    kept = kept_to(line, {"Hanguk": 0.1}, lambda one: one.outlet)
    assert count(kept, "Morning") == 50
    assert 14 <= count(kept, "Hanguk") <= 19  # three others tell 150: a ninth of those, and what it had saved
