"""The day's roll-up and the weekday's brief on a real store: once a day and route, nothing twice, nothing left out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline import flows
from pipeline.alert.daily import brief_due, overnight, roll_up_due
from pipeline.alert.message import gathered, line, taken_back
from pipeline.domain import Act, Actor, Development, DevelopmentKind, Route, Severity, Shift, ShiftKind, Silence
from tests.factories import NOW, article, evidence, shift
from tests.house import House
from tests.slack.blocks import complaint, length, pings, words
from tests.slack.told import deny, matter, tell

DAY = timedelta(days=1)
DESK = Route(
    name="desk",
    channel="#desk",
    single=frozenset({Severity.A}),
    messages_per_week=5,
    roll_up_at=time(17),
    brief_at=time(8, 30),
)
NAMES = {Actor.JP: "Japan", Actor.KR: "South Korea", Actor.TW: "Taiwan", Actor.CN: "China", Actor.KP: "North Korea"}
EVENING = datetime(2026, 5, 12, 14, tzinfo=UTC)  # a Tuesday, 17:00 in Kyiv
MORNING = datetime(2026, 5, 13, 5, 30, tzinfo=UTC)  # 08:30 in Kyiv


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, routes=(replace(DESK, brief_at=None),))
    yield built
    built.store.close()


def alerts(home: House, at: datetime) -> list[str]:
    """Let the sender run at a time; returns what it posts, as a person reads it."""
    home.clock.at = at
    before = len(home.posts)
    home.run(flows.alert)
    return ["\n".join(words(list(post.message.blocks))) for post in home.posts[before:]]


def considered(name: str, at: datetime = NOW, **over: object) -> Shift:
    one = matter(name, at)
    told = replace(one.evidence[0], article=replace(one.evidence[0].article, title=f"matter {name}"))
    return replace(one, act=Act.CONSIDERING, evidence=(told,), **over)  # type: ignore[arg-type]


def test_b_is_told_once_in_the_evening_and_not_before(home: House) -> None:
    tell(home.store, considered("one"), considered("two"))
    assert alerts(home, NOW) == []
    assert alerts(home, EVENING - timedelta(seconds=1)) == []
    (said,) = alerts(home, EVENING)
    assert all(part in said for part in ("Tue 12 May", "2 without a message of their own", "matter one", "matter two"))
    assert alerts(home, EVENING) == alerts(home, EVENING + timedelta(hours=2)) == []
    assert alerts(home, EVENING + DAY) == []


def test_what_is_over_the_budget_is_told_with_its_count(home: House) -> None:
    tell(home.store, matter("one"), matter("two"), matter("three"))
    assert len(alerts(home, NOW)) == 1
    (said,) = alerts(home, EVENING)
    assert "2 over the budget of 5 messages a week" in said


def test_what_comes_after_the_hour_is_told_the_next_day_also_when_the_roll_up_was_late(home: House) -> None:
    tell(home.store, considered("one"))
    alerts(home, NOW)
    later = EVENING + timedelta(hours=1)
    tell(home.store, considered("two", later))
    (said,) = alerts(home, later)
    assert "matter one" in said
    assert "matter two" not in said
    (said,) = alerts(home, EVENING + DAY)
    assert "matter two" in said
    assert "matter one" not in said


def test_what_has_become_graver_since_it_was_rolled_up_interrupts_once(home: House) -> None:
    one = considered("one")
    tell(home.store, one)
    assert alerts(home, NOW) == []
    more = matter("two")
    tell(home.store, replace(one, act=Act.DECIDED, confirmed=True, evidence=(*one.evidence, *more.evidence)))
    (said,) = alerts(home, NOW + timedelta(hours=1))
    assert "Severity A" in said
    assert alerts(home, NOW + timedelta(hours=2)) == []
    assert alerts(home, EVENING) == []
    answers = home.store.records.of(one.shift_id).answers
    assert [(answer.reason, answer.severity) for answer in answers] == [("rolled_up", "B"), ("first", "A")]


def test_what_was_silenced_or_withdrawn_since_is_left_out(home: House) -> None:
    tell(home.store, considered("one"), considered("two"), considered("three"))
    alerts(home, NOW)
    home.store.silences.add(
        Silence(
            silence_id="s",
            author="desk",
            comment="known",
            created_at=NOW,
            ends_at=NOW + DAY,
            stories=frozenset({"story-one"}),
        )
    )
    home.store.shifts.withdraw({"shift-two": "found no more"}, NOW)
    (said,) = alerts(home, EVENING)
    assert "matter three" in said
    assert "matter one" not in said
    assert "matter two" not in said


def test_the_brief_tells_what_was_found_overnight_or_that_there_was_nothing(home: House) -> None:
    home.settings = replace(home.settings, routes=(replace(DESK, roll_up_at=None),))
    home.services = home.of("two")
    found = [considered(str(n), MORNING - timedelta(hours=2)) for n in range(7)]
    tell(home.store, *found)
    assert alerts(home, MORNING - timedelta(hours=2)) == []
    (said,) = alerts(home, MORNING)
    assert "Overnight in Asia · Wed 13 May" in said
    assert said.count("*B* · Japan · government · considers · ") == 5
    assert "and 2 more" in said
    assert alerts(home, MORNING + timedelta(hours=1)) == []
    (said,) = alerts(home, MORNING + DAY)
    assert "nothing" in said


def test_a_brief_is_for_weekdays_and_for_the_morning() -> None:
    friday, saturday, monday = (datetime(2026, 5, day, 5, 30, tzinfo=UTC) for day in (15, 16, 18))
    assert brief_due(DESK, friday) == friday
    assert brief_due(DESK, friday - timedelta(seconds=1)) is None
    assert brief_due(DESK, friday + timedelta(hours=6)) is None
    assert brief_due(DESK, saturday) is None
    assert overnight(DESK, monday) == datetime(2026, 5, 15, 14, tzinfo=UTC)
    assert brief_due(replace(DESK, brief_at=None), friday) is None
    assert roll_up_due(replace(DESK, roll_up_at=None), friday) is None


hostile_shifts = st.lists(
    st.builds(
        lambda title, words, kind: shift(
            kind=kind, withdrawn_why=words, evidence=(evidence(article=article(title=title, source=words)),)
        ),
        st.text(alphabet="<>&!@|ab ", max_size=400),
        st.text(alphabet="<>&!@|ab ", max_size=400),
        st.sampled_from(ShiftKind),
    ),
    max_size=40,
)


@given(hostile_shifts)
def test_a_message_about_many_fits_and_pings_nobody(found: list[Shift]) -> None:
    since = Development(kind=DevelopmentKind.WITHDRAWN, names=frozenset("w"), at=NOW, who="<!here>")
    lines = [line(one, NAMES, Severity.B, {}) for one in found]
    made = gathered("Tue 12 May", [*(taken_back(one, since, NAMES, {}) for one in found), *lines], "foot")
    blocks = list(made.blocks)
    assert complaint(blocks) is None
    assert length(blocks) <= 12_000
    assert pings({"text": made.text, "blocks": blocks}) == []


# --- what became of what was rolled up ---


def test_what_is_denied_or_withdrawn_after_a_roll_up_is_told_in_the_next_once(home: House) -> None:
    tell(home.store, considered("one"), considered("two"), considered("three"))
    alerts(home, NOW)
    assert len(alerts(home, EVENING)) == 1
    deny(home.store, considered("one"), "no", EVENING + timedelta(hours=3))
    home.store.shifts.withdraw({"shift-two": "found no more", "shift-one": "denied"}, EVENING + timedelta(hours=4))
    (said,) = alerts(home, EVENING + DAY)
    assert "Wed 13 May · 2 taken back" in said
    assert (
        "*DENIED since:* Japan · government · considers · arms: closer to Ukraine by government, Tokyo, 12 May" in said
    )
    assert "Reports are groundless, ministry says (no)" in said
    assert "*WITHDRAWN since:* " in said
    assert "(found no more)" in said
    assert "matter three" not in said
    assert alerts(home, EVENING + 2 * DAY) == []


def test_what_was_denied_before_it_was_rolled_up_is_not_told_at_all(home: House) -> None:
    tell(home.store, considered("one"))
    alerts(home, NOW)
    home.store.shifts.withdraw({"shift-one": "found no more"}, NOW)
    assert alerts(home, EVENING) == alerts(home, EVENING + DAY) == []
