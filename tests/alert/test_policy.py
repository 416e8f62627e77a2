"""What a route is told by itself, what goes to its roll-up, and what silences, budgets and hours hold back."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, strategies as st

from pipeline.alert.decide import WAITING, Policy, decide, inhibits
from pipeline.domain import (
    Act,
    Actor,
    Decision,
    Held,
    Reason,
    ReportedShift,
    Route,
    Rule,
    Severity,
    Shift,
    ShiftKind,
    Silence,
    Track,
    Voice,
)
from pipeline.settings import load
from tests.factories import NOW, article, evidence, shift

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RUBRIC = load({}).rubric
DESK = Route(name="desk", channel="#desk", single=frozenset({Severity.A}))


def desk(**over: object) -> Route:
    return replace(DESK, **over)  # type: ignore[arg-type]


def report(name: str, **over: object) -> Shift:
    told = tuple(evidence(article=article(article_id=f"a-{s}", story_id=f"story-{s}")) for s in name.split("+"))
    made = shift(shift_id=name, kind=ShiftKind.REPORTED, act=Act.DECIDED, evidence=told)
    return replace(made, **over)  # type: ignore[arg-type]


def silence(**over: object) -> Silence:
    made = Silence(silence_id="s", author="an analyst", comment="known", created_at=NOW - HOUR, ends_at=NOW + 9 * DAY)
    return replace(made, **over)  # type: ignore[arg-type]


def answers(
    *shifts: Shift,
    route: Route = DESK,
    now: datetime = NOW,
    said: dict[tuple[str, str], datetime] | None = None,
    silences: tuple[Silence, ...] = (),
) -> dict[str, Reason]:
    policy = Policy(rubric=RUBRIC, silences=silences)
    found = decide(shifts, [route], frozenset(said or ()), now, said, policy)
    return {decision.shift_id: decision.reason for decision in found}


def test_a_is_said_b_rolled_up_and_c_left_to_the_digest() -> None:
    said = answers(
        report("a"),
        report("b", act=Act.CONSIDERING, actor=Actor.KR),
        report("c", act=Act.CARRIED_OUT, tracks=(Track.AID,), actor=Actor.TW),
    )
    assert said == {"a": Reason.FIRST, "b": Reason.ROLLED_UP, "c": Reason.DIGEST}


def test_what_was_left_to_the_roll_up_is_answered_anew_once_it_is_graver() -> None:
    pair = ("a", "desk")
    for then, wanted in ((Severity.B, [Reason.FIRST]), (Severity.C, [Reason.FIRST]), (Severity.A, [])):
        found = decide([report("a")], [DESK], {pair}, NOW, {}, Policy(rubric=RUBRIC), {pair: then})
        assert [(one.reason, one.risen) for one in found] == [(reason, True) for reason in wanted]


def test_a_route_may_have_every_severity_as_a_message_of_its_own() -> None:
    every = desk(single=frozenset(Severity))
    assert answers(report("b", act=Act.CONSIDERING), route=every) == {"b": Reason.FIRST}


def test_a_decision_carries_its_severity() -> None:
    (decision,) = decide([report("b", act=Act.CONSIDERING)], [DESK], frozenset(), NOW, {}, Policy(rubric=RUBRIC))
    assert (decision.severity, decision.send) == (Severity.B, False)


def test_what_is_over_the_budget_is_recorded_for_the_roll_up() -> None:
    one = desk(messages_per_week=5)
    found = answers(report("one"), report("two"), route=one)
    assert found == {"one": Reason.FIRST, "two": Reason.OVER_BUDGET}
    late = report("three", detected_at=NOW + DAY)
    known = {("one", "desk"): NOW}
    assert answers(report("one"), late, route=one, now=NOW + DAY, said=known) == {"three": Reason.FIRST}


def test_a_series_inhibits_the_reports_it_is_made_of_that_have_not_been_said() -> None:
    line = shift(shift_id="line", evidence=report("x+y+z").evidence)
    found = answers(report("x"), report("x+w"), report("y", actor=Actor.KR), line)
    assert found == {"line": Reason.FIRST, "x": Reason.INHIBITED, "x+w": Reason.FIRST, "y": Reason.FIRST}
    assert answers(report("x"), line, said={("x", "desk"): NOW}) == {"line": Reason.FIRST}
    assert answers(report("x"), replace(line, held=Held.MIX)) == {"line": Reason.HELD, "x": Reason.FIRST}
    for over in ({"direction": ReportedShift.AWAY}, {"voice": Voice.RULING_PARTY}, {"actor": Actor.CN}):
        assert not inhibits(line, report("x", **over))
    assert not inhibits(line, report("x", evidence=()))


def test_quiet_hours_are_broken_by_a_alone() -> None:
    night = desk(single=frozenset(Severity), quiet_from=time(12), quiet_until=time(13))  # 12:30 in Kyiv now
    b = report("b", act=Act.CONSIDERING)
    assert answers(report("a"), replace(b, actor=Actor.KR), route=night) == {"a": Reason.FIRST, "b": Reason.QUIET}
    (waiting,) = decide([b], [night], frozenset(), NOW, {}, Policy(rubric=RUBRIC))
    assert waiting.again_at == datetime(2026, 5, 12, 10, tzinfo=UTC)
    assert answers(b, route=night, now=waiting.again_at) == {"b": Reason.FIRST}


def test_a_new_matter_may_grow_before_it_is_said() -> None:
    slow = desk(group_wait_minutes=10)
    assert answers(report("a"), route=slow, now=NOW + timedelta(minutes=9)) == {"a": Reason.GROUPING}
    assert answers(report("a"), route=slow, now=NOW + timedelta(minutes=10)) == {"a": Reason.FIRST}


def test_messages_of_one_group_are_kept_apart() -> None:
    apart = desk(group_by=("actor", "direction"), group_interval_minutes=60)
    pair = report("one"), report("two")
    assert answers(*pair, report("kr", actor=Actor.KR), route=apart) == {
        "one": Reason.FIRST,
        "two": Reason.GROUPING,
        "kr": Reason.FIRST,
    }
    said = {("one", "desk"): NOW}
    assert answers(*pair, route=apart, said=said, now=NOW + HOUR) == {"two": Reason.FIRST}


def test_a_matter_found_anew_is_said_anew_only_after_the_repeat_interval() -> None:
    said, anew = {("one", "desk"): NOW - DAY}, replace(report("one"), shift_id="anew")
    assert answers(report("one"), anew, said=said) == {"anew": Reason.ALREADY_SAID}
    assert answers(report("one"), anew, said=said, route=desk(repeat_interval_hours=25)) == {
        "anew": Reason.ALREADY_SAID
    }
    assert answers(report("one"), anew, said=said, route=desk(repeat_interval_hours=24)) == {"anew": Reason.FIRST}


def test_what_is_silenced_is_not_rolled_up_either() -> None:
    japan = (silence(actors=frozenset({Actor.JP})),)
    b = report("b", act=Act.CONSIDERING)
    assert answers(report("a"), b, report("kr", actor=Actor.KR), silences=japan) == {
        "a": Reason.SILENCED,
        "b": Reason.OMITTED,
        "kr": Reason.FIRST,
    }


def test_what_a_person_has_is_not_said_anew_till_that_ends() -> None:
    again = desk(repeat_interval_hours=24, messages_per_week=None)
    one, other = report("one"), report("one+two", detected_at=NOW + 30 * HOUR)
    said, now = {("one", "desk"): NOW}, NOW + 31 * HOUR
    for owned, reason in ((frozenset({"one"}), Reason.OWNED), (frozenset[str](), Reason.FIRST)):
        policy = Policy(rubric=RUBRIC, owned=owned)
        (decision,) = decide([one, other], [again], {("one", "desk")}, now, said, policy)
        assert (decision.shift_id, decision.reason, decision.again_at) == ("one+two", reason, None)
        assert (reason in WAITING) is (not decision.send)


def test_a_silenced_message_makes_no_room_for_another() -> None:
    one = desk(messages_per_week=5)
    quiet = (silence(stories=frozenset({"story-one"})),)
    assert answers(report("one"), report("two"), route=one, silences=quiet) == {
        "one": Reason.SILENCED,
        "two": Reason.OVER_BUDGET,
    }


some = st.frozensets
shifts = st.lists(
    st.builds(
        lambda name, kind, actor, voice, act, track, direction, held, hours: replace(
            report(name, actor=actor, voice=voice, act=act, tracks=(track,), direction=direction, held=held),
            shift_id=f"{kind}-{name}-{actor}-{direction}-{hours}",
            kind=kind,
            detected_at=NOW - hours * HOUR,
        ),
        st.sampled_from(["x", "y", "z", "x+y", "x+y+z"]),
        st.sampled_from(ShiftKind),
        st.sampled_from([Actor.JP, Actor.KR]),
        st.sampled_from([Voice.GOVERNMENT, Voice.OPPOSITION]),
        st.sampled_from([Act.DECIDED, Act.CONSIDERING, Act.CARRIED_OUT]),
        st.sampled_from([Track.AID, Track.MILITARY]),
        st.sampled_from([ReportedShift.TOWARD, ReportedShift.AWAY]),
        st.sampled_from([None, None, Held.MIX]),
        st.integers(0, 200),
    ),
    max_size=6,
    unique_by=lambda one: one.shift_id,
)
routes = st.builds(
    desk,
    single=some(st.sampled_from(Severity), min_size=1),
    messages_per_week=st.sampled_from([None, 0, 2, 5, 10]),
    group_by=st.sampled_from([(), ("actor",), ("voice", "track", "kind", "severity")]),
    group_wait_minutes=st.sampled_from([0.0, 90.0]),
    group_interval_minutes=st.sampled_from([15.0, 600.0]),
    repeat_interval_hours=st.sampled_from([None, 24.0]),
    quiet_from=st.just(time(22)),
    quiet_until=st.just(time(7)),
    min_certainty=st.sampled_from([0.0, 0.95]),
)
silences = st.builds(
    silence,
    actors=some(st.sampled_from([Actor.JP, Actor.KR]), max_size=1),
    tracks=some(st.sampled_from([Track.AID, Track.MILITARY]), max_size=1),
    severities=some(st.sampled_from(Severity), max_size=2),
    stories=some(st.sampled_from(["story-x", "story-y"]), max_size=2),
    sources=some(st.sampled_from(["Kyodo", "Yonhap"]), max_size=1),
    ends_at=st.integers(0, 200).map(lambda hours: NOW + hours * HOUR),
)
rules = st.sampled_from([RUBRIC, (), (Rule(severity=Severity.A),)])


def play(
    found: list[Shift], route: Route, rubric: tuple[Rule, ...], held: tuple[Silence, ...], owned: frozenset[str]
) -> list[Decision]:
    """Decide again every six hours, each time on what the passes before it left."""
    policy = Policy(rubric=rubric, silences=held, owned=owned)
    decided, told, made = set[tuple[str, str]](), dict[tuple[str, str], datetime](), list[Decision]()
    for now in (NOW + hours * HOUR for hours in range(0, 48, 6)):
        for one in decide(found, [route], decided, now, told, policy):
            if one.reason not in WAITING:
                decided.add((one.shift_id, one.route))
                made.append(one)
            if one.reason in {Reason.FIRST, Reason.SILENCED}:
                told[one.shift_id, one.route] = now
    return made


def uncovered(decision: Decision) -> tuple[str, Reason]:
    without = {Reason.SILENCED: Reason.FIRST, Reason.OMITTED: Reason.ROLLED_UP, Reason.OVER_BUDGET: Reason.ROLLED_UP}
    return decision.shift_id, without.get(decision.reason, decision.reason)


@given(shifts, routes, rules, st.lists(silences, max_size=2).map(tuple), silences, st.integers(0, 6))
def test_adding_a_silence_never_adds_a_notification(
    found: list[Shift],
    route: Route,
    rubric: tuple[Rule, ...],
    before: tuple[Silence, ...],
    added: Silence,
    taken: int,
) -> None:
    owned = frozenset(one.shift_id for one in found[:taken])
    without, having = (play(found, route, rubric, held, owned) for held in (before, (*before, added)))
    for reason in (Reason.FIRST, Reason.ROLLED_UP, Reason.OVER_BUDGET):
        told = {one.shift_id for one in without if one.reason is reason}
        assert {one.shift_id for one in having if one.reason is reason} <= told
    assert [uncovered(one) for one in having] == [uncovered(one) for one in without]


@given(shifts, routes, rules, st.lists(silences, max_size=2))
def test_a_decision_is_a_function_of_its_arguments_alone(
    found: list[Shift], route: Route, rubric: tuple[Rule, ...], held: list[Silence]
) -> None:
    def once() -> list[Decision]:
        return list(decide(iter(found), iter([route]), frozenset(), NOW, {}, Policy(rubric=rubric, silences=(*held,))))

    first = once()
    assert once() == first
    assert {one.shift_id for one in first} == {one.shift_id for one in found}
    assert all((one.again_at is not None) is (one.reason in {Reason.QUIET, Reason.GROUPING}) for one in first)
