"""What a flow may touch: the store, four doors as callables, and the clock. Types only; `bootstrap` fills them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.dedup import match
from pipeline.domain import Actor, Delivery, Feed, FeedState, Fetched, Mail, Notification, Source, Tag, Text
from pipeline.settings import Settings
from pipeline.storage.store import Store

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
    tagger: Callable[[], Tagger]
    post: Callable[[Notification], Delivery]
    deliver: Callable[[Mail], None]
    now: Callable[[], datetime]
    holder: str

    @property
    def names(self) -> Mapping[Actor, str]:
        """The actors' English names."""
        return {actor: known.labels["en"] for actor, known in self.settings.actors.items()}

    @property
    def sources(self) -> Mapping[str, Source]:
        """Outlets by name and alias."""
        return match.by_name(self.settings.sources)
