import pytest
from hypothesis import given, strategies as st

from pipeline.detect.series import (
    RUSSIA_TRACKS,
    VALUES,
    all_series,
    balance_of,
    balances,
    mean,
    opened,
    stories,
)
from pipeline.domain import Actor, Balance, Series, Stance, TaggedArticle, Track, Voice
from tests.detect.told import at, backs, hedges, opposes, told

JP_SUPPORT = Series(actor=Actor.JP, balance=Balance.SUPPORT)
JP_RUSSIA = Series(actor=Actor.JP, balance=Balance.RUSSIA)
JP_AID = Series(actor=Actor.JP, balance=Balance.SUPPORT, track=Track.AID)
NOT_GOVERNMENT = [voice for voice in Voice if voice is not Voice.GOVERNMENT]


def values(*tagged: TaggedArticle, series: Series = JP_SUPPORT) -> list[float]:
    return [vote.value for vote in balances(tagged)[series]]


def test_a_story_is_one_vote_however_many_outlets_print_it() -> None:
    copies = [told(n, backs(), story_id="story", source=f"outlet {n}") for n in range(40)]
    (vote,) = balances(copies)[JP_SUPPORT]
    assert (vote.value, vote.articles, vote.article_id) == (1, 40, "article-000000")


def test_labels_become_numbers() -> None:
    assert values(told(0, backs()), told(1, hedges()), told(2, opposes())) == [1, 0, -1]


@pytest.mark.parametrize("voice", NOT_GOVERNMENT)
def test_only_the_government_votes(voice: Voice) -> None:
    assert values(told(0, backs(voice=voice)), told(1, opposes(), backs(voice=voice))) == [-1]


@given(st.lists(st.tuples(st.sampled_from(NOT_GOVERNMENT), st.integers(0, 2)), max_size=12))
def test_no_other_voice_moves_the_governments_series(others: list[tuple[Voice, int]]) -> None:
    own = [told(2 * hour, backs()) for hour in range(6)]
    debate = [told(2 * n + 1, [backs, hedges, opposes][way](voice=voice)) for n, (voice, way) in enumerate(others)]
    alone, together = balances(own), balances([*own, *debate])
    governments = [series for series in together if series.voice is Voice.GOVERNMENT]
    assert all(together[series] == alone[series] for series in governments)


@pytest.mark.parametrize("voice", list(Voice))
def test_each_voice_votes_in_a_series_of_its_own(voice: Voice) -> None:
    found = balances([told(0, opposes(voice=voice))])
    assert [series for series, votes in found.items() if votes and not series.track] == [
        Series(actor=Actor.JP, voice=voice, balance=Balance.SUPPORT)
    ]


def test_only_governments_have_series_on_tracks() -> None:
    found = balances([told(0, opposes(voice=Voice.OPPOSITION), backs())])
    assert [series for series, votes in found.items() if votes and series.track] == [JP_AID]


@given(st.sampled_from(list(Track)))
def test_a_track_votes_on_one_balance(track: Track) -> None:
    assert balance_of(track) is (Balance.RUSSIA if track in RUSSIA_TRACKS else Balance.SUPPORT)
    assert {series.balance for series in all_series() if series.track is track} == {balance_of(track)}


def test_a_track_opens_at_two_stories_a_week_with_the_weeks_that_opened_it() -> None:
    slow = [told(24 * day, backs()) for day in range(0, 84, 7)]
    busy = [told(24 * (84 + day), hedges()) for day in range(0, 28, 3)]
    votes = balances([*slow, *busy])[JP_AID]
    assert opened(balances(slow)[JP_AID], 2) == ()
    assert len(votes) - len(opened(votes, 2)) == 11
    assert opened(votes, 2)[0].at == at(24 * 77)


@given(st.lists(st.integers(0, 60), max_size=30), st.integers(0, 30))
def test_a_track_that_is_open_stays_open_from_the_same_story_on(days: list[int], length: int) -> None:
    votes = balances([told(24 * day + n / 100, backs(), name=f"{n}") for n, day in enumerate(days)])[JP_AID]
    before = opened(votes[:length], 2)
    assert not before or opened(votes, 2)[0] == before[0]


def test_history_counts_when_it_was_published() -> None:
    month = [told(900, backs(), published_at=at(24 * day), history=True, name=f"old {day}") for day in range(3)]
    votes = balances([*month, told(30, hedges(), name="new")])[JP_SUPPORT]
    assert [vote.at for vote in votes] == [at(0), at(24), at(30), at(48)]
    assert [vote.history for vote in votes] == [True, True, False, True]


@pytest.mark.parametrize("hours", [-60, 60])
def test_a_clock_that_jumped_does_not_say_when_a_story_counts(hours: float) -> None:
    (vote,) = balances([told(100, backs(), published_at=at(100 - hours))])[JP_SUPPORT]
    assert (vote.at, vote.history) == (at(100 - hours), True)


