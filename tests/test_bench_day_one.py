"""The first day in small: invented feeds of seven languages, a pass over what they hold, and a step."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bench import day_one
from tests.bench.day_one import CABINET, DAYS, STEP


def test_a_feed_holds_a_month_of_mixed_ages_the_newest_in_front() -> None:
    now = datetime.now(UTC)  # noqa: TID251 - it is written for the pass that follows
    pages = [day_one.month(number, 12) for number in range(28)]
    dates = [at for page in pages for _, _, at in page if at is not None]
    assert len(dates) < 28 * 12
    assert min(dates) < now - timedelta(days=DAYS - 3)
    assert any(now - at < timedelta(hours=6) for at in dates)
    assert any(at > now for at in dates)
    assert min(dates) > now - timedelta(days=DAYS + 1)


def test_what_a_feed_holds_is_the_same_in_every_run_and_no_part_of_the_step() -> None:
    titles = [[title for title, _, _ in day_one.month(number, 12)] for number in range(28)]
    assert titles == [[title for title, _, _ in day_one.month(number, 12)] for number in range(28)]
    assert STEP[0] not in {title for page in titles for title in page}


@pytest.mark.timeout(400)
def test_the_first_pass_tells_nobody_and_the_first_step_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANCEWATCH_SECOND_VOTER", "0")
    figures = day_one.measure(CABINET + 6, 4)
    assert (figures["day_one_alerts"], figures["first_step_alerts"]) == (0, 1)
    assert figures["day_one_entries"] == 4 * (CABINET + 6)
