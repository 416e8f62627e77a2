from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st

from pipeline.alert.matter import _DESK, Step, key, known, names, steps
from pipeline.domain import Development, DevelopmentKind, NotificationState, Operation, Said
from tests.factories import NOW, article, evidence, shift

INTERVAL = timedelta(minutes=15)
FOUND = [kind for kind in DevelopmentKind if kind not in _DESK]
SENT, PENDING = NotificationState.SENT, NotificationState.PENDING
POST, UPDATE, REPLY = Operation.POST, Operation.UPDATE, Operation.REPLY


def news(kind: DevelopmentKind = DevelopmentKind.STORY, name: str = "b") -> Development:
    return Development(kind=kind, names=frozenset({name}), at=NOW)


def said(operation: Operation, *told: str, at: datetime = NOW, state: NotificationState = SENT) -> Said:
    return Said(operation=operation, state=state, told=frozenset(told), created_at=at)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def kinds(*developments: Development, before: list[Said], now: datetime = NOW) -> list[Operation]:
    return [step.operation for step in steps(developments, before, now, INTERVAL)[0]]


def test_what_the_message_told_is_not_told_again() -> None:
    assert steps([news(name="a")], [said(POST, "a")], after(60), INTERVAL) == ([], None)


def test_a_further_story_rewrites_the_message_at_once_and_is_answered_after_the_interval() -> None:
    before = [said(POST, "a")]
    assert steps([news()], before, NOW, INTERVAL) == ([Step(UPDATE, (news(),))], after(15))
    assert kinds(news(), before=[*before, said(UPDATE, "b")], now=after(15)) == [REPLY]


def test_a_denial_is_answered_at_once_unless_the_thread_was_answered_lately() -> None:
    denial = news(DevelopmentKind.DENIED)
    assert kinds(denial, before=[said(POST, "a")], now=after(1)) == [UPDATE, REPLY]
    lately = [said(POST, "a"), said(REPLY, "x", at=after(10))]
    assert kinds(denial, before=lately, now=after(11)) == [UPDATE]
    assert kinds(denial, before=lately, now=after(25)) == [UPDATE, REPLY]


def test_an_operation_waits_for_the_one_before_it() -> None:
    for state in (PENDING, NotificationState.TRYING, NotificationState.BLOCKED):
        before = [said(POST, "a"), said(UPDATE, "b", state=state), said(REPLY, "b", state=state)]
        assert kinds(news(name="c"), before=before, now=after(60)) == []


def test_what_slack_refused_for_good_is_not_tried_under_another_key() -> None:
    failed = [said(POST, "a"), said(UPDATE, "b", state=NotificationState.FAILED), said(REPLY, "b")]
    assert kinds(news(), before=failed, now=after(60)) == []


def test_a_story_that_merged_into_another_is_no_news() -> None:
    one = known(shift(evidence=(evidence(),)))
    merged = known(shift(evidence=(evidence(article=article(story_id="story-9", copy_id="story-9")),)))
    assert kinds(*merged, before=[said(POST, *names(one))], now=after(60)) == []


def test_what_is_gravest_comes_first() -> None:
    one = shift(evidence=(evidence(),), confirmed=True)
    told = known(one, [news(DevelopmentKind.REWRITTEN), news(DevelopmentKind.DENIED)])
    assert [each.kind for each in told] == ["denied", "rewritten", "confirmed", "story"]


def test_the_same_news_are_the_same_operation_in_any_order() -> None:
    both = (news(name="b"), news(name="c"))
    assert key("m", Step(REPLY, both)) == key("m", Step(REPLY, both[::-1]))
    assert len({key("m", Step(REPLY, both)), key("m", Step(UPDATE, both)), key("n", Step(REPLY, both))}) == 3


def test_what_people_did_about_it_rewrites_the_message_and_is_never_told_in_its_thread() -> None:
    for kind in _DESK:
        assert kinds(news(kind), before=[said(POST, "a")], now=after(60)) == [UPDATE]


def test_whoever_has_a_matter_is_called_for_what_takes_it_back_and_not_for_more_of_the_same() -> None:
    owned, before = news(DevelopmentKind.OWNED, "c"), [said(POST, "a"), said(UPDATE, "b", "c")]
    assert kinds(owned, news(), before=before, now=after(60)) == []
    assert kinds(owned, news(DevelopmentKind.DENIED), before=before, now=after(60)) == [REPLY]
    assert kinds(news(), before=before, now=after(60)) == [REPLY]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 90),
            st.lists(st.builds(news, st.sampled_from(FOUND), st.sampled_from("bcdefgh")), max_size=3),
        ),
        max_size=12,
    )
)
def test_in_the_end_everything_is_told_once_and_the_thread_is_never_answered_twice_in_an_interval(
    arrivals: list[tuple[int, list[Development]]],
) -> None:
    told, so_far, now = [said(POST, "a")], dict[str, Development](), 0
    for minutes, found in [*sorted(arrivals, key=lambda arrival: arrival[0]), (200, []), (300, [])]:
        now = max(now, minutes)
        so_far.update({min(one.names): one for one in found if min(one.names) not in so_far})
        todo, _ = steps(list(so_far.values()), told, after(now), INTERVAL)
        told += [said(step.operation, *names(step.news), at=after(now)) for step in todo]
    for operation in (UPDATE, REPLY):
        each = [one.told for one in told if one.operation is operation]
        assert sum(len(names) for names in each) == len(frozenset().union(*each)) == len(so_far)
    replies = [one.created_at for one in told if one.operation is REPLY]
    assert all(later - earlier >= INTERVAL for earlier, later in pairwise(replies))
