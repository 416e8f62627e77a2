from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from pipeline.detect.series import stories
from pipeline.digest.build import MOST_LINES, SILENT_DAYS, build, week_of
from pipeline.domain import Act, Actor, OldDigest, ReportedShift, Shift, TaggedArticle, Voice
from tests.detect.told import START, at, backs, hedges, opposes, told, turns
from tests.factories import feed_state, shift

KYIV = "Europe/Kyiv"
WEEK = ("2026-W10", START, START + timedelta(days=7))


def digest(*tagged: TaggedArticle, shifts: tuple[Shift, ...] = ()) -> OldDigest:
    return build(WEEK, shifts, stories(tagged), (), (), 0)


def titles(lines: object) -> list[str]:
    return [line.evidence.article.article_id for line in lines]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("now", "name", "since", "until"),
    [
        # an ordinary Monday morning, and the Sunday before it
        ("2026-05-18T05:00Z", "2026-W20", "2026-05-10T21:00Z", "2026-05-17T21:00Z"),
        ("2026-05-17T12:00Z", "2026-W19", "2026-05-03T21:00Z", "2026-05-10T21:00Z"),
        # Monday begins in Kyiv while it is still Sunday in London
        ("2026-05-17T21:00Z", "2026-W20", "2026-05-10T21:00Z", "2026-05-17T21:00Z"),
        ("2026-05-17T20:59:59Z", "2026-W19", "2026-05-03T21:00Z", "2026-05-10T21:00Z"),
        # clocks go forward on 29 March 2026: the week has 167 hours; back on 25 October: 169
        ("2026-03-30T06:00Z", "2026-W13", "2026-03-22T22:00Z", "2026-03-29T21:00Z"),
        ("2026-10-26T06:00Z", "2026-W43", "2026-10-18T21:00Z", "2026-10-25T22:00Z"),
        # 2026 has 53 weeks; the last began on 28 December
        ("2027-01-04T06:00Z", "2026-W53", "2026-12-27T22:00Z", "2027-01-03T22:00Z"),
        ("2027-01-11T06:00Z", "2027-W01", "2027-01-03T22:00Z", "2027-01-10T22:00Z"),
        # the first week of 2026 began in 2025
        ("2026-01-05T06:00Z", "2026-W01", "2025-12-28T22:00Z", "2026-01-04T22:00Z"),
        ("2026-01-01T06:00Z", "2025-W52", "2025-12-21T22:00Z", "2025-12-28T22:00Z"),
    ],
)
def test_the_week_is_the_last_whole_one_in_kyiv(now: str, name: str, since: str, until: str) -> None:
    assert week_of(datetime.fromisoformat(now), KYIV) == (
        name,
        datetime.fromisoformat(since),
        datetime.fromisoformat(until),
    )


@given(st.datetimes(datetime(2000, 1, 3), datetime(2099, 1, 1), timezones=st.just(UTC)))
def test_every_moment_lies_in_the_week_after_the_one_that_is_reported(now: datetime) -> None:
    name, since, until = week_of(now, KYIV)
    assert since < until <= now < until + timedelta(days=7, hours=2)
    for monday in (since, until):
        local = monday.astimezone(ZoneInfo(KYIV))
        assert (local.weekday(), local.hour, local.minute, local.second) == (0, 0, 0, 0)
    assert name == "{}-W{:02}".format(*since.isocalendar()[:2])
    assert week_of(until, KYIV)[0] == name


def test_governments_the_debate_and_allegations_are_three_lists() -> None:
    issue = digest(
        told(1, backs(), name="government"),
        told(2, backs(voice=Voice.OPPOSITION), name="opposition"),
        told(3, backs(voice=Voice.SOCIETY), name="society"),
        told(4, opposes(allegation=True), name="claim"),
        told(5, opposes(allegation=True, voice=Voice.BUSINESS), name="claim of business"),
    )
    assert titles(issue.governments) == ["government"]
    assert sorted(titles(issue.debate)) == ["opposition", "society"]
    assert sorted(titles(issue.allegations)) == ["claim", "claim of business"]


