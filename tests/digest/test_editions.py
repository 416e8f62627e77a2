"""Drafts for the desk, an editor's work on them, and who gets the issue."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import editing
from pipeline.domain import Actor, EditKind, Handover, LetterKind, RefusalError, Review, Section
from tests.digest.office import DESK, FRIDAY, MONDAY, SUNDAY, Office, text
from tests.digest.weeks import item

IN, OUT = "in@house.example", "out@ministry.example"
HOUR = timedelta(hours=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = Office(tmp_path)
    yield built
    built.store.close()


def change(office: Office, kind: EditKind, number: int, given: str = "", lang: str = "") -> None:
    editing.change(office.services, editing.edition(office.services, None), kind, number, given, lang)


def approve(office: Office, initials: str = "AB") -> None:
    editing.approve(office.services, editing.edition(office.services, None), initials)


# --- drafts ---


def test_the_desk_gets_a_draft_on_friday_and_another_on_sunday_each_once(office: Office) -> None:
    for at in (FRIDAY - HOUR, FRIDAY, FRIDAY + HOUR, SUNDAY, SUNDAY + HOUR):
        office.publish(at)
    drafts = office.to(DESK)
    assert [mail["Subject"][:9] for mail in drafts] == ["[Draft 1]", "[Draft 2]"]
    assert [one.until for one in office.built] == [FRIDAY, SUNDAY]
    assert {one.address for one in office.posted} == {DESK}


def test_a_draft_that_comes_late_is_cut_off_when_it_was_due(office: Office) -> None:
    office.publish(FRIDAY + 5 * HOUR)
    assert office.built[0].until == FRIDAY


def test_a_second_draft_keeps_the_edits_of_what_is_still_there(office: Office) -> None:
    office.publish(FRIDAY)
    change(office, EditKind.REWORD, 1, "In our words.", "en")
    change(office, EditKind.DROP, 2)
    office.items = (item("turn", Section.SHIFTED), item("later"))
    office.publish(SUNDAY)
    one = editing.edition(office.services, None)
    assert [it.words["en"] for it in editing.items(one).values()] == ["In our words.", "Tokyo says later."]
    assert [edit.item_id for edit in editing.without_effect(one)] == ["step"]
    assert "In our words." in text(office.to(DESK)[1])


def test_what_was_approved_on_friday_is_not_drafted_again(office: Office) -> None:
    office.publish(FRIDAY)
    approve(office)
    office.publish(SUNDAY)
    office.publish(MONDAY)
    assert len(office.built) == 1
    assert office.store.editions.one("2026-W20").until == FRIDAY  # type: ignore[union-attr]
    assert len(office.to(DESK)) == 1


def test_the_next_edition_begins_where_an_approved_one_was_cut_off(office: Office) -> None:
    office.publish(SUNDAY)
    approve(office)
    office.publish(MONDAY)
    office.publish(FRIDAY + timedelta(days=7))
    assert office.built[-1].since == SUNDAY


# --- the issue ---


def test_an_approved_edition_goes_to_everybody_once_with_the_editors_initials(office: Office) -> None:
    office.publish(SUNDAY)
    approve(office, "NB")
    office.publish(SUNDAY + HOUR)
    assert office.to(IN) == []
    for hours in range(3):
        office.publish(MONDAY + hours * HOUR)
    for address in (IN, OUT):
        (mail,) = office.to(address)
        assert "NB" in text(mail)
        assert mail["To"] == address
    assert len(office.to(DESK)) == 1


def test_without_approval_the_house_gets_it_marked_and_the_editor_is_told_once(office: Office) -> None:
    office.publish(SUNDAY)
    for hours in range(3):
        office.publish(MONDAY + hours * HOUR)
    (mail,) = office.to(IN)
    assert "not reviewed" in text(mail).lower() or "unreviewed" in text(mail).lower()
    assert office.to(OUT) == []
    (_, notice) = office.to(DESK)
    assert notice["Subject"].startswith("Not reviewed")
    assert "(1) gets it marked" in text(notice)
    assert "(1) gets nothing" in text(notice)


def test_an_unreviewed_issue_covers_the_whole_week(office: Office) -> None:
    office.publish(SUNDAY)
    office.publish(MONDAY)
    assert office.built[-1].until == MONDAY - 8 * HOUR


def test_an_approval_that_comes_later_lets_it_out_then_and_the_house_gets_nothing_twice(office: Office) -> None:
    office.publish(MONDAY)
    change(office, EditKind.DROP, 2)
    approve(office)
    office.publish(MONDAY + 2 * HOUR)
    office.publish(MONDAY + 3 * HOUR)
    (mail,) = office.to(OUT)
    assert "AB" in text(mail)
    assert "Tokyo says step." not in text(mail)
    assert len(office.to(IN)) == 1


def test_each_reader_gets_their_language_and_actors(office: Office) -> None:
    office.listed({"address": IN, "lang": "uk", "actors": ["JP"]}, desk=[])
    office.items = (item("turn", Section.SHIFTED), replace(item("step"), actor=Actor.KR))
    office.publish(MONDAY)
    (mail,) = office.to(IN)
    assert "Токіо каже turn." in text(mail)
    assert "каже step." not in text(mail)


def test_a_week_that_nobody_watched_has_no_issue(office: Office) -> None:
    office.publish(MONDAY - timedelta(days=60))
    assert office.posted == []


def test_whoever_is_added_later_gets_the_week_as_it_was_put_together(office: Office) -> None:
    office.publish(MONDAY)
    office.items = (item("another"),)
    office.listed(IN, "new@house.example")
    office.publish(MONDAY + timedelta(days=1))
    first, later = text(office.to(IN)[0]), text(office.to("new@house.example")[0])
    assert [row for row in first.splitlines() if "says" in row] == [row for row in later.splitlines() if "says" in row]


def test_with_nobody_listed_one_copy_is_for_the_desk(office: Office) -> None:
    office.listed(desk=[])
    office.publish(MONDAY)
    assert [one.address for one in office.posted] == ["desk@localhost"]


# --- the editor ---


def test_words_of_the_editors_own_are_wanted_in_both_languages(office: Office) -> None:
    office.publish(FRIDAY)
    change(office, EditKind.REWORD, 1, "In our words.", "en")
    with pytest.raises(RefusalError, match="item 1 has a reword in en only; say it in uk"):
        approve(office)
    change(office, EditKind.REWORD, 1, "Нашими словами.", "uk")
    approve(office)


def test_an_approved_edition_is_not_changed_until_the_approval_is_taken_back(office: Office) -> None:
    office.publish(FRIDAY)
    approve(office)
    with pytest.raises(RefusalError, match="`undo` takes the approval back"):
        change(office, EditKind.DROP, 1)
    with pytest.raises(RefusalError, match="AB has approved it"):
        approve(office)
    editing.undo(office.services, editing.edition(office.services, None))
    change(office, EditKind.DROP, 1)
    assert len(editing.items(editing.edition(office.services, None))) == 1


def test_what_was_sent_cannot_be_taken_back(office: Office) -> None:
    office.publish(FRIDAY)
    approve(office)
    office.publish(MONDAY)
    with pytest.raises(RefusalError, match="has been sent"):
        editing.undo(office.services, editing.edition(office.services, None))


def test_undo_takes_back_the_last_change_first(office: Office) -> None:
    office.publish(FRIDAY)
    change(office, EditKind.CHECK, 1)
    change(office, EditKind.DROP, 2)
    one = editing.undo(office.services, editing.edition(office.services, None))
    assert [edit.kind for edit in one.edits] == [EditKind.CHECK]
    editing.undo(office.services, one)
    with pytest.raises(RefusalError, match="nothing to take back"):
        editing.undo(office.services, editing.edition(office.services, None))


def test_two_editors_do_not_overwrite_each_other(office: Office) -> None:
    office.publish(FRIDAY)
    seen = editing.edition(office.services, None)
    change(office, EditKind.DROP, 2)
    with pytest.raises(RefusalError, match="changed meanwhile"):
        editing.approve(office.services, seen, "AB")
    office.publish(SUNDAY)
    assert office.store.editions.one("2026-W20").review is Review.DRAFT  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "number", "given", "match"),
    [
        (EditKind.DROP, 3, "", "the items are 1 to 2"),
        (EditKind.MOVE, 1, "2", "own section"),
        (EditKind.MOVE, 1, "1", "another one"),
        (EditKind.MOVE, 1, "up", "number of the item"),
        (EditKind.REWORD, 1, "  ", "say what it is to say"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_mend(
    office: Office, kind: EditKind, number: int, given: str, match: str
) -> None:
    office.publish(FRIDAY)
    with pytest.raises(RefusalError, match=match):
        change(office, kind, number, given, "en")
    assert editing.edition(office.services, None).edits == ()


def test_without_a_draft_there_is_nothing_to_edit(office: Office) -> None:
    with pytest.raises(RefusalError, match="no draft yet"):
        editing.edition(office.services, None)
    with pytest.raises(RefusalError, match="2026-W19"):
        editing.edition(office.services, "2026-W19")


@pytest.mark.parametrize("initials", ["", "A", "A B", "a very long name"])
def test_an_approval_is_signed(office: Office, initials: str) -> None:
    office.publish(FRIDAY)
    with pytest.raises(RefusalError, match="initials"):
        approve(office, initials)


# --- delivery ---


def test_what_the_server_puts_off_comes_later_as_it_was(office: Office) -> None:
    office.says = {IN: Handover.LATER}
    office.publish(MONDAY)
    name = next(iter(office.store.letters.addressed(LetterKind.DIGEST, "2026-W20")))
    office.says = {}
    assert office.publish(MONDAY + timedelta(minutes=1))["sent"] == 0
    assert office.publish(MONDAY + HOUR)["sent"] == 1
    assert name == IN
    assert len(office.to(IN)) == 1


def test_what_may_have_been_taken_is_sent_again_byte_for_byte(office: Office) -> None:
    office.says = {IN: Handover.UNKNOWN}
    office.publish(MONDAY)
    office.says = {}
    office.publish(MONDAY + HOUR)
    first, again = [one for one in office.posted if one.address == IN]
    assert (first.raw, first.message_id) == (again.raw, again.message_id)


def test_a_closed_server_ends_the_pass_and_the_next_finds_everything(office: Office) -> None:
    office.listed(*(f"{n}@house.example" for n in range(5)), desk=[])
    office.says = {f"{n}@house.example": Handover.CLOSED for n in range(5)}
    assert office.publish(MONDAY) == {"failed": 1}
    office.says = {}
    assert office.publish(MONDAY + HOUR)["sent"] == 5


def test_a_mailbox_that_is_refused_three_weeks_in_a_row_gets_no_more(office: Office) -> None:
    office.says = {IN: Handover.BOUNCED}
    for weeks in range(5):
        office.publish(MONDAY + timedelta(weeks=weeks))
        office.publish(MONDAY + timedelta(weeks=weeks, hours=1))
    with_letters = [w for w in range(20, 25) if IN in office.store.letters.addressed(LetterKind.DIGEST, f"2026-W{w}")]
    assert with_letters == [20, 21, 22]


def test_what_could_not_be_delivered_in_five_days_is_given_up(office: Office) -> None:
    office.says = {IN: Handover.LATER}
    office.publish(MONDAY)
    office.says = {}
    office.publish(MONDAY + timedelta(days=5))
    assert office.to(IN) == []
