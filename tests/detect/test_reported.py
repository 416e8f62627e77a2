from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.detect.reported import SURE, UNCONFIRMED, reported
from pipeline.detect.series import balances
from pipeline.detect.settle import anew
from pipeline.domain import (
    Act,
    Actor,
    Owner,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    TaggedArticle,
    Track,
    Voice,
)
from tests.detect.told import at, backs, told, turns

AWAY, TOWARD = ReportedShift.AWAY, ReportedShift.TOWARD
SOURCES = {
    source.name: source
    for source in (
        Source(name="Kantei", owner=Owner.STATE, country="JP", tier=1, official=Actor.JP),
        Source(name="Blue House", owner=Owner.STATE, country="KR", tier=1, official=Actor.KR),
        Source(name="Agency", owner=Owner.PRIVATE, country="JP", tier=1),
        Source(name="Daily", owner=Owner.PRIVATE, country="JP", tier=2),
        Source(name="Tabloid", owner=Owner.PRIVATE, country="JP", tier=3),
    )
}


def shifts(*tagged: TaggedArticle, hours: float = 72) -> list[Shift]:
    return reported(tagged, SOURCES, matter_hours=hours)


def test_an_actors_own_source_is_enough() -> None:
    (shift,) = shifts(told(0, turns(), source="Kantei"))
    assert (shift.kind, shift.actor, shift.direction, shift.confirmed) == (ShiftKind.REPORTED, Actor.JP, AWAY, True)
    assert shift.words == "government considers: further from Ukraine; its own source"


def test_another_governments_own_source_is_only_one_outlet() -> None:
    (shift,) = shifts(told(0, turns(), source="Blue House"))
    assert not shift.confirmed


def test_two_outlets_with_stories_of_their_own_are_enough() -> None:
    (shift,) = shifts(told(0, turns(), source="Daily"), told(5, turns(), source="Tabloid"))
    assert shift.confirmed
    assert shift.detected_at == at(5)
    assert shift.onset_at == at(0)
    assert shift.stories_after == 2
    assert shift.words.endswith("; 2 sources")


def test_two_outlets_with_copies_of_one_story_are_one_source() -> None:
    copies = [told(hour, turns(), source=source, story_id="s") for hour, source in enumerate(("Daily", "Tabloid"))]
    assert shifts(*copies) == []


def test_two_stories_of_one_outlet_are_one_source() -> None:
    assert shifts(told(0, turns(), source="Daily"), told(5, turns(), source="Daily")) == []


def test_one_outlet_of_the_first_tier_is_said_but_not_confirmed() -> None:
    (shift,) = shifts(told(0, turns(), source="Agency"))
    assert not shift.confirmed
    assert shift.words.endswith(UNCONFIRMED)


@pytest.mark.parametrize("source", ["Daily", "Tabloid", "an outlet that nobody knows"])
def test_one_outlet_of_a_lower_tier_is_not_enough(source: str) -> None:
    assert shifts(told(0, turns(), source=source)) == []


@pytest.mark.parametrize("voice", [voice for voice in Voice if voice is not Voice.GOVERNMENT])
def test_no_other_voice_shifts_a_government(voice: Voice) -> None:
    assert shifts(told(0, turns(voice=voice), source="Kantei")) == []


def test_another_partys_claim_shifts_nobody() -> None:
    claims = [told(hour, turns(allegation=True), source=name) for hour, name in enumerate(SOURCES)]
    assert shifts(*claims) == []


def test_a_denied_step_is_no_shift() -> None:
    assert shifts(told(0, turns(act=Act.DENIED), source="Kantei")) == []


def test_an_unsure_position_is_no_shift() -> None:
    assert shifts(told(0, turns(unsure=True), source="Kantei")) == []


def test_continuity_is_no_shift() -> None:
    assert shifts(told(0, backs(), source="Kantei")) == []


def test_a_change_that_the_model_is_not_sure_of_is_no_shift() -> None:
    assert shifts(told(0, turns(certainty=SURE - 0.01), source="Kantei")) == []
    assert len(shifts(told(0, turns(certainty=SURE), source="Kantei"))) == 1


