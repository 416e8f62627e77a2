from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, strategies as st

from pipeline.alert.decide import UNROUTED, WAITING, Policy, decide, key, waiting
from pipeline.alert.route import matches as wants
from pipeline.domain import Act, Actor, Decision, Held, Reason, ReportedShift, Route, Shift, ShiftKind, Track
from tests.factories import NOW, article, evidence, shift

DESK = Route(name="desk", channel="#desk")


def route(name: str = "desk", **over: object) -> Route:
    return replace(Route(name=name, channel=f"#{name}"), **over)  # type: ignore[arg-type]


def reasons(
    *shifts: Shift,
    routes: tuple[Route, ...] = (DESK,),
    decided: frozenset[tuple[str, str]] = frozenset(),
    now: datetime = NOW,
) -> list[tuple[str, Reason, bool]]:
    return [(d.route, d.reason, d.send) for d in decide(shifts, routes, decided, now)]


def matches(wanted: Route, one: Shift) -> bool:
    return wants(wanted, Policy().case(one))


def subsets(values: type) -> st.SearchStrategy[frozenset[object]]:
    return st.frozensets(st.sampled_from(list(values)), max_size=2)


route_lists = st.lists(
    st.builds(
        Route,
        name=st.sampled_from(["a", "b", "c"]),
        channel=st.just("#c"),
        actors=subsets(Actor),
        kinds=subsets(ShiftKind),
        directions=st.frozensets(st.sampled_from([ReportedShift.TOWARD, ReportedShift.AWAY]), max_size=1),
        min_certainty=st.sampled_from([0.0, 0.6, 0.95]),
    ),
    max_size=3,
    unique_by=lambda r: r.name,
)
shift_lists = st.lists(
    st.builds(
        lambda number, actor, kind, direction, certainty, history, held, withdrawn_at: shift(
            shift_id=f"shift-{number}",
            actor=actor,
            kind=kind,
            direction=direction,
            certainty=certainty,
            history=history,
            held=held,
            withdrawn_at=withdrawn_at,
        ),
        st.integers(0, 20),
        st.sampled_from(list(Actor)),
        st.sampled_from(list(ShiftKind)),
        st.sampled_from([ReportedShift.TOWARD, ReportedShift.AWAY]),
        st.floats(0, 1),
        st.booleans(),
        st.sampled_from([None, *Held]),
        st.sampled_from([None, NOW]),
    ),
    max_size=4,
    unique_by=lambda s: s.shift_id,
)


def test_a_new_shift_is_said_to_a_route_that_wants_everything() -> None:
    assert reasons(shift()) == [("desk", Reason.FIRST, True)]


def test_history_is_never_said() -> None:
    assert reasons(shift(history=True, certainty=1.0)) == [("desk", Reason.HISTORY, False)]


def test_what_became_known_more_than_a_week_ago_is_no_news_for_a_route_that_comes_later() -> None:
    week = timedelta(days=7)
    assert reasons(shift(), now=NOW + week) == [("desk", Reason.FIRST, True)]
    assert reasons(shift(), now=NOW + week + timedelta(seconds=1)) == [("desk", Reason.STALE, False)]


def test_a_route_may_ask_for_more_certainty() -> None:
    strict = (route(min_certainty=0.8),)
    assert reasons(shift(certainty=0.79), routes=strict) == [("desk", Reason.BELOW_THRESHOLD, False)]
    assert reasons(shift(certainty=0.8), routes=strict) == [("desk", Reason.FIRST, True)]


def test_a_shift_that_our_own_pipeline_may_explain_waits_however_old_it_is() -> None:
    held = shift(held=Held.OUTAGE)
    assert reasons(held) == [("desk", Reason.HELD, False)]
    assert reasons(held, now=NOW + timedelta(days=30)) == [("desk", Reason.HELD, False)]


def test_a_withdrawn_shift_waits_for_being_found_again() -> None:
    assert reasons(shift(withdrawn_at=NOW)) == [("desk", Reason.WITHDRAWN, False)]
    assert reasons(shift(withdrawn_at=NOW, held=Held.MIX)) == [("desk", Reason.WITHDRAWN, False)]


@given(shift_lists)
def test_what_waits_is_what_is_held_or_withdrawn(shifts: list[Shift]) -> None:
    for one in shifts:
        assert (waiting(one) is None) is one.stands
        assert waiting(one) in {None, *WAITING}


def test_a_shift_that_no_route_wants_is_answered_once_for_none() -> None:
    korea = (route(actors=frozenset({Actor.KR})),)
    assert reasons(shift(actor=Actor.JP), routes=korea) == [(UNROUTED, Reason.NO_ROUTE, False)]
    assert reasons(shift(actor=Actor.JP), routes=korea, decided=frozenset({("shift-1", UNROUTED)})) == []


def test_every_filter_of_a_route_has_to_match() -> None:
    picky = route(
        actors=frozenset({Actor.JP}),
        kinds=frozenset({ShiftKind.SERIES}),
        directions=frozenset({ReportedShift.TOWARD}),
    )
    assert matches(picky, shift())
    assert not matches(picky, shift(actor=Actor.KR))
    assert not matches(picky, shift(kind=ShiftKind.REPORTED))
    assert not matches(picky, shift(direction=ReportedShift.AWAY))


