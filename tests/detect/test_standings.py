from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from pipeline.detect.series import balances
from pipeline.detect.standings import FEW, WEEKS, standings
from pipeline.domain import Actor, Balance, Position, ReportedShift, Stance, Standing, Track, Voice
from tests.detect.told import START, backs, hedges, opposes, told

UNTIL = START + timedelta(days=56)


def japan(*days: tuple[float, Position], balance: Balance = Balance.SUPPORT) -> Standing:
    tagged = [told(24 * day, position) for day, position in days]
    found = standings(balances(tagged), UNTIL, {Actor.JP: Stance.SUPPORTIVE})
    return next(one for one in found if (one.actor, one.balance) == (Actor.JP, balance))


def test_a_standing_covers_the_28_days_before_and_compares_with_the_28_before_those() -> None:
    one = japan(*((day, backs()) for day in (1, 2, 27.9)), *((day, opposes()) for day in (28, 40, 55.9)))
    assert (one.before.value, one.now.value, one.now.stories) == (1, -1, 3)
    assert one.moved is ReportedShift.AWAY


def test_its_weeks_are_a_quarter_of_points_seven_days_apart_the_last_at_the_cut_off() -> None:
    one = japan((50, backs()))
    assert len(one.weeks) == WEEKS
    assert one.weeks[-1].until == UNTIL
    assert {later.until - sooner.until for sooner, later in zip(one.weeks, one.weeks[1:], strict=False)} == {
        timedelta(days=7)
    }


def test_a_vote_at_the_very_end_belongs_to_the_next_standing() -> None:
    assert japan((56, backs()), (55, backs())).now.stories == 1


def test_too_few_stories_say_nothing_of_where_a_government_stands_or_moved() -> None:
    one = japan(*((50 + n / 10, backs()) for n in range(FEW - 1)))
    assert one.now.value is None
    assert one.moved is None


def test_three_stories_that_differ_a_little_are_no_move() -> None:
    one = japan(*((day, backs()) for day in (1, 2, 3)), (40, backs()), (41, backs()), (42, hedges()))
    assert one.moved is ReportedShift.NONE


@pytest.mark.parametrize(("late", "way"), [(backs(), ReportedShift.TOWARD), (opposes(), ReportedShift.AWAY)])
def test_many_stories_that_differ_are_a_move(late: Position, way: ReportedShift) -> None:
    one = japan(*((day / 2, hedges()) for day in range(1, 20)), *((30 + day / 2, late) for day in range(20)))
    assert one.moved is way


def test_the_stories_behind_the_number_are_named_the_newest_first() -> None:
    tagged = [told(24 * day, backs(), name=f"day {day}") for day in (10, 40, 50)]
    found = standings(balances(tagged), UNTIL, {})
    one = next(s for s in found if (s.actor, s.balance) == (Actor.JP, Balance.SUPPORT))
    assert one.articles == ("day 50", "day 40")


def test_the_seed_papers_start_is_of_support_and_none_of_pressure() -> None:
    assert japan().start is Stance.SUPPORTIVE
    assert japan(balance=Balance.RUSSIA).start is None


voices = st.sampled_from([voice for voice in Voice if voice is not Voice.GOVERNMENT])


@given(st.lists(st.tuples(st.floats(0, 56), voices), max_size=20))
def test_no_other_voice_moves_where_a_government_stands(rows: list[tuple[float, Voice]]) -> None:
    tagged = [told(24 * day, opposes(voice=voice), tracks=[Track.AID]) for day, voice in rows]
    assert all(one.now.stories == 0 for one in standings(balances(tagged), UNTIL, {}))
