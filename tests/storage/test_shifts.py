from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.domain import Act, Balance, Held, ShiftKind, Stance, Track, Voice
from pipeline.storage.store import Store
from tests.factories import NOW, article, entry, evidence, feed_state, record, shift

FIRST = article()
SECOND = article(article_id="article-2", story_id="story-2", title="韓国、🇺🇦を支援", published_at=None)


@pytest.fixture
def store(store: Store) -> Store:
    record(store, feed_state(), [entry()])
    for each in (FIRST, SECOND):
        store.articles.record([("entry-1", each)])
    return store


def test_a_shift_is_read_back_with_its_evidence_the_weightiest_first(store: Store) -> None:
    weighty = evidence(article=SECOND, influence=0.5, stance=Stance.HEDGING)
    light = evidence(article=FIRST, influence=0.2)
    assert store.shifts.record([shift(evidence=(weighty, light))]) == 1
    store.shifts.record([shift(shift_id="shift-2", evidence=(light,))])
    assert store.shifts.all() == [
        shift(evidence=(weighty, light)),
        shift(shift_id="shift-2", evidence=(light,)),
    ]


def test_a_shift_may_know_little(store: Store) -> None:
    bare = shift(
        kind=ShiftKind.REPORTED,
        balance=None,
        act=None,
        before=None,
        after=None,
        false_alarms_per_quarter=None,
        tracks=(),
    )
    store.shifts.record([bare])
    (found,) = store.shifts.all()
    assert found == bare
    assert type(found.kind) is ShiftKind


def test_evidence_counts_the_articles_of_its_story_as_they_are_now(store: Store) -> None:
    store.shifts.record([shift(evidence=(evidence(),))])
    store.articles.record([("entry-1", article(article_id="article-3"))])
    assert store.shifts.all() == [shift(evidence=(evidence(articles=2),))]


def test_two_stories_that_have_become_one_are_one_piece_of_evidence(store: Store) -> None:
    light = evidence(article=article(article_id="article-3", story_id="story-3"), influence=0.1)
    store.articles.record([("entry-1", light.article)])
    store.shifts.record([shift(evidence=(evidence(), light))])
    assert store.shifts.all() == [shift(evidence=(evidence(), light))]
    store.articles.gather([replace(light.article, story_id=evidence().article.story_id)], (), [], NOW)
    assert store.shifts.all() == [shift(evidence=(evidence(articles=2),))]


def test_a_known_shift_gains_evidence_and_confirmation_with_its_act_and_tracks_and_nothing_else(store: Store) -> None:
    first = evidence(influence=0.6)
    second = evidence(article=SECOND, influence=0.3)
    store.shifts.record([shift(evidence=(first,))])
    again = shift(
        detected_at=NOW + timedelta(days=1),
        onset_at=NOW,
        certainty=0.1,
        act=Act.REFUSED,
        tracks=(Track.AID,),
        balance=Balance.RUSSIA,
        confirmed=True,
        evidence=(second,),
    )
    assert store.shifts.record([again]) == 0
    known = shift(confirmed=True, act=Act.REFUSED, tracks=(Track.AID,), evidence=(first, second))
    assert store.shifts.all() == [known]


def test_evidence_that_is_recorded_again_is_weighed_anew(store: Store) -> None:
    store.shifts.record([shift(evidence=(evidence(),))])
    again = evidence(influence=0.9, stance=Stance.NEUTRAL)
    store.shifts.record([shift(evidence=(again,))])
    assert store.shifts.all() == [shift(evidence=(again,))]


def test_a_confirmation_is_not_taken_back(store: Store) -> None:
    store.shifts.record([shift(confirmed=True)])
    store.shifts.record([shift(confirmed=False)])
    assert store.shifts.all() == [shift(confirmed=True)]


def test_what_is_not_confirmed_is_told_by_its_gravest_act_as_it_grows(store: Store) -> None:
    store.shifts.record([shift(act=Act.CONSIDERING)])
    store.shifts.record([shift(act=Act.DECIDED, words="decides")])
    (grown,) = store.shifts.all()
    assert (grown.act, grown.words, grown.confirmed) == (Act.DECIDED, "decides", False)