def test_every_route_that_wants_a_shift_gets_an_answer_of_its_own() -> None:
    two = (route("desk"), route("chief", min_certainty=0.99))
    assert reasons(shift(), routes=two) == [("desk", Reason.FIRST, True), ("chief", Reason.BELOW_THRESHOLD, False)]


def test_what_a_route_has_answered_is_not_answered_again() -> None:
    two = (route("desk"), route("chief"))
    assert reasons(shift(), routes=two, decided=frozenset({("shift-1", "desk")})) == [("chief", Reason.FIRST, True)]


def renamed(**over: object) -> Shift:
    told = evidence(article=article(article_id="article-2", copy_id="article-2", story_id="story-1"))
    return shift(shift_id="shift-2", kind=ShiftKind.REPORTED, evidence=(told,), **over)


def test_a_matter_that_was_named_anew_is_not_said_twice() -> None:
    first = shift(kind=ShiftKind.REPORTED, evidence=(evidence(),))
    assert [reason for _, reason, _ in reasons(first, renamed())] == [Reason.FIRST, Reason.ALREADY_SAID]
    said = {(first.shift_id, "desk"): NOW}
    answers = decide([first, renamed()], [DESK], said.keys(), NOW, said)
    assert [(answer.shift_id, answer.reason) for answer in answers] == [("shift-2", Reason.ALREADY_SAID)]


def test_a_matter_that_was_history_or_goes_another_way_stands_for_no_other() -> None:
    first = shift(kind=ShiftKind.REPORTED, evidence=(evidence(),))
    for over in ({"direction": ReportedShift.AWAY}, {"actor": Actor.KR}):
        assert [reason for _, reason, _ in reasons(first, renamed(**over))] == [Reason.FIRST, Reason.FIRST]
    assert reasons(renamed(), decided=frozenset({(first.shift_id, "desk")})) == [("desk", Reason.FIRST, True)]
    old = replace(first, history=True)
    assert [reason for _, reason, _ in reasons(old, renamed())] == [Reason.HISTORY, Reason.FIRST]


def test_two_steps_of_one_government_in_one_week_are_two_matters_unless_a_story_tells_both() -> None:
    arms = shift(kind=ShiftKind.REPORTED, act=Act.DECIDED, tracks=(Track.MILITARY,), evidence=(evidence(),))
    told = evidence(article=article(article_id="article-9", copy_id="article-9", story_id="story-9"))
    flights = replace(arms, shift_id="shift-2", act=Act.CARRIED_OUT, tracks=(Track.RUSSIA_TIES,), evidence=(told,))
    assert [reason for _, reason, _ in reasons(arms, flights)] == [Reason.FIRST, Reason.FIRST]
    both = replace(flights, evidence=(told, evidence()))
    assert [reason for _, reason, _ in reasons(arms, both)] == [Reason.FIRST, Reason.ALREADY_SAID]


@given(shift_lists, route_lists)
def test_every_shift_is_answered_for_every_matching_route_or_for_none(shifts: list[Shift], routes: list[Route]) -> None:
    answered = {(d.shift_id, d.route) for d in decide(shifts, routes, frozenset(), NOW)}
    wanted = set()
    for one in shifts:
        wanted |= {(one.shift_id, r.name) for r in routes if matches(r, one)} or {(one.shift_id, UNROUTED)}
    assert answered == wanted


@given(shift_lists, route_lists)
def test_the_same_arguments_give_the_same_decisions(shifts: list[Shift], routes: list[Route]) -> None:
    assert list(decide(shifts, routes, frozenset(), NOW)) == list(decide(iter(shifts), iter(routes), frozenset(), NOW))


@given(shift_lists, route_lists)
def test_answered_once_nothing_is_left_to_decide(shifts: list[Shift], routes: list[Route]) -> None:
    answers = list(decide(shifts, routes, frozenset(), NOW))
    assert list(decide(shifts, routes, {(d.shift_id, d.route) for d in answers}, NOW)) == []


@given(shift_lists, route_lists)
def test_only_a_first_saying_is_sent_and_history_never(shifts: list[Shift], routes: list[Route]) -> None:
    by_id = {one.shift_id: one for one in shifts}
    for d in decide(shifts, routes, frozenset(), NOW):
        assert d.send is (d.reason is Reason.FIRST)
        assert not (d.send and by_id[d.shift_id].history)
        assert not (d.send and waiting(by_id[d.shift_id]))
        assert d.route == UNROUTED or not d.send or d.channel


def test_the_outbox_key_is_one_for_a_shift_and_a_route() -> None:
    def of(shift_id: str, name: str, reason: Reason = Reason.FIRST) -> str:
        return key(Decision(shift_id=shift_id, route=name, channel="#c", send=True, reason=reason))

    assert of("s", "desk") == of("s", "desk", Reason.HISTORY)
    assert len({of("s", "desk"), of("s", "chief"), of("t", "desk"), of("s\0", "desk"), of("sd", "esk")}) == 5