def test_reports_within_a_matters_hours_are_one_shift() -> None:
    tagged = [told(hour, turns(), source="Agency") for hour in (0, 30, 72)]
    (shift,) = shifts(*tagged)
    assert shift.stories_after == 3
    assert [piece.article.article_id for piece in shift.evidence] == [one.article.article_id for one in tagged]


def test_a_report_after_a_matters_hours_is_another_shift() -> None:
    first, second = shifts(told(0, turns(), source="Agency"), told(72.1, turns(), source="Agency"))
    assert first.shift_id != second.shift_id
    assert second.onset_at == at(72.1)


def test_opposite_directions_are_never_one_matter() -> None:
    found = shifts(told(0, turns(AWAY), source="Kantei"), told(1, turns(TOWARD), source="Kantei"))
    assert [shift.direction for shift in found] == [AWAY, TOWARD]


def test_two_governments_are_never_one_matter() -> None:
    found = shifts(told(0, turns(), source="Agency"), told(1, turns(actor=Actor.KR), source="Agency"))
    assert [shift.actor for shift in found] == [Actor.JP, Actor.KR]


def test_one_story_may_shift_two_governments() -> None:
    found = shifts(told(0, turns(TOWARD), turns(AWAY, actor=Actor.KR), source="Agency"))
    assert {(shift.actor, shift.direction) for shift in found} == {(Actor.JP, TOWARD), (Actor.KR, AWAY)}


def test_it_was_detected_when_there_was_enough_and_not_when_more_came() -> None:
    hours = {0: "Daily", 3: "Tabloid", 9: "Kantei", 12: "Agency"}
    (shift,) = shifts(*(told(hour, turns(), source=source) for hour, source in hours.items()))
    assert shift.detected_at == at(3)
    assert shift.words.endswith("its own source")


def test_a_copy_that_is_first_to_name_the_change_counts_from_when_it_was_seen() -> None:
    tagged = [
        told(0, backs(), source="Daily", story_id="s", name="no change yet"),
        told(1, turns(), source="Tabloid", name="first claim"),
        told(4, turns(), source="Daily", story_id="s", name="second claim"),
    ]
    (shift,) = shifts(*tagged)
    assert (shift.onset_at, shift.detected_at) == (at(1), at(4))


def test_a_shift_keeps_its_name_when_an_older_storys_copy_joins_the_matter() -> None:
    before = [told(0, backs(), source="Daily", story_id="s"), told(1, turns(), source="Agency")]
    copy = told(4, turns(), source="Daily", story_id="s")
    (then,), (now,) = shifts(*before), shifts(*before, copy)
    assert then.shift_id == now.shift_id
    assert now.confirmed


def test_a_shift_is_history_only_where_all_its_reports_are() -> None:
    old, new = told(0, turns(), source="Kantei", history=True), told(1, turns(), source="Kantei")
    assert shifts(old)[0].history
    assert not shifts(old, new)[0].history


def test_what_goes_on_from_before_we_watched_is_a_shift_of_its_own_from_its_first_new_report() -> None:
    old, new = told(0, turns(), source="Kantei", history=True), told(9, turns(), source="Kantei")
    (then,), (now,) = shifts(old), shifts(old, new)
    assert then.shift_id != now.shift_id
    assert (then.detected_at, now.detected_at) == (at(0), at(9))
    assert now.onset_at == at(0)
    assert now.shift_id == shifts(old, new, told(12, turns(), source="Agency"))[0].shift_id


def test_the_official_source_counts_also_where_it_prints_a_copy() -> None:
    copies = [told(hour, turns(), source=source, story_id="s") for hour, source in ((0, "Daily"), (2, "Kantei"))]
    (shift,) = shifts(*copies)
    assert (shift.confirmed, shift.detected_at, shift.stories_after) == (True, at(2), 1)


