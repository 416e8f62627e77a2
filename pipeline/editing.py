"""What an editor does to an edition: sees its items by number, changes them, approves the whole, takes it back."""

import re
from dataclasses import replace

from pipeline import editions
from pipeline.digest.edit import numbered, stranded
from pipeline.digest.kept import loaded
from pipeline.domain import LANGUAGES, Edit, Edition, EditKind, Item, LetterKind, RefusalError, Review
from pipeline.services import Services

LAST = "last"


def edition(services: Services, week: str | None) -> Edition:
    """Return a week's edition, else the newest. Raises `RefusalError` where there is none."""
    found = services.store.editions.one(week) if week else services.store.editions.latest()
    if found is None:
        raise RefusalError(f"{week or 'no week'}: there is no draft yet; the first is made on Friday 16:00")
    return found


def items(one: Edition) -> dict[int, Item]:
    """Return the items of an edition as edited, by number."""
    return numbered(editions.content(one))


def without_effect(one: Edition) -> tuple[Edit, ...]:
    """Return the edits of items that the newest draft no longer holds."""
    return stranded(loaded(one.content), one.edits)


def change(services: Services, one: Edition, kind: EditKind, number: int, given: str = "", lang: str = "") -> Edition:
    """Make one change to one item. Raises `RefusalError` for what cannot be done, and says why."""
    _open(services, one)
    there = items(one)
    item = _item(there, number)
    edit = Edit(kind=kind, item_id=item.item_id)
    if kind is EditKind.MOVE:
        edit = replace(edit, before=_before(there, item, given))
    elif kind in {EditKind.REWORD, EditKind.READING}:
        edit = replace(edit, words=_words(lang, given))
    return _written(services, one, replace(one, edits=(*one.edits, edit)))


def approve(services: Services, one: Edition, initials: str) -> Edition:
    """Approve an edition as it is; external readers get it with the next pass. Raises `RefusalError`."""
    if one.review is Review.APPROVED:
        raise RefusalError(f"{one.week}: {one.initials} has approved it")
    if not re.fullmatch(r"\w{2,8}", initials):
        raise RefusalError(f"{initials!r}: initials are two to eight letters, such as AB")
    if half := _half_said(one):
        raise RefusalError(f"{one.week}: {half}; its other readers would read what you changed")
    return _written(services, one, replace(one, review=Review.APPROVED, initials=initials))


def undo(services: Services, one: Edition) -> Edition:
    """Take back the approval, else the last change. Raises `RefusalError` where it is too late, or there is nothing."""
    if one.review is Review.APPROVED:
        if services.store.letters.addressed(LetterKind.DIGEST, one.week):
            raise RefusalError(f"{one.week}: it has been sent; what is wrong in it needs a correction")
        return _written(services, one, replace(one, review=Review.DRAFT, initials=""))
    if not one.edits:
        raise RefusalError(f"{one.week}: there is nothing to take back")
    return _written(services, one, replace(one, edits=one.edits[:-1]))


def _half_said(one: Edition) -> str:
    """Name an item that an editor put into words of their own in one language only."""
    said: dict[tuple[str, EditKind], set[str]] = {}
    for edit in one.edits:
        said.setdefault((edit.item_id, edit.kind), set()).update(edit.words or ())
    for number, item in items(one).items():
        for kind in (EditKind.REWORD, EditKind.READING):
            langs = said.get((item.item_id, kind), set())
            if missing := langs and set(LANGUAGES) - langs:
                return f"item {number} has a {kind} in {', '.join(langs)} only; say it in {', '.join(missing)}, too"
    return ""


def _open(services: Services, one: Edition) -> None:
    if one.review is Review.APPROVED:
        late = bool(services.store.letters.addressed(LetterKind.DIGEST, one.week))
        mend = "it has been sent" if late else "`undo` takes the approval back"
        raise RefusalError(f"{one.week}: {one.initials} has approved it; {mend}")


def _written(services: Services, seen: Edition, wanted: Edition) -> Edition:
    if not services.store.editions.edit(wanted, seen):
        raise RefusalError(f"{seen.week}: it was changed meanwhile, by a new draft or a colleague: look at it again")
    return wanted


def _item(there: dict[int, Item], number: int) -> Item:
    if number not in there:
        raise RefusalError(f"{number}: the items are 1 to {len(there)}; `list` shows them")
    return there[number]


def _before(there: dict[int, Item], item: Item, given: str) -> str:
    if given == LAST:
        return ""
    if not given.isdecimal():
        raise RefusalError(f"{given}: say the number of the item that it goes in front of, or `{LAST}`")
    other = _item(there, int(given))
    if other.section is not item.section or other.item_id == item.item_id:
        raise RefusalError(f"{given}: an item moves in front of another one of its own section ({item.section})")
    return other.item_id


def _words(lang: str, given: str) -> dict[str, str]:
    text = " ".join(given.split())
    if not text:
        raise RefusalError("say what it is to say; an item that is to say nothing is dropped")
    return {lang: text}
