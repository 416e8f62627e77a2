"""A look from a checkpoint finds what a look at everything finds, and takes that look where it might not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipeline import flows
from pipeline.domain import Actor, Confusion, Held, ReportedShift, ShiftKind, Stance, Track
from tests.twins import DAY, HOUR, Twins, said, twins

ACTORS = Actor.KR, Actor.JP
TRACKS = (Track.AID,), (Track.SANCTIONS,), (Track.AID, Track.SANCTIONS), ()


@pytest.fixture
def both() -> Iterator[Twins]:
    """Twins with a past: forty stories that lean one way, the last of them a few hours ago."""
    with twins() as built:
        built.tell("++0+-+0++-" * 4, every=12 * HOUR)
        built.look()
        built.tell("+")
        assert same(built)
        assert built.short == 1
        yield built


def same(both: Twins) -> bool:
    """Look, and say whether both counted and recorded the same."""
    one, other = both.look()
    first, second = both.record()
    assert one == other
    assert first == second
    return True


def shorts(both: Twins) -> int:
    """Look once more; how many looks were short."""
    before = both.short
    assert same(both)
    return both.short - before


def test_a_look_after_a_few_stories_that_move_nothing_is_short(both: Twins) -> None:
    both.tell("+0+")
    assert shorts(both) == 1


def test_a_look_at_which_nothing_came_reads_no_article(both: Twins) -> None:
    store, kept = both.homes[0].store, both.homes[0].store.checkpoints.last()
    store.articles.relevant = None  # type: ignore[assignment, method-assign]
    assert flows.detect(both.homes[0].services)["short"] == 1
    assert store.checkpoints.last() == kept


def test_a_checkpoint_moves_on_from_short_look_to_short_look(both: Twins) -> None:
    def since() -> Any:
        return both.homes[0].store.checkpoints.last()[1]["since"]  # type: ignore[index]

    before = since()
    for mark in "++0+-+0++-":
        both.tell(mark, every=DAY)
        assert shorts(both) == 1
    assert since() > before
    both.tell("-" * 9, every=12 * HOUR)
    assert same(both)
    assert any(each.kind is ShiftKind.SERIES for each in both.homes[0].store.shifts.all())


def test_an_irrelevant_article_is_nothing_to_look_at(both: Twins) -> None:
    number = both.one()
    both.retag(number, relevant=False, positions=())
    same(both)
    kept = both.homes[0].store.articles.revision()
    both.wait(minutes=10)
    for home in both.homes:
        article = both.told[0].article
        home.store.articles.claim("model-2", 1, "worker", home.clock(), 60)
        home.store.articles.gather([article], {article.copy_id}, [], home.clock())
    assert both.homes[0].store.articles.revision() == kept


EVENTS: dict[str, Callable[[Twins], object]] = {
    "an article of the past comes late": lambda both: both.one("-", ago=15 * DAY, history=True),
    "a copy of an old story comes": lambda both: both.one("-", copy_of=3),
    "an old article is edited": lambda both: both.retag(5, positions=()),
    "an old article gets other tracks": lambda both: both.retag(5, tracks=(Track.SANCTIONS,)),
    "an old article is found irrelevant": lambda both: both.retag(5, relevant=False),
    "an old story is split": lambda both: both.regroup(7, 4),
    "an article of now joins an old story": lambda both: both.regroup(len(both.told) - 1, 4),
    "a person corrects an old story": lambda both: both.correct(4, "-"),
    "a person finds a story of now irrelevant": lambda both: both.correct(len(both.told) - 1),
    "an old story is denied": lambda both: both.deny(6),
    "another model tags": lambda both: both.swap(),
    "another model tags what is new": lambda both: (setattr(both, "model", "model-3"), both.one("+")),
    "other errors of the model are known": lambda both: both.learn(Confusion(model="model-1", counts={})),
    "other settings": lambda both: both.want(false_alarms_per_quarter=3_000),
    "an outlet's texts are deleted": lambda both: both.forget(1),
    "a story reports a change": lambda both: both.one("-", turns=ReportedShift.AWAY, outlet=2),
    "a series moves": lambda both: both.tell("-" * 12, every=HOUR),
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_may_change_the_past_has_everything_looked_at(both: Twins, name: str) -> None:
    EVENTS[name](both)
    assert shorts(both) == 0
    both.tell("+")
    assert same(both)


def test_a_correction_that_is_undone_has_everything_looked_at(both: Twins) -> None:
    deed = both.correct(4, "-")
    assert shorts(both) == 0
    both.undo(deed)
    assert shorts(both) == 0


def test_another_story_for_what_a_shift_of_the_past_shows_has_everything_looked_at(both: Twins) -> None:
    first = both.one("-", turns=ReportedShift.AWAY, outlet=2)
    assert shorts(both) == 0
    both.retag(first, positions=(said("-", Actor.KR),))
    assert shorts(both) == 0
    other = both.one("-", turns=ReportedShift.AWAY, outlet=2)
    assert shorts(both) == 0
    (gone,) = (each for each in both.homes[0].store.shifts.all() if each.withdrawn_at and each.evidence)
    both.tell("+")
    assert shorts(both) == 1
    both.regroup(first, other)
    assert shorts(both) == 0
    assert both.homes[0].store.shifts.one(gone.shift_id).withdrawn_at is None


def test_a_fault_of_a_feed_matters_where_something_was_weighed_against_it(both: Twins) -> None:
    both.fault("wire", 3 * DAY)
    assert shorts(both) == 1
    both.tell("-" * 12, every=12 * HOUR)
    same(both)
    both.fault("daily", 5 * DAY)
    assert shorts(both) == 0
    both.fault("daily", 5 * DAY, ended=HOUR)
    assert shorts(both) == 0
    both.wait(days=2)
    both.fault("cabinet", HOUR)
    assert shorts(both) == 1


def test_a_series_that_is_held_is_looked_at_with_each_of_its_votes_and_holds_up_no_other(both: Twins) -> None:
    both.tell("-" * 12, every=HOUR, outlet=2)
    same(both)
    held = [each.held for each in both.homes[0].store.shifts.all() if each.held]
    assert held
    assert Held.MODEL not in held
    both.wait(days=20)
    for _ in range(3):
        both.tell("+")
        assert shorts(both) == 0
    both.tell("+++", actor=Actor.TW, every=DAY)
    assert shorts(both) == 1


def test_a_series_that_has_just_moved_is_looked_at_with_each_of_its_votes_for_a_week(both: Twins) -> None:
    both.tell("-" * 12, every=12 * HOUR)
    assert shorts(both) == 0
    both.tell("-")
    assert shorts(both) == 0
    both.tell("-" * 9, every=DAY)
    assert shorts(both) == 0
    both.tell("-")
    assert shorts(both) == 1


def test_a_track_that_opens_has_everything_looked_at(both: Twins) -> None:
    for left in (3, 2, 1, 0):
        both.tell("+", every=6 * DAY, tracks=(Track.SANCTIONS,))
        assert shorts(both) == (left > 0)


def test_an_outlet_that_comes_late_and_drowns_the_others_is_seen_alike_by_both(both: Twins) -> None:
    both.tell("+0+-" * 6, every=DAY)
    for _ in range(12):
        both.tell("-", every=8 * HOUR, outlet=1)
        both.tell("+++", every=HOUR, outlet=2)
        assert same(both)


def test_a_program_that_finds_otherwise_looks_at_everything(both: Twins) -> None:
    store = both.homes[0].store
    token, left = store.checkpoints.last()  # type: ignore[misc]
    store.checkpoints.go_on(token, {**left, "around": "of another version"}, {})
    assert shorts(both) == 0


def test_two_looks_at_everything_at_once_leave_no_checkpoint(both: Twins) -> None:
    kept = both.homes[0].store.checkpoints
    one, other = kept.begin(), kept.begin()
    kept.leave(other, {"since": "now"}, {})
    assert kept.last() is not None
    kept.leave(one, {"since": "before"}, {})
    assert kept.last() is None
    assert shorts(both) == 0


def test_a_look_that_died_has_the_next_look_at_everything(both: Twins) -> None:
    both.homes[0].store.checkpoints.begin()
    assert shorts(both) == 0


NUMBER = st.integers(0, 10_000)
STEPS = st.one_of(
    st.tuples(
        st.just("tell"), st.text("+0-", min_size=1, max_size=4), st.sampled_from(ACTORS), st.sampled_from(TRACKS)
    ),
    st.tuples(
        st.just("run"),
        st.sampled_from("+0-"),
        st.sampled_from(ACTORS),
        st.integers(4, 14),
        st.sampled_from([None, 0, 2]),
    ),
    st.tuples(st.just("burst"), st.sampled_from("+-"), st.sampled_from(ACTORS)),
    st.tuples(st.just("copy"), st.sampled_from("+0-"), NUMBER),
    st.tuples(st.just("late"), st.sampled_from("+0-"), st.integers(1, 40), st.booleans()),
    st.tuples(st.just("turn"), st.sampled_from(["toward", "away"]), st.sampled_from(ACTORS), st.integers(0, 2)),
    st.tuples(st.just("edit"), NUMBER, st.sampled_from("+0-")),
    st.tuples(st.just("drop"), NUMBER, st.booleans()),
    st.tuples(st.just("regroup"), NUMBER, NUMBER),
    st.tuples(st.just("deny"), NUMBER),
    st.tuples(st.just("correct"), NUMBER, st.sampled_from(["+", "0", "-", None])),
    st.tuples(st.just("undo"), NUMBER),
    st.tuples(st.just("swap")),
    st.tuples(st.just("learn"), st.booleans()),
    st.tuples(st.just("forget"), st.integers(0, 2)),
    st.tuples(st.just("fault"), st.sampled_from(["wire", "daily", "cabinet"]), st.integers(0, 20), st.booleans()),
    st.tuples(st.just("want"), st.sampled_from([2_000, 500])),
    st.tuples(st.just("wait"), st.sampled_from([1, 24, 24 * 8, 24 * 35, -30])),
    st.tuples(st.just("quiet")),
)


def happen(both: Twins, step: Any) -> None:  # noqa: C901, PLR0912 - one line for each thing that can happen
    kind, *of = step

    def number(of: int) -> int:
        return len(both.told) - 1 - of % len(both.told) // (1 + of % 3)  # more often a late one

    if kind == "tell":
        both.tell(of[0], actor=of[1], tracks=of[2])
    elif kind == "run":
        both.tell(of[0] * of[2], actor=of[1], every=5 * HOUR, outlet=of[3])
    elif kind == "burst":
        both.tell(of[0] * 12, actor=of[1], every=HOUR, outlet=2)
    elif kind == "copy":
        both.one(of[0], copy_of=number(of[1]))
    elif kind == "late":
        both.one(of[0], ago=of[1] * DAY, history=of[2])
    elif kind == "turn":
        both.one("-", turns=ReportedShift(of[0]), actor=of[1], outlet=of[2])
    elif kind == "edit":
        one = both.told[number(of[0])].tag.positions[0]
        stance = {"+": Stance.SUPPORTIVE, "0": Stance.HEDGING, "-": Stance.OPPOSING}[of[1]]
        probabilities = {each: 0.85 if each is stance else 0.05 for each in Stance}
        both.retag(number(of[0]), positions=(replace(one, stance=stance, stance_probabilities=probabilities),))
    elif kind == "drop":
        both.retag(number(of[0]), relevant=of[1])
    elif kind == "regroup":
        both.regroup(number(of[0]), number(of[1]))
    elif kind == "deny":
        both.deny(number(of[0]))
    elif kind == "correct":
        both.correct(number(of[0]), of[1])
    elif kind == "undo" and both.deeds:
        both.undo(f"deed {1 + of[0] % both.deeds}")
    elif kind == "swap":
        both.swap()
    elif kind == "learn":
        both.learn(_ERRS if of[0] else None)
    elif kind == "forget":
        both.forget(of[0])
    elif kind == "fault":
        both.fault(of[0], of[1] * DAY, HOUR if of[2] else None)
    elif kind == "want":
        both.want(false_alarms_per_quarter=of[0])
    elif kind == "wait":
        both.wait(hours=of[0])


_ERRS = Confusion(
    model="model-1",
    counts={one: {other: 40 if one is other else 5 for other in Stance} for one in Stance},
)


@settings(max_examples=8)
@given(
    past=st.text("+0-", max_size=4).map(lambda few: "+0++" * 5 + few),
    steps=st.lists(STEPS, min_size=4, max_size=16),
)
def test_whatever_happens_both_record_the_same(past: str, steps: list[Any]) -> None:
    with twins() as both:
        both.tell(past, every=10 * HOUR)
        both.look()
        for step in steps:
            happen(both, step)
            both.wait(minutes=10)
            assert same(both)
