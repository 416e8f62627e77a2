"""The worlds in which faults are measured: what each fault does to what the store holds, and how it is judged."""

from collections import Counter

import pytest

from pipeline.domain import Actor, IncidentKind, Stance
from tests.bench import faults, looks
from tests.bench.faults import Outcome
from tests.bench.faulty import FAULTS, Spoiled
from tests.bench.invented import FROM, OUTLETS, VALUES, Telling, told

SEED = 1


@pytest.fixture(scope="module")
def world() -> list[Telling]:
    return told(SEED)


def spoiled(world: list[Telling], name: str, look: float) -> Spoiled:
    return FAULTS[name].spoil(world, SEED, look)


def balance(tellings: list[Telling]) -> float:
    votes = [VALUES.index(one.stance) - 1 for one in tellings if one.actor is Actor.KR]
    return sum(votes) / len(votes)


def test_a_shift_moves_seoul_alone_and_by_what_it_says(world: list[Telling]) -> None:
    turned = told(SEED, (FROM, -0.4))
    assert [one for one in turned if one.seen < FROM] == [one for one in world if one.seen < FROM]
    assert [o for o in turned if o.actor is not Actor.KR] == [o for o in world if o.actor is not Actor.KR]
    since = [[one for one in each if one.published > FROM] for each in (world, turned)]
    assert balance(since[0]) - balance(since[1]) == pytest.approx(0.4, abs=0.12)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_changes_what_is_held_and_shows_nothing_of_later(world: list[Telling], name: str) -> None:
    look = FROM + FAULTS[name].days / 2
    found = spoiled(world, name, look)
    held = [one for one in world if one.seen <= look]
    assert found.tellings != held
    assert max(one.there for one in found.tellings) <= look
    assert all(each.since <= look for each in found.incidents)
    assert found == spoiled(world, name, look)


@pytest.mark.parametrize("name", FAULTS)
def test_before_its_beginning_a_fault_has_done_nothing(world: list[Telling], name: str) -> None:
    look = FROM - 0.5
    found = spoiled(world, name, look)
    assert found.tellings == [one for one in world if one.seen <= look]
    assert found.incidents == []


def test_silent_outlets_publish_nothing_and_bring_half_of_it_as_history(world: list[Telling]) -> None:
    name = "a third of the feeds silent for a week"
    found = spoiled(world, name, FROM + 8)
    silent = {each.outlet for each in found.incidents}
    assert len(silent) == len(OUTLETS) // 3
    assert {each.kind for each in found.incidents} == {IncidentKind.SILENT}
    assert all(one.history for one in found.tellings if one.outlet in silent and FROM <= one.published < FROM + 6.9)
    assert any(one.history for one in found.tellings)


def test_a_new_model_tags_what_is_new_and_in_the_end_all(world: list[Telling]) -> None:
    during, after = (spoiled(world, "the model is swapped", FROM + days).tellings for days in (5, 8))
    assert set(Counter(one.model for one in during)) == {"model-1", "model-2"}
    assert {one.model for one in after} == {"model-2"}


def test_a_duplicate_has_the_same_headlines_and_dates(world: list[Telling]) -> None:
    found = spoiled(world, "a feed duplicated", FROM + 10).tellings
    (double,) = {one.outlet for one in found} - {o.name for o in OUTLETS}
    headlines = {(one.title, one.published) for one in found if one.outlet == double.removesuffix(" (2)")}
    assert {(one.title, one.published) for one in found if one.outlet == double} <= headlines


def test_an_archive_is_read_at_one_moment(world: list[Telling]) -> None:
    found = [one for one in spoiled(world, "a month back-filled", FROM + 1).tellings if one.outlet == "Open Archive"]
    assert len(found) == 60
    assert len({one.seen for one in found}) == 1
    assert max(one.published for one in found) - min(one.published for one in found) > 25


def test_old_news_is_one_sided(world: list[Telling]) -> None:
    found = [one for one in spoiled(world, "old news again", FROM + 9).tellings if one.outlet == "Portal"]
    assert len({one.stance for one in found}) == 1
    assert found[0].stance is not Stance.HEDGING


def outcome(**over: object) -> Outcome:
    known = {
        "fault": "one outlet tenfold",
        "seed": 0,
        "alarmed": False,
        "by_chance": 0,
        "quietened": False,
        "late": False,
    }
    return Outcome(**{**known, **over})  # type: ignore[arg-type]


def test_a_world_without_a_shift_to_be_found_counts_neither_as_kept_nor_as_lost() -> None:
    row = faults._row("one outlet tenfold", [outcome(), outcome(late=True), outcome(late=None), outcome(alarmed=True)])
    assert (row["worlds"], row["alarmed"], row["shifts"], row["lost"]) == (4, 1, 3, 1)


def test_what_stays_of_a_swap_is_no_fault(world: list[Telling]) -> None:
    swapped = FAULTS["the model is swapped"].undisturbed(world, SEED)
    assert {one.model for one in swapped} == {"model-2"}
    assert [one.story for one in swapped] == [one.story for one in world]
    for name in FAULTS.keys() - {"the model is swapped"}:
        assert FAULTS[name].undisturbed(world, SEED) is world


def test_what_a_look_costs_is_measured_on_looks_that_are_short() -> None:
    found = looks.measure((300, 450), 1)
    assert found["look_short_share_300"] > 0.5
    assert found["looks_short_share_450"] > 0.5
    assert found["looks_taken_450"] == 144
    assert found["looks_articles_new_450"] > 0
    assert found["look_short_450_against_300"] > 0
