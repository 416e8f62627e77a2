from hypothesis import given, strategies as st

from pipeline.domain import Act, Actor, Digest, Position, ReportedShift, Section, Stance, TaggedArticle, Track, Voice
from tests.detect.told import backs, hedges, opposes, told, turns
from tests.digest.known import digest, items, titles, words


def steps(*tagged: TaggedArticle) -> list[str]:
    return words(digest(*tagged), Section.STEPS)


def did(act: Act, **over: object) -> Position:
    return backs(act=act, **over)


def test_promised_decided_delivered_with_the_age_of_the_last_step() -> None:
    one = digest(
        told(0, turns(ReportedShift.TOWARD, act=Act.CONSIDERING), name="weighed"),
        told(24, did(Act.DECIDED), name="decided"),
        told(72, did(Act.CARRIED_OUT), name="done"),
    )
    assert words(one, Section.STEPS) == [
        "Japan, aid: promised or weighed 2 Mar → decided 3 Mar → delivered 5 Mar; the last step 4 days ago."
    ]
    assert titles(items(one, Section.STEPS)) == ["done", "decided", "weighed"]


def test_what_was_decided_after_the_last_delivery_is_not_delivered() -> None:
    (said,) = steps(told(0, did(Act.CARRIED_OUT)), told(24, did(Act.DECIDED)))
    assert said == "Japan, aid: decided 3 Mar → not delivered; the last step 6 days ago."


def test_what_is_only_weighed_is_not_decided() -> None:
    assert steps(told(0, turns(ReportedShift.TOWARD, act=Act.CONSIDERING))) == [
        "Japan, aid: promised or weighed 2 Mar → not decided; the last step 7 days ago."
    ]


def test_a_refusal_or_a_cut_after_a_promise_turns_it_back() -> None:
    refused = [told(0, did(Act.DECIDED)), told(48, hedges(act=Act.REFUSED))]
    cut = [told(0, did(Act.DECIDED)), told(48, turns(ReportedShift.AWAY, act=Act.DECIDED))]
    wanted = ["Japan, aid: decided 2 Mar → refused or turned back 4 Mar; the last step 5 days ago."]
    assert steps(*refused) == wanted
    assert steps(*cut) == wanted


def test_a_refusal_before_the_promise_is_of_an_earlier_matter() -> None:
    (said,) = steps(told(0, hedges(act=Act.REFUSED)), told(48, did(Act.DECIDED)))
    assert "refused" not in said


def test_a_refusal_without_a_promise_is_no_step() -> None:
    assert steps(told(0, hedges(act=Act.REFUSED))) == []


def test_neither_words_nor_what_helps_russia_nor_what_takes_no_position_is_a_step() -> None:
    assert steps(told(0, did(Act.SAID))) == []
    assert steps(told(0, opposes(act=Act.CARRIED_OUT))) == []
    assert steps(told(0, did(Act.CARRIED_OUT, stance=Stance.NEUTRAL))) == []
    assert steps(told(0, turns(ReportedShift.AWAY, act=Act.CONSIDERING))) == []
    assert steps(told(0, hedges(act=Act.CONSIDERING))) == []
    assert steps(told(0, hedges(act=Act.DECIDED))) == []


def test_each_actor_and_track_is_a_line_of_its_own() -> None:
    one = digest(told(0, did(Act.DECIDED), did(Act.DECIDED, actor=Actor.KR), tracks=[Track.AID, Track.MILITARY]))
    assert [(i.actor, *i.tracks) for i in items(one, Section.STEPS)] == [
        (Actor.JP, Track.AID),
        (Actor.JP, Track.MILITARY),
        (Actor.KR, Track.AID),
        (Actor.KR, Track.MILITARY),
    ]


def test_ukrainian_counts_days_in_its_three_forms() -> None:
    def said(hours: float) -> str:
        one: Digest = digest(told(hours, did(Act.DECIDED)))
        return words(one, Section.STEPS, "uk")[0]

    assert "1 день тому" in said(5.5 * 24)
    assert "3 дні тому" in said(3.5 * 24)
    assert "5 днів тому" in said(1.5 * 24)
    assert "21 день тому" in said(-14.5 * 24)


@given(st.sampled_from([voice for voice in Voice if voice is not Voice.GOVERNMENT]), st.sampled_from(list(Act)))
def test_only_governments_take_steps(voice: Voice, act: Act) -> None:
    assert steps(told(0, did(act, voice=voice))) == []
