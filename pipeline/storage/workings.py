"""The tables about the work itself: who is at it, when it last went well, and where the detection goes on from."""

from sqlalchemy import JSON, Column, Float, Integer, String, Table

from pipeline.storage.columns import Instant, metadata

leases = Table(
    "leases",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(100), nullable=False),
    Column("until", Instant, nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("verb", String(32), primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("succeeded_at", Instant, comment="the last end of a pass that did not fail"),
    Column("seconds", Float, comment="how long that pass took"),
    Column("begun", Integer, nullable=False),
    Column("succeeded", Integer, nullable=False),
    Column("busy", Integer, nullable=False, comment="passes that found another one at work"),
    Column("totals", JSON, nullable=False, comment="sums of what all passes counted, by name"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("name", String(100), primary_key=True, comment="of a series; empty: of all together"),
    Column("token", String(32), nullable=False, comment="of the pass that wrote it: another pass writes only on this"),
    Column("content", JSON, comment="null: the pass that looks at everything is under way, or died"),
)
