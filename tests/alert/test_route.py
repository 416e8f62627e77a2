"""Who hears what: trees of routes, silences, quiet hours and the week's budget."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, strategies as st

from pipeline.alert.route import Case, every, hearing, matches, over_budget, quiet_until, silenced
from pipeline.domain import Actor, Owner, ReportedShift, Route, Severity, Shift, ShiftKind, Silence, Track, Voice
from tests.factories import NOW, article, evidence, shift

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def case(found: Shift | None = None, severity: Severity = Severity.A, *owners: Owner) -> Case:
    return Case(shift=found or shift(), severity=severity, owners=frozenset(owners))


def route(name: str = "desk", **over: object) -> Route:
    return replace(Route(name=name, channel=f"#{name}"), **over)  # type: ignore[arg-type]


def heard(one: Case, *routes: Route) -> list[str]:
    return [each.name for each in hearing(routes, one)]


def silence(**over: object) -> Silence:
    made = Silence(silence_id="s", author="an analyst", comment="known", created_at=NOW, ends_at=NOW + DAY)
    return replace(made, **over)  # type: ignore[arg-type]


def trees(depth: int = 2) -> st.SearchStrategy[Route]:
    branches = st.lists(trees(depth - 1), max_size=2).map(tuple) if depth else st.just(())
    return st.builds(
        Route,
        name=st.text("abcdef", min_size=6, max_size=6),
        channel=st.just("#c"),
        actors=st.frozensets(st.sampled_from(Actor), max_size=2),
        voices=st.frozensets(st.sampled_from(Voice), max_size=2),
        kinds=st.frozensets(st.sampled_from(ShiftKind), max_size=1),
        severities=st.frozensets(st.sampled_from(Severity), max_size=2),
        also=st.booleans(),
        shifts=st.booleans(),
        routes=branches,
    )


cases = st.builds(
    lambda actor, voice, kind, severity: case(shift(actor=actor, voice=voice, kind=kind), severity),
    st.sampled_from(Actor),
    st.sampled_from(Voice),
    st.sampled_from(ShiftKind),
    st.sampled_from(Severity),
)


def test_a_flat_list_is_a_tree_of_one_level_in_which_all_hear() -> None:
    assert heard(case(), route("one"), route("two")) == ["one", "two"]


def test_a_shift_goes_to_the_first_branch_that_wants_it_else_to_the_route_itself() -> None:
    korea, japan = route("kr", actors=frozenset({Actor.KR})), route("jp", actors=frozenset({Actor.JP}))
    arms = route("arms", tracks=frozenset({Track.MILITARY}))
    tree = route("desk", routes=(korea, replace(japan, routes=(arms,)), route("rest", severities=frozenset("C"))))
    assert heard(case(), tree) == ["arms"]
    assert heard(case(shift(tracks=(Track.AID,))), tree) == ["jp"]
    assert heard(case(shift(actor=Actor.TW)), tree) == ["desk"]
    assert heard(case(shift(actor=Actor.TW), Severity.C), tree) == ["rest"]
    assert [each.name for each in every([tree])] == ["desk", "kr", "jp", "arms", "rest"]


def test_a_branch_may_let_the_others_hear_too() -> None:
    tree = route("desk", routes=(route("one", also=True), route("two"), route("three")))
    assert heard(case(), tree) == ["one", "two"]


def test_every_filter_has_to_match() -> None:
    told = evidence(article=article(lang="ja", source="Kyodo"))
    one = case(shift(evidence=(told,), track=Track.MILITARY), Severity.A, Owner.PRIVATE)
    wanted = {
        "voices": Voice.GOVERNMENT,
        "tracks": Track.MILITARY,
        "directions": ReportedShift.TOWARD,
        "severities": Severity.A,
        "languages": "ja",
        "owners": Owner.PRIVATE,
    }
    other = {
        "voices": Voice.BUSINESS,
        "tracks": Track.CULTURE,
        "directions": ReportedShift.AWAY,
        "severities": Severity.B,
        "languages": "ko",
        "owners": Owner.STATE,
    }
    everything = {name: frozenset({value}) for name, value in wanted.items()}
    assert matches(route(**everything), one)
    for name, value in other.items():
        assert not matches(route(**{**everything, name: frozenset({value})}), one)


@given(st.lists(trees(), max_size=3), cases)
def test_of_every_tree_that_wants_a_shift_somebody_hears_of_it(routes: list[Route], one: Case) -> None:
    for tree in routes:
        found = list(hearing([tree], one))
        assert bool(found) is (tree.shifts and matches(tree, one))
        assert all(each.shifts and matches(each, one) for each in found)


def test_a_silence_holds_from_its_making_to_its_end() -> None:
    made = silence(actors=frozenset({Actor.JP}))
    assert silenced([made], case(), NOW) == made
    assert silenced([made], case(), NOW + DAY) is None
    assert silenced([made], case(), NOW - HOUR) is None
    assert silenced([made], case(shift(actor=Actor.KR)), NOW) is None


def test_a_silenced_source_or_story_does_not_silence_what_others_report() -> None:
    one, two = evidence(), evidence(article=article(article_id="2", story_id="story-2", source="Yonhap"))
    for made in (silence(sources=frozenset({"Kyodo"})), silence(stories=frozenset({"story-1"}))):
        assert silenced([made], case(shift(evidence=(one,))), NOW) == made
        assert silenced([made], case(shift(evidence=(one, two))), NOW) is None
        assert silenced([made], case(shift(evidence=())), NOW) is None


def test_quiet_hours_are_those_of_the_routes_zone_and_may_cross_midnight() -> None:
    night = route(quiet_from=time(22), quiet_until=time(7))
    morning = datetime(2026, 5, 13, 4, tzinfo=UTC)  # 07:00 in Kyiv
    assert quiet_until(night, datetime(2026, 5, 12, 18, 59, tzinfo=UTC)) is None
    assert quiet_until(night, datetime(2026, 5, 12, 19, tzinfo=UTC)) == morning
    assert quiet_until(night, datetime(2026, 5, 13, 3, 59, tzinfo=UTC)) == morning
    assert quiet_until(night, morning) is None
    noon = route(quiet_from=time(12), quiet_until=time(13), timezone="Asia/Tokyo")
    assert quiet_until(noon, datetime(2026, 5, 12, 3, tzinfo=UTC)) == datetime(2026, 5, 12, 4, tzinfo=UTC)
    assert quiet_until(noon, datetime(2026, 5, 12, 4, tzinfo=UTC)) is None
    assert quiet_until(route(), NOW) is None


def test_five_a_week_are_one_a_day_and_ten_are_two() -> None:
    five, ten = route(messages_per_week=5), route(messages_per_week=10)
    assert over_budget(five, [NOW - HOUR], NOW)
    assert not over_budget(ten, [NOW - HOUR], NOW)
    assert over_budget(ten, [NOW - HOUR, NOW], NOW)
    assert not over_budget(five, [NOW - DAY], NOW)
    assert over_budget(route(messages_per_week=0), [], NOW)
    assert not over_budget(route(), [NOW] * 100, NOW)


def test_the_week_ends_with_its_sunday() -> None:
    monday = datetime(2026, 5, 11, 9, tzinfo=UTC)
    days = [monday + n * DAY for n in range(5)]
    assert over_budget(route(messages_per_week=5), days, monday + 5 * DAY)
    assert not over_budget(route(messages_per_week=5), days, monday + 7 * DAY)