voices = st.sampled_from(list(Voice))
told_lists = st.lists(st.tuples(voices, st.booleans(), st.booleans()), max_size=20).map(
    lambda rows: [
        told(hour, backs(voice=voice, allegation=allegation, unsure=unsure))
        for hour, (voice, allegation, unsure) in enumerate(rows)
    ]
)


@given(told_lists)
def test_no_position_stands_in_two_lists(tagged: list[TaggedArticle]) -> None:
    issue = digest(*tagged)
    lists = [titles(lines) for lines in (issue.governments, issue.debate, issue.allegations)]
    assert all(len(lines) <= MOST_LINES for lines in lists)
    everything = [title for lines in lists for title in lines]
    assert len(everything) == len(set(everything))


def test_a_government_that_the_model_is_unsure_of_is_not_reported_as_its_position() -> None:
    assert digest(told(1, backs(unsure=True))).governments == ()


def test_a_storys_copies_are_one_line_that_counts_them() -> None:
    (line,) = digest(*(told(hour, backs(), story_id="s") for hour in range(5))).governments
    assert line.evidence.articles == 5
    assert line.evidence.article.article_id == "article-000000"


def test_a_story_has_one_line_for_each_voice_in_it() -> None:
    both = told(1, backs(voice=Voice.OPPOSITION), backs(actor=Actor.KR), hedges())
    issue = digest(both)
    assert [line.position.actor for line in issue.governments] == [Actor.KR, Actor.JP]
    assert [line.position.voice for line in issue.debate] == [Voice.OPPOSITION]


def test_only_stories_of_the_week_are_in_it() -> None:
    tagged = [told(hours, backs(), name=str(hours)) for hours in (-1, 0, 24 * 7 - 1, 24 * 7)]
    assert sorted(titles(digest(*tagged).governments)) == ["0", "167"]


def test_changes_come_first_then_acts_then_what_many_printed_then_the_newest() -> None:
    issue = digest(
        told(1, backs(act=Act.SAID), name="old word"),
        told(2, backs(act=Act.SAID), name="new word"),
        told(3, backs(act=Act.SAID), name="much printed", story_id="s"),
        told(3.5, backs(act=Act.SAID), name="copy", story_id="s"),
        told(0, backs(act=Act.CARRIED_OUT), name="deed"),
        told(0.5, turns(ReportedShift.TOWARD, act=Act.SAID), name="change"),
    )
    assert titles(issue.governments) == ["change", "deed", "much printed", "new word", "old word"]


def test_a_list_holds_the_weightiest_lines_only() -> None:
    issue = digest(*(told(hour, backs(), name=str(hour)) for hour in range(30)))
    assert titles(issue.governments) == [str(hour) for hour in range(29, 29 - MOST_LINES, -1)]


def test_shifts_of_the_week_are_in_it_and_history_never() -> None:
    found = tuple(
        shift(shift_id=name, detected_at=at(hours), history=history)
        for name, hours, history in (
            ("before", -1, False),
            ("first", 0, False),
            ("old", 5, True),
            ("last", 167, False),
            ("after", 168, False),
        )
    )
    assert [one.shift_id for one in digest(shifts=found).shifts] == ["first", "last"]


def test_feeds_that_nobody_could_read_for_days_are_named_as_silent() -> None:
    late = WEEK[2] - timedelta(days=SILENT_DAYS)
    states = [
        feed_state(feed="fine", succeeded_at=late),
        feed_state(feed="silent", succeeded_at=late - timedelta(seconds=1)),
        feed_state(feed="never", succeeded_at=None),
    ]
    watching = build(WEEK, (), (), (), states, 3).watching
    assert (watching.feeds, watching.healthy, watching.silent) == (3, 1, ("never", "silent"))