def test_a_story_that_readers_cannot_read_is_shown_with_its_article_that_they_can(store: Store) -> None:
    told = [
        article(article_id=f"a-{lang}", lang=lang, url=f"https://x.example/{lang}") for lang in ("ja", "uk", "en", "ko")
    ]
    store.articles.record([(one.article_id, one) for one in told])
    own = [evidence(article=one) for one in told]
    store.shifts.record([shift(shift_id=f"s{n}", evidence=(piece,)) for n, piece in enumerate(own)])
    shown = [piece.readable for one in store.shifts.all() for piece in one.evidence]
    assert [one and one.lang for one in shown] == ["en", None, None, "en"]


def test_a_shift_named_twice_in_one_batch_is_counted_once(store: Store) -> None:
    assert store.shifts.record([shift(), shift()]) == 1


def test_shifts_are_found_by_when_they_were_detected_the_oldest_first(store: Store) -> None:
    later = shift(shift_id="a", detected_at=NOW + timedelta(days=1))
    store.shifts.record(iter([later, shift()]))
    assert store.shifts.all() == [shift(), later]
    assert store.shifts.all(since=later.detected_at) == [later]
    assert store.shifts.all(until=later.detected_at) == [shift()]
    assert store.shifts.all(since=NOW, until=NOW) == []


FULL = shift(
    voice=Voice.OPPOSITION,
    track=Track.AID,
    model="model-1",
    onset_from=NOW - timedelta(days=9),
    onset_until=NOW - timedelta(days=7),
    size_low=-0.8,
    size_high=-0.2,
    rests_on=2,
    held=Held.BURST,
)
FULL_2 = replace(FULL, shift_id="shift-2")


def test_a_shift_is_read_back_with_its_series_its_intervals_and_what_holds_it(store: Store) -> None:
    store.shifts.record([FULL])
    assert store.shifts.all() == [FULL]


def test_a_shift_that_is_held_no_more_is_written_as_it_was_released(store: Store) -> None:
    released = replace(FULL, held=None, detected_at=NOW + timedelta(days=3), after=0.1, words="released")
    store.shifts.record([FULL])
    assert store.shifts.record([released]) == 0
    assert store.shifts.all() == [released]
    store.shifts.record([replace(released, detected_at=NOW + timedelta(days=9), after=0.9)])
    assert store.shifts.all() == [released]


def test_a_shift_that_is_held_later_is_known_to_be(store: Store) -> None:
    store.shifts.record([replace(FULL, held=None, confirmed=True)])
    store.shifts.record([replace(FULL, confirmed=True, after=0.9)])
    assert store.shifts.all() == [replace(FULL, confirmed=True)]


def test_a_shift_that_is_found_no_more_is_withdrawn_and_kept(store: Store) -> None:
    store.shifts.record([shift(), FULL_2])
    assert store.shifts.withdraw({"shift-1": "edited"}, NOW) == 1
    assert store.shifts.all() == [shift(withdrawn_at=NOW, withdrawn_why="edited"), FULL_2]


def test_a_shift_is_withdrawn_once_for_the_first_reason(store: Store) -> None:
    store.shifts.record([shift()])
    store.shifts.withdraw({"shift-1": "edited"}, NOW)
    assert store.shifts.withdraw({"shift-1": "denied"}, NOW + timedelta(days=1)) == 0
    assert store.shifts.all() == [shift(withdrawn_at=NOW, withdrawn_why="edited")]


def test_a_withdrawn_shift_that_is_found_again_stands(store: Store) -> None:
    store.shifts.record([shift()])
    store.shifts.withdraw({"shift-1": "edited"}, NOW)
    store.shifts.record([shift()])
    assert store.shifts.all() == [shift(withdrawn_at=NOW, withdrawn_why="edited")]
    assert store.shifts.withdraw({}, NOW) == 0
    assert store.shifts.all() == [shift()]
