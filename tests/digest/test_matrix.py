from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from pipeline.digest.matrix import CURRENT, TRACKS
from pipeline.digest.standing import Start
from pipeline.domain import (
    Actor,
    CellState,
    Column,
    Coverage,
    Position,
    ReportedShift,
    Section,
    Stance,
    TaggedArticle,
    Track,
    Voice,
)
from tests.detect.told import backs, hedges, opposes, told, turns
from tests.digest.known import cell, digest, heard, items

DAYS = 24.0
LONG_AGO = -CURRENT.days * DAYS


def test_a_cell_shows_the_last_act_of_its_voice_under_its_heading_with_its_date_and_link() -> None:
    one = digest(
        told(1, backs(), tracks=[Track.AID], name="older"),
        told(30, turns(ReportedShift.TOWARD), tracks=[Track.AID], name="newer", url="https://kyodo.example/newer"),
        told(40, backs(), tracks=[Track.CULTURE], name="of another heading"),
    )
    found = cell(one, Column.SUPPORT)
    assert (found.state, found.direction, found.days) == (CellState.STATED, ReportedShift.TOWARD, 5)
    (item,) = [each for each in items(one, Section.LINE) if each.item_id == found.item_id]
    assert [(piece.article_id, piece.url) for piece in item.evidence] == [("newer", "https://kyodo.example/newer")]


def test_every_heading_of_the_paper_and_ties_with_russia_is_a_column_and_has_its_tracks() -> None:
    assert len(Column) == 10
    assert set(TRACKS) == set(Column)
    held = [track for tracks in TRACKS.values() for track in tracks]
    assert len(held) == len(set(held))


def test_what_is_too_old_is_no_current_line_but_so_many_days_of_nothing() -> None:
    found = cell(digest(told(LONG_AGO, backs())), Column.SUPPORT)
    assert (found.state, found.days) == (CellState.NOTHING, CURRENT.days + 7)
    assert found.item_id


def test_where_nothing_was_ever_said_the_days_are_those_of_the_watching() -> None:
    found = cell(digest(told(-3 * DAYS, backs(), tracks=[Track.CULTURE])), Column.SUPPORT)
    assert (found.state, found.days, found.item_id) == (CellState.NOTHING, 10, None)


@pytest.mark.parametrize("position", [backs(unsure=True), backs(stance=Stance.NEUTRAL)])
def test_where_all_that_was_read_is_unclear_it_cannot_be_judged(position: Position) -> None:
    assert cell(digest(told(1, position)), Column.SUPPORT).state is CellState.WEAK_TAG


@pytest.mark.parametrize("coverage", [Coverage.SEARCH, Coverage.DOWN, Coverage.NONE])
def test_the_silence_of_a_voice_that_is_hardly_watched_cannot_be_judged(coverage: Coverage) -> None:
    one = digest(told(LONG_AGO, backs()), hearings=heard(coverage))
    assert cell(one, Column.SUPPORT).state is CellState.WEAK_COVERAGE
    assert cell(one, Column.CULTURE).state is CellState.WEAK_COVERAGE


def test_what_was_seen_of_a_voice_that_is_hardly_watched_is_shown() -> None:
    assert cell(digest(told(1, backs()), hearings=heard(Coverage.NONE)), Column.SUPPORT).state is CellState.STATED


def test_a_claim_by_others_is_in_no_cell() -> None:
    assert cell(digest(told(1, opposes(allegation=True))), Column.SUPPORT).state is CellState.NOTHING


def test_k_diplomacy_is_south_koreas_own_heading() -> None:
    one = digest(told(1, backs(actor=Actor.KR), backs(), tracks=[Track.K_DIPLOMACY]))
    assert cell(one, Column.K_DIPLOMACY, Actor.KR).state is CellState.STATED
    assert cell(one, Column.K_DIPLOMACY, Actor.JP).state is CellState.NOT_ITS_OWN


def test_a_party_has_a_row_only_where_it_stands_elsewhere_than_its_government() -> None:
    one = digest(
        told(1, backs(), opposes(voice=Voice.RULING_PARTY)),
        told(2, backs(actor=Actor.KR), backs(actor=Actor.KR, voice=Voice.OPPOSITION)),
    )
    assert (Actor.JP, Voice.RULING_PARTY) in one.matrix.rows
    assert (Actor.KR, Voice.OPPOSITION) not in one.matrix.rows
    assert all((actor, Voice.GOVERNMENT) in one.matrix.rows for actor in Actor)


def test_a_party_that_the_seed_papers_set_against_its_government_has_a_row_in_silence_too() -> None:
    start = (Start(stance=Stance.OPPOSING, words={"en": "a", "uk": "б"}, author={"en": "c", "uk": "д"}),)
    one = digest(told(1, backs(actor=Actor.TW)), starts={(Actor.TW, Voice.OPPOSITION): start})
    assert (Actor.TW, Voice.OPPOSITION) in one.matrix.rows


def test_firms_and_society_have_no_row() -> None:
    one = digest(told(1, backs(), opposes(voice=Voice.BUSINESS), opposes(voice=Voice.SOCIETY)))
    assert {voice for _, voice in one.matrix.rows} <= {
        *(Voice.GOVERNMENT, Voice.RULING_PARTY, Voice.OPPOSITION, Voice.PARLIAMENT)
    }


told_lists = st.lists(
    st.tuples(st.sampled_from(list(Voice)), st.sampled_from([backs, hedges, opposes]), st.booleans(), st.booleans()),
    max_size=12,
).map(
    lambda rows: [
        told(hour, make(voice=voice, allegation=claim, unsure=unsure))
        for hour, (voice, make, claim, unsure) in enumerate(rows)
    ]
)


@given(told_lists)
def test_a_governments_cell_never_shows_another_voice_a_claim_or_what_is_unsure(tagged: list[TaggedArticle]) -> None:
    one = digest(*tagged)
    official = {t.article.article_id for t in tagged if t.tag.positions[0].official}
    lines = {item.item_id: item for item in items(one, Section.LINE)}
    for each in one.matrix.cells:
        if each.voice is Voice.GOVERNMENT and each.item_id:
            item = lines[each.item_id]
            assert item.voice is Voice.GOVERNMENT
            assert {piece.article_id for piece in item.evidence} <= official


def test_the_cut_off_counts_the_days() -> None:
    one = digest(told(7 * DAYS - 1, backs()))
    assert cell(one, Column.SUPPORT).days == 0
    assert one.until - one.since == timedelta(days=7)