def test_a_copy_by_an_outlet_of_the_first_tier_is_said_but_not_confirmed() -> None:
    copies = [told(hour, turns(), source=source, story_id="s") for hour, source in ((0, "Tabloid"), (2, "Agency"))]
    (shift,) = shifts(*copies)
    assert (shift.confirmed, shift.detected_at) == (False, at(2))


def own_report(hour: float, source: str, **over: Any) -> TaggedArticle:
    return told(hour, turns(), source=source, story_id="s", copy_id=f"text of {source}", **over)


def test_two_outlets_own_reports_of_one_story_are_two_sources() -> None:
    (shift,) = shifts(own_report(0, "Daily"), own_report(2, "Tabloid"))
    assert (shift.confirmed, shift.detected_at) == (True, at(2))
    assert "2 sources" in shift.words


def test_an_outlet_that_rests_on_another_is_no_second_source() -> None:
    assert not shifts(own_report(0, "Daily"), own_report(2, "Tabloid", origin="Daily"))
    assert not shifts(own_report(0, "Daily", origin="Wire"), own_report(2, "Tabloid", origin="Wire"))


def test_a_copy_of_a_second_sources_text_adds_no_third() -> None:
    copied = told(3, turns(), source="Gazette", story_id="s", copy_id="text of Tabloid")
    (shift,) = shifts(own_report(0, "Daily"), own_report(2, "Tabloid"), copied)
    assert "2 sources" in shift.words


def test_a_copy_that_reads_otherwise_does_not_turn_its_storys_direction() -> None:
    copies = [told(hour, turns(way), source="Agency", story_id="s") for hour, way in ((0, AWAY), (2, TOWARD))]
    assert [shift.direction for shift in shifts(*copies)] == [AWAY]


@pytest.mark.parametrize(
    ("gravest", "lesser"),
    [
        (Act.DECIDED, Act.CARRIED_OUT),
        (Act.REFUSED, Act.CARRIED_OUT),
        (Act.CARRIED_OUT, Act.CONSIDERING),
        (Act.CONSIDERING, Act.SAID),
    ],
)
def test_the_gravest_report_gives_the_act_and_the_surest_the_certainty(gravest: Act, lesser: Act) -> None:
    tagged = [
        told(0, turns(certainty=0.7, act=gravest), source="Kantei"),
        told(1, turns(certainty=0.95, act=lesser), source="Agency"),
    ]
    (shift,) = shifts(*tagged)
    assert (shift.act, shift.certainty) == (gravest, 0.95)
    assert [piece.influence for piece in shift.evidence] == [0.7, 0.95]


def test_another_act_on_none_of_the_same_tracks_is_another_matter() -> None:
    arms = told(0, turns(act=Act.DECIDED), source="Kantei", tracks=[Track.MILITARY])
    flights = told(30, turns(act=Act.CARRIED_OUT), source="Kantei", tracks=[Track.RUSSIA_TIES])
    first, second = shifts(arms, flights)
    assert [shift.act for shift in (first, second)] == [Act.DECIDED, Act.CARRIED_OUT]
    assert not first.stories & second.stories
    later = told(40, turns(act=Act.SAID), source="Agency", tracks=[Track.MILITARY, Track.AID])
    assert [shift.stories_after for shift in shifts(arms, flights, later)] == [2, 1]


@pytest.mark.parametrize(
    ("act", "tracks"),
    [(Act.DECIDED, [Track.RUSSIA_TIES]), (Act.SAID, [Track.MILITARY, Track.AID]), (Act.SAID, [])],
)
def test_one_act_or_one_track_in_common_is_one_matter(act: Act, tracks: list[Track]) -> None:
    arms = told(0, turns(act=Act.DECIDED), source="Kantei", tracks=[Track.MILITARY])
    assert len(shifts(arms, told(30, turns(act=act), source="Agency", tracks=tracks))) == 1


def test_the_actors_own_page_stands_for_a_story_that_an_agency_reported_first() -> None:
    both = [told(hour, turns(), source=source, story_id="s") for hour, source in ((0, "Agency"), (2, "Kantei"))]
    assert [piece.article.source for piece in shifts(*both)[0].evidence] == ["Kantei"]