@given(st.permutations([1.0, 1.0, 1.0, 2.0, 2.0]))
def test_the_order_in_which_stories_of_one_moment_arrive_does_not_matter(hours: list[float]) -> None:
    made = [told(hour, [backs, hedges, opposes][n % 3](), name=f"{hour} {n % 3}") for n, hour in enumerate(hours)]
    assert balances(made) == balances(list(reversed(made)))


def test_what_another_party_claims_of_a_government_casts_no_vote() -> None:
    assert values(told(0, opposes(allegation=True))) == []


def test_an_unsure_position_casts_no_vote() -> None:
    assert values(told(0, backs(unsure=True))) == []


def test_a_neutral_position_casts_no_vote() -> None:
    assert values(told(0, backs(stance=Stance.NEUTRAL))) == []


def test_the_likeliest_stance_over_a_storys_articles_votes() -> None:
    weak = hedges(stance_probabilities={Stance.HEDGING: 0.56, Stance.SUPPORTIVE: 0.44})
    strong = backs(stance_probabilities={Stance.SUPPORTIVE: 0.9, Stance.HEDGING: 0.1})
    assert values(told(0, weak, story_id="s"), told(1, strong, story_id="s")) == [1]


def test_an_unsure_article_does_not_weigh_in_its_storys_vote() -> None:
    assert values(told(0, backs(), story_id="s"), told(1, opposes(unsure=True), story_id="s")) == [1]


@given(st.permutations(range(6)))
def test_votes_stand_in_order_of_first_sight_whatever_order_they_come_in(order: list[int]) -> None:
    tagged = [told(hour, [backs(), hedges(), opposes()][hour % 3]) for hour in order]
    assert values(*tagged) == [1, 0, -1, 1, 0, -1]


@given(st.permutations(range(5)))
def test_stories_do_not_depend_on_the_order_of_their_articles(order: list[int]) -> None:
    tagged = [told(hour, backs(), story_id=f"story {hour % 2}", name=f"a{hour}") for hour in order]
    names = [[one.article.article_id for one in story] for story in stories(tagged)]
    assert names == [["a0", "a2", "a4"], ["a1", "a3"]]


def test_what_was_seen_at_once_stands_in_order_of_publication() -> None:
    late, early = told(5, hedges(), published_at=at(4), name="late"), told(5, backs(), published_at=at(3), name="zz")
    assert values(late, early) == [1, 0]


def test_a_vote_that_only_a_later_copy_casts_stands_where_it_became_known() -> None:
    before_the_copy = [told(0, story_id="s", name="a"), told(1, hedges(), name="b")]
    copy = told(2, backs(), story_id="s", name="c")
    assert values(*before_the_copy) == [0]
    assert values(*before_the_copy, copy) == [0, 1]


@pytest.mark.parametrize(
    ("tracks", "support", "russia"),
    [
        ((Track.AID,), [1], []),
        ((), [1], []),
        ((Track.SANCTIONS,), [], [1]),
        ((Track.RUSSIA_TIES,), [], [1]),
        ((Track.DPRK_RUSSIA,), [], [1]),
        ((Track.AID, Track.SANCTIONS), [1], [1]),
    ],
)
def test_a_storys_tracks_say_on_which_balance_it_votes(
    tracks: tuple[Track, ...], support: list[int], russia: list[int]
) -> None:
    story = told(0, backs(), tracks=tracks)
    assert (values(story), values(story, series=JP_RUSSIA)) == (support, russia)


def test_the_tracks_of_every_copy_count_for_a_story() -> None:
    copies = [told(0, backs(), story_id="s"), told(1, story_id="s", tracks=[Track.SANCTIONS])]
    assert (values(*copies), values(*copies, series=JP_RUSSIA)) == ([1], [1])


def test_one_story_votes_for_every_government_in_it() -> None:
    story = told(0, backs(), hedges(actor=Actor.KR))
    assert values(story) == [1]
    assert values(story, series=Series(actor=Actor.KR, balance=Balance.SUPPORT)) == [0]


def test_every_series_is_there_even_without_a_vote() -> None:
    assert balances([]) == {series: [] for series in all_series()}
    assert len(set(all_series())) == 5 * 6 * 2 + 5 * 14


def test_a_vote_is_history_only_where_every_article_behind_it_is() -> None:
    old = told(0, backs(), story_id="s", history=True)
    (alone,) = balances([old])[JP_SUPPORT]
    (with_a_copy,) = balances([old, told(1, backs(), story_id="s")])[JP_SUPPORT]
    assert (alone.history, with_a_copy.history) == (True, False)


@given(st.lists(st.sampled_from([backs(), hedges(), opposes()]), min_size=1, max_size=12))
def test_a_balance_lies_between_minus_one_and_one(positions: list[object]) -> None:
    votes = balances([told(hour, p) for hour, p in enumerate(positions)])[JP_SUPPORT]  # type: ignore[arg-type]
    found = mean(votes)
    assert found is not None
    assert -1 <= found <= 1
    assert {vote.value for vote in votes} <= set(VALUES.values())


def test_no_vote_has_no_mean() -> None:
    assert mean([]) is None
