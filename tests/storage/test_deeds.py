"""What people did is kept with its author, its time and its end, and holds wherever stories are read."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from pipeline.alert.deeds import settled
from pipeline.domain import (
    Acknowledgement,
    Correction,
    CorrectionState,
    Delivery,
    Judged,
    NotificationState,
    Person,
    Reason,
    ReportedShift,
    Stance,
    Track,
    Verdict,
    Voice,
)
from pipeline.storage.store import Store
from tests.factories import NOW, decision, message, position
from tests.slack.told import confirm, matter, tell

ANNA, BORY = Person(id="U000ANNA", name="anna"), Person(id="U000BORY", name="bory")
MINUTE = timedelta(minutes=1)
SETTLE = partial(settled, head=None)


def took(act_id: str, owner: Person = ANNA, minutes: int = 0) -> Acknowledgement:
    return Acknowledgement(act_id=act_id, shift_id="shift-one", owner=owner, at=NOW + minutes * MINUTE)


def said(act_id: str, author: Person = ANNA, minutes: int = 0, **over: Any) -> Correction:
    known = {"article_id": "article-one", "verdict": Verdict.NOT_RELEVANT, **over}
    return Correction(act_id=act_id, shift_id="shift-one", author=author, at=NOW + minutes * MINUTE, **known)


def wrong(act_id: str, author: Person = ANNA, minutes: int = 0, **over: Any) -> Correction:
    told = position(stance=Stance.OPPOSING, reported_shift=ReportedShift.NONE, **over)
    about = {"actor": told.actor, "voice": Voice.GOVERNMENT, "position": told, "tracks": (Track.CULTURE,)}
    return said(act_id, author, minutes, verdict=Verdict.WRONG_TAG, **about)


@pytest.fixture
def told(store: Store) -> Store:
    one = matter("one")
    tell(store, one, matter("other"))
    confirm(store, one, "second")
    return store


def test_a_matter_has_one_owner_and_a_replay_is_nothing_new(told: Store) -> None:
    assert [told.acknowledgements.record(took("a")), told.acknowledgements.record(took("a"))] == [1, 0]
    assert told.acknowledgements.record(took("b", BORY, 1)) == 1
    assert told.acknowledgements.lasting() == [took("b", BORY, 1)]
    assert told.acknowledgements.record(took("a")) == 0
    assert told.acknowledgements.end("b", NOW + 2 * MINUTE, Reason.NEW_EVIDENCE) == 1
    assert told.acknowledgements.end("b", NOW + 3 * MINUTE) == 0
    first, second = told.acknowledgements.of(["shift-one"])["shift-one"]
    assert (first.ended_at, first.ended_why) == (NOW + MINUTE, None)
    assert (second.ended_at, second.ended_why) == (NOW + 2 * MINUTE, Reason.NEW_EVIDENCE)


def test_a_correction_is_read_back_whole(told: Store) -> None:
    one = wrong("a")
    assert told.corrections.record([one], SETTLE) == [one]
    assert told.corrections.record([one], SETTLE) == []
    assert told.corrections.act("a") == told.corrections.of(["shift-one"])["shift-one"] == [one]


def test_what_is_corrected_is_read_so_everywhere_and_as_before_when_that_is_undone(told: Store) -> None:
    before = told.articles.relevant()
    told.corrections.record([wrong("a")], SETTLE)
    tags = {one.article.article_id: one.tag for one in told.articles.relevant()}
    assert tags["article-one"].positions[0].stance is Stance.OPPOSING
    assert tags["article-one"].tracks == (Track.CULTURE,)
    assert tags["article-other"] == next(one.tag for one in before if one.article.article_id == "article-other")
    assert told.corrections.undo("a", SETTLE) == 1
    assert told.corrections.undo("a", SETTLE) == 0
    assert told.articles.relevant() == before


def test_a_story_that_is_not_relevant_is_no_evidence_where_there_is_other(told: Store) -> None:
    assert len(told.shifts.one("shift-one").evidence) == 2
    told.corrections.record([said("a")], SETTLE)
    assert [piece.article.article_id for piece in told.shifts.one("shift-one").evidence] == ["article-second"]
    told.corrections.record([said("b", article_id="article-other")], SETTLE)
    assert len(told.shifts.one("shift-other").evidence) == 1
    assert told.corrections.touched() == {"story-one", "story-other", "shift-one"}


def test_a_correction_goes_with_its_article_when_stories_merge(told: Store) -> None:
    told.corrections.record([said("a")], SETTLE)
    one, other = (told.articles.stories([f"story-{name}"])[0] for name in ("one", "other"))
    merged = [one, *told.articles.stories(["story-other"])]
    told.articles.gather([replace(each, story_id="story-one") for each in merged], set(), [], NOW)
    assert other.article_id not in {each.article.article_id for each in told.articles.relevant()}


def test_of_two_that_disagree_the_first_holds_until_it_is_undone(told: Store) -> None:
    told.corrections.record([said("a")], SETTLE)
    (second,) = told.corrections.record([wrong("b", BORY, 1)], SETTLE)
    assert second.state is CorrectionState.CONTESTED
    assert "article-one" not in {one.article.article_id for one in told.articles.relevant()}
    told.corrections.undo("a", SETTLE)
    (found,) = told.corrections.act("b")
    assert found.state is CorrectionState.HOLDS
    assert "article-one" in {one.article.article_id for one in told.articles.relevant()}


def test_verdicts_are_what_holds_and_who_took_what_without_a_word_against_it(told: Store) -> None:
    told.acknowledgements.record(took("a"))
    other = Acknowledgement(act_id="c", shift_id="shift-other", owner=BORY, at=NOW + MINUTE)
    told.acknowledgements.record(other)
    told.corrections.record([said("b", BORY, 2)], SETTLE)
    told.corrections.record([wrong("d", ANNA, 3)], SETTLE)
    assert told.corrections.verdicts(NOW) == [
        Judged(shift_id="shift-other", article_id=None, verdict=Verdict.TAKEN, by=BORY, at=NOW + MINUTE),
        Judged(
            shift_id="shift-one",
            article_id="article-one",
            verdict=Verdict.NOT_RELEVANT,
            by=BORY,
            at=NOW + 2 * MINUTE,
        ),
    ]
    assert told.corrections.verdicts(NOW + 4 * MINUTE) == []


def test_what_is_acted_on_is_found_with_its_tags_its_corrections_and_its_place_in_slack(told: Store) -> None:
    assert told.shifts.of(["shift-one", "none"]) == {"shift-one": told.shifts.one("shift-one")}
    before = told.articles.tags(["article-one", "none"])
    told.corrections.record([wrong("a")], SETTLE)
    assert told.articles.tags(["article-one"]) == before  # a person is asked about what the model said
    assert told.corrections.about(["article-one", "article-other"]) == {
        "article-one": [wrong("a")],
        "article-other": [],
    }
    told.outbox.record([("key", decision(shift_id="shift-one"), message())], NOW)
    assert told.matters.posted("shift-one") == []
    told.outbox.delivered("key", Delivery(state=NotificationState.SENT, ts="1.0", channel="C1"), NOW)
    assert told.matters.posted("shift-one") == [("desk", "C1", "key")]


def test_a_deed_makes_the_sender_look_again(told: Store) -> None:
    views = [told.matters.view()]
    told.acknowledgements.record(took("a"))
    views.append(told.matters.view())
    told.acknowledgements.end("a", NOW)
    views.append(told.matters.view())
    told.corrections.record([said("b")], SETTLE)
    views.append(told.matters.view())
    told.corrections.undo("b", SETTLE)
    views.append(told.matters.view())
    assert len(set(views)) == len(views)
    assert told.matters.view() == views[-1]
