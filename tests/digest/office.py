"""An office that publishes the digest: a real store, a clock that only a test moves, and a mail server that is told."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import editions, posting
from pipeline.digest.due import Due
from pipeline.domain import Digest, Handover, Item, Letter, Receipt, Section
from pipeline.poll.parsers import Parsers
from pipeline.services import Services
from pipeline.settings import Settings, load
from pipeline.shapes import DigestSettings
from pipeline.storage.store import Store
from tests.digest.weeks import LIST_ID, SECRET, SENDER, item, week
from tests.factories import entry, feed_state, record
from tests.fakes import Clock
from tests.house import migrated

FRIDAY = datetime.fromisoformat("2026-05-15T13:00+00:00")
SUNDAY = datetime.fromisoformat("2026-05-17T15:00+00:00")
MONDAY = datetime.fromisoformat("2026-05-18T05:00+00:00")
DESK = "editor@stancewatch.example"


@cache
def _settings() -> Settings:
    return load({})


@dataclass
class Office:
    """``items`` are what the week holds when it is put together; ``says`` how the server answers an address."""

    folder: Path
    database_url: str = ""
    clock: Clock = field(default_factory=lambda: Clock(at=MONDAY))
    items: tuple[Item, ...] = (item("turn", Section.SHIFTED), item("step"))
    says: dict[str, Handover] = field(default_factory=dict)
    posted: list[Letter] = field(default_factory=list)
    built: list[Due] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings: Settings = replace(
            _settings(),
            var_dir=self.folder,
            public_url="https://watch.example",
            secret_key=SECRET,
            feeds=(),
        )
        self.listed("in@house.example", {"address": "out@ministry.example", "list": "external"}, desk=[DESK])
        self.store = Store(self.database_url) if self.database_url else migrated(self.folder / "office.db")
        record(self.store, feed_state(), [entry(seen_at=MONDAY - timedelta(days=6))])

    def listed(self, *subscribers: Any, **over: Any) -> None:
        """Write config/digest.yaml anew."""
        known = {"sender": SENDER, "list_id": LIST_ID, "desk": [DESK], "subscribers": list(subscribers)}
        self.settings = replace(self.settings, digest=DigestSettings.model_validate(known | over))

    @property
    def services(self) -> Services:
        return Services(
            settings=self.settings,
            store=self.store,
            fetch=lambda *_: None,
            parsers=Parsers(0),
            tagger=lambda: NotImplemented,
            post=lambda _: NotImplemented,
            deliver=self._deliver,
            now=self.clock,
            holder="office",
        )

    def publish(self, at: datetime | None = None) -> Counter[str]:
        """Make one pass of what `flows.digest` does, at a time."""
        if at:
            self.clock.at = at
        return editions.write(self.services, self._put_together) + posting.send(self.services)

    def _put_together(self, _: Services, wanted: Due) -> Digest:
        self.built.append(wanted)
        return week(*self.items, week=wanted.week, since=wanted.since, until=wanted.until)

    def _deliver(self, letter: Letter) -> Receipt:
        handover = self.says.get(letter.address, Handover.TAKEN)
        if handover in {Handover.TAKEN, Handover.UNKNOWN}:
            self.posted.append(letter)
        return Receipt(handover=handover, error="" if handover is Handover.TAKEN else f"the server says {handover}")

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails that one address has got."""
        return [parsed(one) for one in self.posted if one.address == address]


def parsed(letter: Letter) -> EmailMessage:
    """Read a mail as its reader's program does."""
    found: Any = message_from_bytes(letter.raw, policy=SMTP)
    return found  # type: ignore[no-any-return]


def text(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())
