"""What a flow may touch: the store, four doors as callables, and the clock. Types only; `bootstrap` fills them."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Protocol

from pipeline.alert.decide import Policy
from pipeline.alert.wording import Capital
from pipeline.dedup import match
from pipeline.dedup.fingerprint import Fingerprint, fingerprint
from pipeline.dedup.origin import SourceIndex
from pipeline.dedup.report import Happenings, Report, report
from pipeline.domain import (
    Acknowledgement,
    Actor,
    Article,
    Confusion,
    Delivery,
    Feed,
    FeedState,
    Fetched,
    Gloss,
    Letter,
    Notification,
    Position,
    Receipt,
    Silence,
    Source,
    Tag,
    Text,
)
from pipeline.language.concepts import Concepts
from pipeline.poll.parsers import Parsers
from pipeline.settings import Settings
from pipeline.storage.store import Store

FINGERPRINTS, REPORTS = 16_384, 8_192

Counts = dict[str, int]
Asked = Sequence[tuple[Feed, FeedState]]


class Tagger(Protocol):
    """A model that tags texts in batches; a protocol, since the real one brings seconds of imports."""

    @property
    def version(self) -> str:
        """The model version that its tags carry."""
        ...

    def tag(self, texts: Sequence[Text]) -> list[Tag]:
        """Return one tag for every text, in order."""
        ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """What a flow may touch: the store, four doors as callables, and the clock. Built by `pipeline.bootstrap`."""

    settings: Settings
    store: Store
    fetch: Callable[[Asked, datetime, Callable[[Fetched], None]], None]
    parsers: Parsers
    tagger: Callable[[], Tagger]
    post: Callable[[Notification], Delivery]
    deliver: Callable[[Letter], Receipt]
    now: Callable[[], datetime]
    holder: str
    wait: Callable[[float], None] = time.sleep
    hang_up: Callable[[], None] = lambda: None
    """Ends the connection that mails went over."""
    confusion: Callable[[], Confusion | None] = lambda: None
    """What errors of the current model are known; a default, since few tests have a model with any."""
    gloss: Callable[[Article, Position], Gloss | None] = lambda _article, _position: None
    """Our line about a position that a person gave an article; a default, since few tests have concepts."""

    def close(self) -> None:
        """Let go of the database and of what runs beside this process."""
        self.hang_up()
        self.parsers.close()
        self.hang_up()
        self.store.close()

    def policy(self, silences: Iterable[Silence] = (), taken: Iterable[Acknowledgement] = ()) -> Policy:
        """Return what decisions on alerts rest on, beside shifts and routes: what people silenced and took on, too."""
        owned = frozenset(one.shift_id for one in taken)
        return Policy(rubric=self.settings.rubric, silences=tuple(silences), sources=self.sources, owned=owned)

    @property
    def names(self) -> Mapping[Actor, str]:
        """The actors' English names."""
        return {actor: known.labels["en"] for actor, known in self.settings.actors.items()}

    @property
    def capitals(self) -> Mapping[Actor, Capital]:
        """The actors' capitals, with their clocks."""
        return {a: Capital(name=known.capital.en, zone=known.timezone) for a, known in self.settings.actors.items()}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Outlets by name and alias."""
        return match.by_name(self.settings.sources)

    @cached_property
    def origins(self) -> SourceIndex:
        """Where outlets are looked up by link and in running text."""
        return SourceIndex(self.settings.sources)

    @cached_property
    def fingerprint(self) -> Callable[[Article], Fingerprint]:
        """What makes of an article what copies are told by; remembers the last ones."""
        names = frozenset(self.sources)
        remembered = lru_cache(maxsize=FINGERPRINTS)(lambda title, lead: fingerprint(match.bare(title, names), lead))
        return lambda article: remembered(article.title, article.lead)

    @cached_property
    def report(self) -> Callable[[Article], Report]:
        """What makes of an article what stories are compared by; remembers the last ones."""
        concepts, known = Concepts(self.settings.concepts), self.settings.happenings
        happenings = Happenings(known.concepts, known.often)
        remembered = lru_cache(maxsize=REPORTS)(lambda article: report(article, concepts, happenings))
        return lambda article: remembered(replace(article, copy_id="", story_id="", origin=""))
