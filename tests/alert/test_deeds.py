"""Who still has a matter, and whose judgement holds: a function of what was done and of what is known since."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from pipeline.alert.deeds import developments, ended, settled
from pipeline.domain import (
    Acknowledgement,
    Correction,
    CorrectionState,
    Development,
    DevelopmentKind,
    Owner,
    Person,
    Reason,
    Source,
    Stance,
    Verdict,
    Voice,
)
from tests.factories import NOW, article, position

HOUR = timedelta(hours=1)
ANNA, BORY, HEAD = (Person(id=f"U{name}", name=name.lower()) for name in ("ANNA", "BORY", "HEAD"))
HOLDS, CONTESTED, OVERRULED, UNDONE = CorrectionState
SOURCES = {
    name: Source(name=name, owner=Owner.PRIVATE, country="JP", tier=1, group=group, portal=portal)
    for name, group, portal in (
        ("Kyodo", None, False),
        ("Kyodo English", "Kyodo", False),
        ("Yonhap", None, False),
        ("Portal", None, True),
    )
}
TAKEN = Acknowledgement(act_id="a", shift_id="s", owner=ANNA, at=NOW)


def told(outlet: str, hours: int) -> object:
    return article(source=outlet, origin=outlet, seen_at=NOW + hours * HOUR)


@pytest.mark.parametrize(
    ("outlet", "hours", "over"),
    [
        ("Yonhap", 1, True),
        ("Nobody knows it", 1, True),
        ("Yonhap", -1, False),  # it was there when the button was pressed
        ("Kyodo", 1, False),
        ("Kyodo English", 1, False),
        ("Portal", 1, False),
    ],
)
def test_only_a_house_that_had_not_told_it_ends_an_acknowledgement(outlet: str, hours: int, *, over: bool) -> None:
    known = [told("Kyodo", -2), told(outlet, hours)]
    assert ended(TAKEN, known, [], SOURCES) == (Reason.NEW_EVIDENCE if over else None)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(DevelopmentKind))
def test_what_takes_a_matter_back_ends_an_acknowledgement(kind: DevelopmentKind) -> None:
    since = Development(kind=kind, names=frozenset({"x"}), at=NOW + HOUR)
    over = kind in {"withdrawn", "denied", "corrected", "removed"}
    assert (ended(TAKEN, [], [since], SOURCES) is not None) == over
    assert ended(TAKEN, [], [replace(since, at=NOW - HOUR)], SOURCES) is None


def said(act_id: str, author: Person, hours: int, stance: Stance | None = None, **over: object) -> Correction:
    told = position(stance=stance) if stance else None
    one = Correction(
        act_id=act_id,
        shift_id="s",
        article_id="x",
        verdict=Verdict.WRONG_TAG if told else Verdict.NOT_RELEVANT,
        author=author,
        at=NOW + hours * HOUR,
        actor=told.actor if told else None,
        voice=told.voice if told else None,
        position=told,
    )
    return replace(one, **over)  # type: ignore[arg-type]


def states(*corrections: Correction, head: str | None = None) -> list[CorrectionState]:
    return [one.state for one in settled(corrections, head)]


def test_who_agrees_holds_and_who_disagrees_later_waits() -> None:
    first, same = said("a", ANNA, 0), said("b", BORY, 1)
    other = said("c", BORY, 2, Stance.OPPOSING)
    assert states(first, same) == [HOLDS, HOLDS]
    assert states(first, other) == [HOLDS, CONTESTED]
    assert states(replace(first, state=UNDONE), other) == [UNDONE, HOLDS]


def test_a_second_thought_overrules_the_first() -> None:
    assert states(said("a", ANNA, 0), said("b", ANNA, 1, Stance.OPPOSING)) == [OVERRULED, HOLDS]


def test_the_heads_word_ends_it_and_the_heads_second_word_ends_that() -> None:
    first, other = said("a", ANNA, 0), said("b", BORY, 1, Stance.OPPOSING)
    word = said("c", HEAD, 2, Stance.OPPOSING)
    assert states(first, other, word, head=HEAD.id) == [OVERRULED, HOLDS, HOLDS]
    again = said("d", HEAD, 3)
    assert states(first, other, word, again, head=HEAD.id) == [OVERRULED, OVERRULED, OVERRULED, HOLDS]
    after = said("e", ANNA, 4, Stance.SUPPORTIVE)
    assert states(first, other, word, after, head=HEAD.id)[-1] is CONTESTED


def test_two_voices_of_one_story_do_not_contradict_each_other() -> None:
    party = said("b", BORY, 1, Stance.OPPOSING, voice=Voice.RULING_PARTY)
    assert states(said("a", ANNA, 0, Stance.SUPPORTIVE), party) == [HOLDS, HOLDS]


_CORRECTIONS = st.lists(
    st.builds(
        said,
        st.uuids().map(str),
        st.sampled_from([ANNA, BORY, HEAD]),
        st.integers(0, 50),
        st.sampled_from([None, *Stance]),
        state=st.sampled_from([HOLDS, UNDONE]),
    ),
    max_size=8,
    unique_by=lambda one: one.act_id,
)


@given(_CORRECTIONS, st.sampled_from([None, HEAD.id]), st.randoms())
def test_what_holds_never_contradicts_itself_in_whatever_order_it_is_read(
    corrections: list[Correction], head: str | None, order: object
) -> None:
    found = settled(corrections, head)
    holding = [one for one in found if one.state is HOLDS]
    assert all(one.agrees(other) for one in holding for other in holding)
    assert bool(holding) == any(one.state is not UNDONE for one in corrections)
    mixed = list(corrections)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    assert settled(mixed, head) == found
    assert settled(found, head) == found


def test_each_deed_and_each_end_of_one_has_a_name_that_tells_it_once() -> None:
    open_, gone = TAKEN, replace(TAKEN, act_id="b", ended_at=NOW, ended_why=Reason.NEW_EVIDENCE)
    given_back = replace(TAKEN, act_id="c", ended_at=NOW)
    corrections = [said("d", BORY, 0), replace(said("d", BORY, 0), article_id="y"), said("e", BORY, 1, state=UNDONE)]
    found = developments([open_, gone, given_back], corrections)
    assert [one.kind for one in found] == ["owned", "released", "undone", "judged", "undone"]
    assert len({name for one in found for name in one.names}) == 5
