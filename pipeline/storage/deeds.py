"""The tables of what people did; `pipeline.storage.tables` holds all others, and these among them."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text

from pipeline.storage.columns import Instant, identifier, metadata

silences = Table(
    "silences",
    metadata,
    identifier("silence_id", primary_key=True),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("filter", JSON, nullable=False, comment="what it covers: lists by the names of Silence"),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    identifier("act_id", primary_key=True, comment="one press of a button, however often Slack tells of it"),
    Column("shift_id", String(64), ForeignKey("shifts.shift_id"), nullable=False),
    identifier("owner", nullable=False, comment="the person's id in Slack"),
    Column("owner_name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_why", String(32), comment="of Reason; null: a person ended it"),
    Index(None, "shift_id"),
)

corrections = Table(
    "corrections",
    metadata,
    identifier("act_id", primary_key=True),
    identifier("article_id", primary_key=True, comment="the correction is about the story that it tells"),
    Column("shift_id", String(64), ForeignKey("shifts.shift_id"), nullable=False),
    Column("verdict", String(16), nullable=False),
    identifier("author", nullable=False, comment="the person's id in Slack"),
    Column("author_name", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(2), comment="whose position was tagged wrongly"),
    Column("voice", String(16)),
    Column("position", JSON, nullable=True, comment="what it is instead"),
    Column("tracks", JSON, nullable=False),
    Column("state", String(16), nullable=False, comment="of CorrectionState"),
    Index(None, "shift_id"),
    Index(None, "article_id"),
)
