"""An invented week as a digest, and mails about it; name only what a test is about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline.domain import (
    Actor,
    Cell,
    CellState,
    Citation,
    Column,
    Digest,
    Item,
    Letter,
    LetterKind,
    Matrix,
    Rendered,
    Section,
    Subscriber,
    Voice,
)

SENDER, LIST_ID = "Stancewatch <digest@stancewatch.example>", "weekly.stancewatch.example"
NOW = datetime(2026, 5, 18, 5, 0, tzinfo=UTC)
SECRET = "a secret of tests, as long as it has to be"


def item(item_id: str, section: Section = Section.STEPS, **over: Any) -> Item:
    return replace(
        Item(
            item_id=item_id,
            section=section,
            actor=Actor.JP,
            voice=Voice.GOVERNMENT,
            words={"en": f"Tokyo says {item_id}.", "uk": f"Токіо каже {item_id}."},
            evidence=(citation(item_id),),
        ),
        **over,
    )


def citation(name: str) -> Citation:
    return Citation(
        article_id=name,
        title=f"見出し {name}",
        lang="ja",
        gloss=None,
        outlet="Outlet",
        at=NOW,
        url=f"https://outlet.example/{name}",
    )


def week(*items: Item, **over: Any) -> Digest:
    row, column = (Actor.JP, Voice.GOVERNMENT), Column.SUPPORT
    shown = next((one for one in items if one.section is Section.LINE), None)
    state = CellState.STATED if shown else CellState.NOTHING
    cell = Cell(
        actor=row[0], voice=row[1], column=column, state=state, days=3, item_id=shown.item_id if shown else None
    )
    return replace(
        Digest(
            week="2026-W20",
            since=datetime(2026, 5, 10, 21, tzinfo=UTC),
            until=datetime(2026, 5, 17, 21, tzinfo=UTC),
            items=items,
            matrix=Matrix(rows=(row,), columns=(column,), cells=(cell,)),
            standings=(),
            calendar=(),
        ),
        **over,
    )


def rendered(**over: Any) -> Rendered:
    return replace(
        Rendered(
            subject="East Asia on Ukraine, week 2026-W20",
            text="政府、決定。\nhttps://outlet.example/1\n",
            html='<p>政府、決定。</p><a href="https://outlet.example/1">1</a>',
            images=(),
        ),
        **over,
    )


def letter(number: int = 1, **over: Any) -> Letter:
    return replace(
        Letter(
            message_id=f"<digest.2026-W20.{number}@{LIST_ID}>",
            kind=LetterKind.DIGEST,
            week="2026-W20",
            address=f"{number}@ministry.example",
            raw=f"To: {number}@ministry.example\r\nSubject: week\r\n\r\nText {number}.\r\n".encode(),
            created_at=NOW,
        ),
        **over,
    )


def person(**over: Any) -> Subscriber:
    return replace(Subscriber(address="aide@ministry.example"), **over)
