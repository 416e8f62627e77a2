"""
Two memories to which the same happens: one looks from its checkpoints, the other always at everything.

What happens is written straight into the store, as the stages before the detection would.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from pipeline import flows
from pipeline.alert.deeds import settled
from pipeline.domain import (
    Actor,
    Confusion,
    Correction,
    Incident,
    IncidentKind,
    Link,
    LinkKind,
    Person,
    ReportedShift,
    Stance,
    TaggedArticle,
    Track,
    Verdict,
)
from pipeline.shapes import DetectSettings
from pipeline.storage import tables as t
from tests.factories import NOW, article, position, shift, tag
from tests.house import House, house

OFTEN = DetectSettings(false_alarms_per_quarter=2_000, min_stories=4, track_stories_per_week=1)
"""Settings at which a few stories make an alarm."""
STANCES = {"+": Stance.SUPPORTIVE, "0": Stance.HEDGING, "-": Stance.OPPOSING}
OUTLETS = "Wire", "Daily", "Cabinet"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Twins:
    """The two; ``told`` are their articles by number, as they were first told."""

    homes: tuple[House, House]
    told: list[TaggedArticle]
    model: str = "model-1"
    deeds: int = 0
    short: int = 0

    def look(self) -> list[flows.Counts]:
        """Look for shifts in both; what the first one counted, and the second."""
        self.homes[1].store.checkpoints.clear()
        found = [flows.detect(home.services) for home in self.homes]
        self.short += found[0].pop("short", 0)
        return found

    def record(self) -> list[Any]:
        """What is recorded: every shift, every piece of evidence, every link."""
        return [_rows(home) for home in self.homes]

    def wait(self, **units: float) -> None:
        for home in self.homes:
            home.clock.forward(**units)

    def tell(self, marks: str, *, every: timedelta = 8 * HOUR, actor: Actor = Actor.KR, **over: Any) -> None:
        """Tell one story for each of some marks (``+0-``), and wait in between."""
        first = len(self.told)
        for mark in marks:
            self.wait(seconds=every.total_seconds())
            self._told(mark, actor=actor, **over)
        self._write(self.told[first:])

    def one(self, mark: str = "+", **over: Any) -> int:
        """Tell one article now, published some time ``ago``, of its own story or of that of another; its number."""
        self._told(mark, **over)
        self._write(self.told[-1:])
        return len(self.told) - 1

    def _told(
        self,
        mark: str,
        *,
        actor: Actor = Actor.KR,
        ago: timedelta = HOUR,
        turns: ReportedShift = ReportedShift.NONE,
        tracks: Sequence[Track] = (Track.AID,),
        outlet: int | None = None,
        copy_of: int | None = None,
        history: bool = False,
    ) -> None:
        number, now = len(self.told), self.homes[0].clock()
        name = f"{number:05}"
        other = self.told[copy_of].article if copy_of is not None else None
        source = OUTLETS[number % 2 if outlet is None else outlet]
        one = TaggedArticle(
            article=article(
                article_id=name,
                copy_id=other.copy_id if other else name,
                story_id=other.story_id if other else name,
                source=source,
                origin=source,
                title=f"headline {name}",
                lead="",
                lang="en",
                published_at=now - ago,
                seen_at=now,
                history=history,
            ),
            tag=tag(positions=(said(mark, actor, turns),), tracks=tuple(tracks), model=self.model),
        )
        self.told.append(one)

    def _write(self, some: Sequence[TaggedArticle]) -> None:
        articles = [one.article for one in some]
        for home in self.homes:
            known = home.store.articles
            known.record([(one.article_id, one) for one in articles])
            known.gather(articles, {one.copy_id for one in articles}, [], home.clock())
            known.record_tags({one.article.article_id: one.tag for one in some})

    def retag(self, number: int, **over: Any) -> None:
        """Tag an article otherwise, as after an edit or with another model."""
        one = self.told[number]
        self.told[number] = replace(one, tag=replace(one.tag, **over))
        for home in self.homes:
            home.store.articles.record_tags({one.article.article_id: self.told[number].tag})

    def swap(self) -> None:
        """Tag everything with another model."""
        self.model = "model-2" if self.model == "model-1" else "model-1"
        for number in range(len(self.told)):
            self.retag(number, model=self.model)

    def regroup(self, number: int, into: int) -> None:
        """Put an article into another's story."""
        one, story_id = self.told[number], self.told[into].article.story_id
        moved = replace(one.article, story_id=story_id)
        self.told[number] = replace(one, article=moved)
        for home in self.homes:
            home.store.articles.gather([moved], {moved.copy_id}, [(one.article, moved)], home.clock())

    def deny(self, number: int, kind: LinkKind = LinkKind.DENIES) -> None:
        """Let a story of its own deny another."""
        link = Link(story_id=f"denial of {number}", other_id=self.told[number].article.story_id, kind=kind)
        for home in self.homes:
            home.store.articles.record_links([link], home.clock())

    def correct(self, number: int, mark: str | None = None) -> str:
        """Let a person say that a story is not relevant, or what its position is; names the deed."""
        self.deeds += 1
        one, at = self.told[number], self.homes[0].clock()
        deed = Correction(
            act_id=f"deed {self.deeds}",
            shift_id="some shift",
            article_id=one.article.article_id,
            verdict=Verdict.NOT_RELEVANT,
            author=Person(id="U1", name="anna"),
            at=at,
        )
        if mark is not None:
            of = said(mark, one.tag.positions[0].actor)
            deed = replace(deed, verdict=Verdict.WRONG_TAG, actor=of.actor, voice=of.voice, position=of)
        for home in self.homes:
            home.store.corrections.record([deed], partial(settled, head=None))
        return deed.act_id

    def undo(self, act_id: str) -> None:
        for home in self.homes:
            home.store.corrections.undo(act_id, partial(settled, head=None))

    def forget(self, outlet: int) -> None:
        for home in self.homes:
            home.store.forgotten.forget([OUTLETS[outlet]], [], home.clock())

    def fault(self, feed: str, since: timedelta, ended: timedelta | None = None) -> None:
        """Let a feed have been silent from some time ago on, and until then."""
        now = self.homes[0].clock()
        started = NOW + timedelta(days=(now - since - NOW).days)
        one = Incident(feed=feed, kind=IncidentKind.SILENT, started_at=started, ended_at=ended and now - ended)
        for home in self.homes:
            home.store.entries.record_incidents([one])

    def learn(self, confusion: Confusion | None) -> None:
        """Have the model's errors measured."""
        for home in self.homes:
            home.services = replace(home.services, confusion=lambda: confusion)

    def want(self, **over: Any) -> None:
        """Ask the detectors for something else."""
        for home in self.homes:
            wanted = home.services.settings.detect.model_copy(update=over)
            home.services = replace(home.services, settings=replace(home.services.settings, detect=wanted))


def said(mark: str, actor: Actor, turns: ReportedShift = ReportedShift.NONE) -> Any:
    return position(actor=actor, stance=STANCES[mark], reported_shift=turns)


@contextmanager
def twins(wanted: DetectSettings = OFTEN) -> Iterator[Twins]:
    with ExitStack() as stack:
        homes = [stack.enter_context(house(detect=wanted)) for _ in range(2)]
        for home in homes:  # what corrections are made on
            home.store.shifts.record([shift(shift_id="some shift", actor=Actor.KP)])
        yield Twins((homes[0], homes[1]), [])


def _rows(home: House) -> list[Any]:
    with home.store._database.read() as connection:
        return [sorted(map(repr, connection.execute(select(table)).all())) for table in (t.shifts, t.evidence, t.links)]
