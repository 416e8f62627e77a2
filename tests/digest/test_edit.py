from dataclasses import replace

from hypothesis import given, strategies as st

from pipeline.digest.edit import edited, numbered, stranded
from pipeline.domain import CellState, Digest, Edit, EditKind, Section
from tests.digest.weeks import item, week

A, B, C = item("a"), item("b"), item("c")
OTHER = item("other", Section.DEBATE)
WEEK = week(A, B, OTHER, C)


def ids(digest: Digest) -> list[str]:
    return [one.item_id for one in digest.items]


def edit(kind: EditKind, item_id: str, **over: object) -> Edit:
    return replace(Edit(kind=kind, item_id=item_id), **over)  # type: ignore[arg-type]


def test_a_dropped_item_is_gone_and_the_others_stay() -> None:
    assert ids(edited(WEEK, [edit(EditKind.DROP, "b")])) == ["a", "other", "c"]


def test_an_item_moves_in_front_of_another_or_to_the_end_of_its_section() -> None:
    assert ids(edited(WEEK, [edit(EditKind.MOVE, "c", before="a")])) == ["c", "a", "b", "other"]
    assert ids(edited(WEEK, [edit(EditKind.MOVE, "a")])) == ["b", "other", "c", "a"]


def test_where_the_item_in_front_of_which_it_was_put_has_gone_it_comes_last() -> None:
    assert ids(edited(week(A, B), [edit(EditKind.MOVE, "a", before="gone")])) == ["b", "a"]


def test_rewording_changes_one_language_and_counts_as_checked() -> None:
    found = edited(WEEK, [edit(EditKind.REWORD, "a", words={"en": "In other words."})]).items[0]
    assert found.words == {"en": "In other words.", "uk": A.words["uk"]}
    assert found.checked


def test_our_reading_stands_beside_the_words() -> None:
    found = edited(WEEK, [edit(EditKind.READING, "a", words={"en": "We think."})]).items[0]
    assert (found.words, found.reading, found.checked) == (A.words, {"en": "We think."}, True)


def test_only_what_an_editor_touched_counts_as_checked() -> None:
    found = edited(WEEK, [edit(EditKind.CHECK, "b")])
    assert [one.item_id for one in found.items if one.checked] == ["b"]


def test_a_cell_whose_item_is_dropped_says_that_it_cannot_judge() -> None:
    shown = week(item("line", Section.LINE), A)
    (cell,) = edited(shown, [edit(EditKind.DROP, "line")]).matrix.cells
    assert (cell.state, cell.item_id, cell.days) == (CellState.WEAK_TAG, None, None)
    assert edited(shown, [edit(EditKind.DROP, "a")]).matrix == shown.matrix


def test_a_second_draft_keeps_the_edits_of_items_that_are_still_there() -> None:
    edits = [edit(EditKind.DROP, "b"), edit(EditKind.REWORD, "a", words={"en": "Mine."})]
    second = week(item("new"), A)
    assert [one.words["en"] for one in edited(second, edits).items] == ["Tokyo says new.", "Mine."]
    assert [one.item_id for one in stranded(second, edits)] == ["b"]


def test_items_are_numbered_in_the_order_in_which_they_are_read() -> None:
    assert [one.item_id for one in numbered(WEEK).values()] == ["a", "b", "c", "other"]
    assert list(numbered(WEEK)) == [1, 2, 3, 4]


edits = st.lists(
    st.builds(
        Edit,
        kind=st.sampled_from(list(EditKind)),
        item_id=st.sampled_from(["a", "b", "c", "other", "gone"]),
        words=st.just({"en": "x"}),
        before=st.sampled_from(["", "a", "b", "c", "other", "gone"]),
    ),
    max_size=8,
)


@given(edits)
def test_edits_lose_nothing_but_what_was_dropped(given_edits: list[Edit]) -> None:
    dropped = {one.item_id for one in given_edits if one.kind is EditKind.DROP}
    found = edited(WEEK, given_edits)
    assert set(ids(found)) == set(ids(WEEK)) - dropped
    assert len(ids(found)) == len(set(ids(found)))