def test_where_the_government_stood_before_is_counted_over_three_months() -> None:
    earlier = [told(24 * day, backs(), source="Agency") for day in (1, 20, 40, 60)]
    turn = told(24 * 100, turns(), source="Kantei")
    tagged = [*earlier, turn]
    (shift,) = reported(tagged, SOURCES, matter_hours=72, votes=balances(tagged))
    assert (shift.before, shift.stories_before) == (1.0, 3)
    (shift,) = reported(tagged[2:], SOURCES, matter_hours=72, votes=balances(tagged[2:]))
    assert (shift.before, shift.stories_before) == (None, 2)


def test_tracks_of_all_reports_are_named_once_in_their_order() -> None:
    tagged = [
        told(0, turns(), source="Kantei", tracks=[Track.MILITARY, Track.AID]),
        told(1, turns(), source="Agency", tracks=[Track.SANCTIONS, Track.AID]),
    ]
    assert shifts(*tagged)[0].tracks == (Track.SANCTIONS, Track.AID, Track.MILITARY)


def test_copies_are_counted_behind_their_story() -> None:
    copies = [told(hour, turns(), source="Agency", story_id="s") for hour in range(3)]
    (shift,) = shifts(*copies)
    assert [piece.articles for piece in shift.evidence] == [3]


reports = st.lists(
    st.tuples(
        st.floats(0, 300),
        st.sampled_from([turns(), turns(TOWARD), turns(actor=Actor.KR), turns(allegation=True), backs()]),
        st.sampled_from(sorted(SOURCES)),
        st.integers(0, 6),
    ),
    max_size=14,
).map(
    lambda rows: [
        told(hour, position, source=source, story_id=f"story {story}", name=f"{number:02}")
        for number, (hour, position, source, story) in enumerate(sorted(rows, key=lambda row: row[0]))
    ]
)


@given(reports)
def test_every_shift_is_official_and_says_when_it_became_known(tagged: list[TaggedArticle]) -> None:
    seen = {one.article.seen_at for one in tagged}
    for shift in shifts(*tagged):
        assert shift.detected_at in seen
        assert shift.evidence
        for piece in shift.evidence:
            assert piece.influence >= SURE
            assert shift.onset_at <= piece.article.seen_at


@given(reports)
def test_what_was_known_by_a_time_does_not_change_with_what_comes_later(tagged: list[TaggedArticle]) -> None:
    whole = shifts(*tagged)
    for length in range(len(tagged)):
        then, until = shifts(*tagged[:length]), tagged[length].article.seen_at
        known = [s for s in whole if s.detected_at < until]
        assert {(s.shift_id, s.detected_at) for s in known} <= {(s.shift_id, s.detected_at) for s in then}


@given(reports, st.randoms(use_true_random=False))
def test_the_order_of_the_articles_does_not_matter(tagged: list[TaggedArticle], random: object) -> None:
    mixed = list(tagged)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert shifts(*mixed) == shifts(*tagged)


def test_a_shift_keeps_its_name_when_later_stories_come() -> None:
    first = told(0, turns(), source="Agency")
    later = [told(hour, turns(), source="Daily") for hour in (1, 20, 80, 200)]
    assert shifts(first)[0].shift_id == shifts(first, *later)[0].shift_id


def test_an_unsure_copy_does_not_hide_the_report() -> None:
    copies = [told(hour, turns(unsure=not hour), source="Kantei", story_id="s") for hour in range(2)]
    assert len(shifts(*copies)) == 1


def test_a_matter_that_another_text_comes_to_stand_in_front_of_is_not_said_twice() -> None:
    alone = [told(4, turns(), source="Agency", name="second")]
    joined = [told(0, turns(), source="Daily", name="first"), *alone]
    (then,), (now,) = shifts(*alone), shifts(*joined)
    assert then.shift_id != now.shift_id
    assert anew([now], [then]) == []
    assert anew([now], [replace(then, history=True)]) == [now]
    assert anew(shifts(told(400, turns(), source="Agency")), [then]) != []
