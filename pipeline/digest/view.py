"""
Digest x reader -> what stands on the page, in order and in the reader's language. Pure: words and figures, no markup.

A reader's choice of actors and tracks leaves out the rest; what names no actor or no track is for everybody. How much
of the evidence is shown is a `Brevity`; what is not shown is counted, and found by the item's name.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.digest.matrix import TRACKS
from pipeline.digest.phrases import Phrases
from pipeline.domain import (
    Actor,
    Cell,
    CellState,
    Citation,
    Digest,
    Item,
    Reader,
    Section,
    Voice,
)

_SHOWN = {Section.SENTENCE: 3, Section.LINE: 1, Section.STANDING: 2, Section.DEBATE: 1, Section.CONTACTS: 4}
_OTHERWISE = 3


@dataclass(frozen=True, slots=True)
class Brevity:
    """How much is shown: characters of a headline, pieces of evidence at most, lines of a section at most."""

    title: int
    pieces: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text behind a line: its headline, our gloss, and who printed it when. ``url`` may be empty."""

    title: str
    lang: str
    gloss: str
    about: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the page: its first sentence, the rest, how far it was checked, and its evidence."""

    name: str
    lead: str
    rest: str
    mark: str
    pieces: tuple[Piece, ...]
    more: str
    reading: str
    actor: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A heading of the current line with what one voice last said or did under it."""

    column: str
    arrow: str
    entry: Entry
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voiced:
    """One voice's current line: what is told, and in a sentence each what is not."""

    who: str
    told: tuple[Told, ...]
    untold: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page: its entries by group, or the rows of the current line."""

    section: Section
    heading: str
    note: str = ""
    groups: tuple[tuple[str, tuple[Entry, ...]], ...] = ()
    rows: tuple[Voiced, ...] = ()
    more: str = ""


def shown(digest: Digest, reader: Reader) -> tuple[Item, ...]:
    """Return the items that a reader gets, in the order in which they are read."""
    order = list(Section)
    wanted = [item for item in digest.items if _wanted(reader, item.actor) and _on_track(reader, item)]
    return tuple(sorted(wanted, key=lambda item: order.index(item.section)))


def parts(digest: Digest, reader: Reader, say: Phrases, brevity: Brevity) -> tuple[Part, ...]:
    """Return the sections of a reader's page; a calendar without a date in it is left out."""
    items = shown(digest, reader)
    found = []
    for section in Section:
        here = [item for item in items if item.section is section]
        if section is Section.CALENDAR and not here:
            continue
        note, more = f"note.{section}", len(here) - brevity.lines
        found.append(
            Part(
                section=section,
                heading=say.say(f"section.{section}"),
                note=say.say(note) if say.knows(note) else "",
                groups=() if section is Section.LINE else tuple(_groups(here, say, brevity)),
                rows=tuple(_rows(digest, reader, here, say, brevity)) if section is Section.LINE else (),
                more=say.count("lines", more) if more > 0 and section is not Section.LINE else "",
            )
        )
    return tuple(found)


def _wanted(reader: Reader, actor: Actor | None) -> bool:
    return actor is None or not reader.actors or actor in reader.actors


def _on_track(reader: Reader, item: Item) -> bool:
    return not reader.tracks or not item.tracks or bool(item.tracks & reader.tracks)


def _groups(items: Sequence[Item], say: Phrases, brevity: Brevity) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    kept = items[: brevity.lines]
    ordered = sorted(kept, key=lambda item: _first(kept, item.group))
    for group, some in groupby(ordered, key=lambda item: item.group):
        yield say.say(f"group.{group}") if group else "", tuple(entry(item, say, brevity) for item in some)


def _first(items: Sequence[Item], group: str) -> int:
    return next(place for place, item in enumerate(items) if item.group == group)


def entry(item: Item, say: Phrases, brevity: Brevity) -> Entry:
    """Return an item as a line of the page."""
    words = item.words[say.lang]
    lead, stop, rest = _split(item.section, words)
    pieces = min(_SHOWN.get(item.section, _OTHERWISE), brevity.pieces)
    told = [piece(each, say, brevity) for each in item.evidence[:pieces]]
    more = len(item.evidence) - len(told)
    return Entry(
        name=item.item_id,
        lead=f"{lead}{stop.strip()}",
        rest=rest,
        mark=say.say("checked" if item.checked else "machine"),
        pieces=tuple(told),
        more=say.count("more", more) if more else "",
        reading=item.reading.get(say.lang, ""),
        actor=item.actor,
    )


