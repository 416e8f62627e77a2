"""The tables of the digest: editions, each mail as it is sent, and who gets them."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from pipeline.storage.columns import Instant
from pipeline.storage.tables import metadata

editions = Table(
    "editions",
    metadata,
    Column("week", String(8), primary_key=True, comment="ISO week, 2026-W20"),
    Column("until", Instant, nullable=False, comment="the cut-off: the next one begins here"),
    Column("review", String(16), nullable=False),
    Column("content", Text, nullable=False, comment="the digest before edits, as JSON"),
    Column("written_at", Instant, nullable=False),
    Column("draft", Integer, nullable=False, comment="which draft the content is; 0: none"),
    Column("initials", String(16), nullable=False),
    Column("edits", JSON, nullable=False, comment="list of edits, in the order in which they were made"),
)

letters = Table(
    "letters",
    metadata,
    Column("message_id", String(200), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("week", String(8), nullable=False),
    Column("address", String(320), nullable=False),
    Column("raw", LargeBinary, nullable=False, comment="the mail as it is sent, packed with zlib"),
    Column("shifts", JSON, nullable=False, comment="ids of the grave shifts that it tells"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, comment="the next attempt's time; while one is under way, when it is given up"),
    Column("sent_at", Instant),
    Column("error", Text),
    Index(None, "week"),
    Index(None, "state"),
    Index(None, "address"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("lang", String(8), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("actors", JSON, nullable=False),
    Column("tracks", JSON, nullable=False),
    Column("circle", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("listed", Boolean, nullable=False, comment="stands in digest.yaml; once it no longer does, it gets nothing"),
    Column("bounces", Integer, nullable=False, comment="refusals by its server in a row"),
    Column("version", Integer, nullable=False, comment="counts what the person changed; older links are void"),
    Column("changed_at", Instant, nullable=False),
)
