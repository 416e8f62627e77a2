"""
The tables. A column's comment says what its name does not; ids are stable, so that writing twice is writing once.

The migrations make them (``migrations/versions``); a test holds the two together.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from pipeline.storage import columns, deeds, workings
from pipeline.storage.columns import Instant, Words

metadata, _id = columns.metadata, columns.identifier
leases, passes, checkpoints = workings.leases, workings.passes, workings.checkpoints
NEXT_REVISION = "(SELECT coalesce(max(a.revision), 0) + 1 FROM articles AS a)"
"""One writer at a time: the number is given and seen in order."""

silences, acknowledgements, corrections = deeds.silences, deeds.acknowledgements, deeds.corrections

feeds = Table(
    "feeds",
    metadata,
    Column("feed", String(200), primary_key=True, comment="the name in feeds.yaml"),
    Column("etag", Text, comment="byte for byte as the server sent it, quotes included"),
    Column("last_modified", Text, comment="byte for byte as the server sent it"),
    _id("body_sha256"),
    Column("whole_at", Instant, comment="last asked without conditions, to see whether 304 is honest"),
    Column("liar", Boolean, nullable=False, comment="said 304 though its body had changed: asked in full"),
    Column("moved_url", Text, comment="where permanent redirects led the last moved_times times"),
    Column("moved_times", Integer, nullable=False),
    Column("fresh_s", Float, nullable=False, comment="how long the server calls an answer fresh, in seconds"),
    Column("rhythm", String(168), nullable=False, comment="entries of 28 days by hour of the week, base 36"),
    Column("newest_at", Instant, comment="the newest item's own date, or when it was seen"),
    Column("failures", Float, nullable=False, comment="weighted, since the last success; temporary ones count 0.25"),
    Column("outcome", String(32)),
    Column("detail", Text, nullable=False),
    Column("polled_at", Instant),
    Column("succeeded_at", Instant),
    Column("next_poll_at", Instant),
)

marks = Table(
    "marks",
    metadata,
    Column("feed", String(200), primary_key=True),
    _id("frame", nullable=False, comment="digest of the last document without its items"),
    Column("encoding", String(64), nullable=False),
    Column("items", JSON, nullable=False, comment="digest of each item -> its entry"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("feed", String(200), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("started_at", Instant, primary_key=True),
    Column("ended_at", Instant),
    Column("detail", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    _id("entry_id", primary_key=True),
    Column("feed", String(200), nullable=False),
    Column("guid", Words, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False, comment="emptied when the feed's terms end its keeping"),
    Column("lang", String(16), nullable=False),
    Column("source", Text, comment="the item's own <source>, as a search feed prints it"),
    Column("published_at", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Column("history", Boolean, nullable=False, comment="published before we watched: builds series, never alerts"),
    _id("text_sha256", nullable=False, comment="of title and lead: tells an edit, also after the lead is gone"),
    _id("article_id", comment="null until dedup has seen this entry"),
    Column("forgotten_at", Instant, comment="since when its text is deleted on request; null: it is not"),
    Index(None, "article_id"),
    Index(None, "seen_at"),
    Index(None, "feed", "seen_at"),
)

versions = Table(
    "versions",
    metadata,
    _id("entry_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

articles = Table(
    "articles",
    metadata,
    _id("article_id", primary_key=True),
    _id("story_id", nullable=False),
    Column("source", Text, nullable=False),
    Column("url", Text, nullable=False, comment="as the outlet gave it"),
    Column("lang", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("published_at", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("history", Boolean, nullable=False),
    _id("tagged_by", comment="the model version of its tag; null or older: to be tagged"),
    _id("copy_id", nullable=False, server_default=text("''"), comment="first of its near-copies"),
    Column("origin", Text, nullable=False, server_default=text("''"), comment="the outlet that it rests on"),
    Column("happened_at", Instant, comment="published_at, else seen_at"),
    Column("gathered", Boolean, nullable=False, server_default=false(), comment="its copies and its story are known"),
    Column(
        "comparable",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="its copies hold enough of the field to be compared with other outlets' reports",
    ),
    Column("claimed_by", String(100), comment="the worker that is tagging it"),
    Column("claimed_until", Instant),
    Column("forgotten_at", Instant, comment="since when its text is deleted on request; null: it is not"),
    Column(
        "revision",
        Integer,
        nullable=False,
        server_default=text("0"),
        onupdate=text(f"CASE WHEN articles.tagged_by IS NULL THEN articles.revision ELSE {NEXT_REVISION} END"),
        comment="grows with every change of what is tagged, over all articles: what changed since a look",
    ),
    Index(None, "copy_id"),
    Index(None, "story_id"),
    Index(None, "happened_at"),
    Index(None, "gathered"),
    Index(None, "seen_at"),
    Index(None, "tagged_by"),
    Index(None, "forgotten_at"),
    Index(None, "revision"),
)

regroupings = Table(
    "regroupings",
    metadata,
    _id("article_id", primary_key=True),
    Column("at", Instant, primary_key=True),
    _id("story_before", nullable=False, comment="of an article whose story had been told: stories merge and split"),
    _id("story_after", nullable=False),
)

links = Table(
    "links",
    metadata,
    _id("story_id", primary_key=True),
    _id("other_id", primary_key=True, comment="the earlier story"),
    Column("kind", String(16), primary_key=True),
    Column("seen_at", Instant, nullable=False),
)

alterations = Table(
    "alterations",
    metadata,
    _id("entry_id", primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, comment="the version that was removed, or that replaced another"),
    Column("seen_at", Instant, nullable=False),
)

tags = Table(
    "tags",
    metadata,
    Column("article_id", String(64), ForeignKey("articles.article_id"), primary_key=True),
    _id("model", primary_key=True),
    Column("relevant", Boolean, nullable=False),
    Column("relevance", Float, nullable=False),
    Column("positions", JSON, nullable=False, comment="list of positions with whole distributions, main one first"),
    Column("tracks", JSON, nullable=False),
)

shifts = Table(
    "shifts",
    metadata,
    _id("shift_id", primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("actor", String(2), nullable=False),
    Column("balance", String(16)),
    Column("direction", String(8), nullable=False),
    Column("act", String(16)),
    Column("tracks", JSON, nullable=False),
    Column("onset_at", Instant, nullable=False),
    Column("detected_at", Instant, nullable=False),
    Column("before", Float),
    Column("after", Float),
    Column("stories_before", Integer, nullable=False),
    Column("stories_after", Integer, nullable=False),
    Column("certainty", Float, nullable=False),
    Column("false_alarms_per_quarter", Float, comment="the rate it was raised at, over all series together"),
    Column("confirmed", Boolean, nullable=False),
    Column("history", Boolean, nullable=False),
    Column("words", Text, nullable=False),
    Column("voice", String(16), nullable=False, server_default=text("'government'")),
    Column("track", String(32), comment="of a series on one track; null: the whole balance"),
    _id("model", nullable=False, server_default=text("''"), comment="the model whose tags it was found in"),
    Column("onset_from", Instant, comment="nine times in ten the onset lies between these two"),
    Column("onset_until", Instant),
    Column("size_low", Float, comment="nine times in ten the change of the balance lies between these two"),
    Column("size_high", Float),
    Column("rests_on", Integer, comment="without so many of its weightiest stories it would not have been found"),
    Column("held", String(16), comment="what of our own pipeline may explain it, while it may"),
    Column("withdrawn_at", Instant, comment="since when it is found no more; null: it stands"),
    Column("withdrawn_why", Text, nullable=False, server_default=text("''")),
    Index(None, "detected_at"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("shift_id", String(64), ForeignKey("shifts.shift_id"), primary_key=True),
    _id("story_id", primary_key=True),
    _id("article_id", nullable=False),
    Column("stance", String(16), nullable=False),
    Column("influence", Float, nullable=False),
    Column("gloss", JSON, nullable=True, comment="our line about the position, en and uk"),
)

notifications = Table(
    "notifications",
    metadata,
    _id("key", primary_key=True, comment="hash of shift, route and what it tells: unique, so nothing is said twice"),
    Column("shift_id", String(64), ForeignKey("shifts.shift_id"), comment="null: a message about many, or about none"),
    Column("route", String(100), nullable=False),
    Column("channel", String(100), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("state", String(16), nullable=False, comment="of NotificationState, or held"),
    Column("text", Text, nullable=False),
    Column("blocks", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, comment="the next attempt's time"),
    Column("sent_at", Instant),
    Column("ts", String(64), comment="the message's id in Slack"),
    Column("error", Text),
    Column("operation", String(8), nullable=False, server_default=text("'post'"), comment="post, update or reply"),
    _id("matter", nullable=False, server_default=text("''"), comment="key of the first message about it"),
    Column("told", JSON, comment="names of the developments that it tells"),
    Column("doubted_at", Instant, comment="first attempt without a clear answer: look before saying it again"),
    Column("severity", String(1), comment="A, B or C; null: decided before there were any"),
    Index(None, "state"),
    Index(None, "matter"),
)