def _split(section: Section, words: str) -> tuple[str, str, str]:
    """Part what a line is about, or its first sentence, from the rest: it is shown bold."""
    if section in {Section.SENTENCE, Section.LINE, Section.DEBATE}:
        return words, "", ""
    if section in {Section.WATCHING, Section.RECORD}:
        return "", "", words
    return words.partition(". " if section in {Section.SHIFTED, Section.STANDING} else ": ")


def piece(each: Citation, say: Phrases, brevity: Brevity) -> Piece:
    """Return a text behind a line as it is shown."""
    gloss = each.gloss.uk if each.gloss and say.lang == "uk" else each.gloss.en if each.gloss else ""
    about = [each.outlet, say.day(each.at), say.count("reports", each.articles) if each.articles > 1 else ""]
    return Piece(
        title=_cut(each.title or each.url, brevity.title),
        lang=each.lang,
        gloss=gloss,
        about=", ".join(part for part in about if part),
        url=each.url if each.url.startswith(("http://", "https://")) else "",
    )


def _rows(digest: Digest, reader: Reader, items: Sequence[Item], say: Phrases, brevity: Brevity) -> Iterator[Voiced]:
    """Yield the current line, voice by voice, under the headings that the reader wants."""
    by_id = {item.item_id: item for item in items}
    for actor, voice in digest.matrix.rows:
        if not _wanted(reader, actor):
            continue
        cells = [
            cell for cell in _cells(digest, actor, voice) if not reader.tracks or TRACKS[cell.column] & reader.tracks
        ]
        told = _together(
            [_told(cell, by_id[cell.item_id], say, brevity) for cell in cells if cell.item_id in by_id], say
        )
        untold = [cell for cell in cells if cell.item_id not in by_id]
        if cells:
            yield Voiced(who=say.who(actor, voice), told=told, untold=tuple(_untold(untold, say)))


def _cells(digest: Digest, actor: Actor, voice: Voice) -> list[Cell]:
    return [cell for cell in digest.matrix.cells if (cell.actor, cell.voice) == (actor, voice)]


def _told(cell: Cell, item: Item, say: Phrases, brevity: Brevity) -> Told:
    return Told(
        column=say.say(f"column.{cell.column}"),
        arrow=say.say(f"arrow.{cell.direction}"),
        entry=entry(item, say, brevity),
        note="" if cell.state is CellState.STATED else _state(cell, say),
    )


def _together(told: Iterable[Told], say: Phrases) -> tuple[Told, ...]:
    """Put headings together under which a voice's last word is the same."""
    found: dict[tuple[object, ...], Told] = {}
    for each in told:
        same = (each.arrow, each.note, replace(each.entry, name=""))
        known = found.get(same)
        if known is not None:
            name = f"{known.entry.name}, {each.entry.name}"
            column = f"{known.column}; {say.within(each.column)}"
            each = replace(each, column=column, entry=replace(each.entry, name=name))  # noqa: PLW2901
        found[same] = each
    return tuple(found.values())


def _untold(cells: Iterable[Cell], say: Phrases) -> Iterator[str]:
    """Say in a sentence for each reason why nothing is told, and under which headings."""
    by_reason: dict[str, list[str]] = {}
    for cell in cells:
        if cell.state is not CellState.NOT_ITS_OWN:
            by_reason.setdefault(_state(cell, say), []).append(say.say(f"column.{cell.column}"))
    for reason, columns in by_reason.items():
        yield f"{reason[0].upper()}{reason[1:]}: {'; '.join(columns)}."


def _state(cell: Cell, say: Phrases) -> str:
    """Say what stands in a cell instead of an act or a statement, or beside the last there was."""
    if cell.state is CellState.NOTHING:
        key = "cell.nothing" if cell.item_id else "cell.never"
        return say.say(key, days=say.count("days", cell.days or 0))
    return say.say(f"cell.{'weak_tag' if cell.state is CellState.STATED else cell.state}")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
