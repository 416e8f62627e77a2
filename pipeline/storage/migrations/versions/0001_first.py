"""The first released schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("story_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False, comment="as the outlet gave it"),
        sa.Column("lang", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        sa.Column(
            "tagged_by",
            sa.String(length=64),
            nullable=True,
            comment="the model version of its tag; null or older: to be tagged",
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_articles")),
    )
    op.create_index(op.f("ix_articles_seen_at"), "articles", ["seen_at"], unique=False)
    op.create_index(op.f("ix_articles_story_id"), "articles", ["story_id"], unique=False)
    op.create_index(op.f("ix_articles_tagged_by"), "articles", ["tagged_by"], unique=False)
    op.create_table(
        "bands",
        sa.Column("band", sa.String(length=24), nullable=False, comment="hash of one band of a MinHash signature"),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_bands")),
    )
    op.create_table(
        "digests",
        sa.Column("week", sa.String(length=8), nullable=False, comment="ISO week, 2026-W20"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_digests")),
    )
    op.create_table(
        "entries",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False, comment="emptied when the feed's terms end its keeping"),
        sa.Column("lang", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=True, comment="the item's own <source>, as a search feed prints it"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "history", sa.Boolean(), nullable=False, comment="published before we watched: builds series, never alerts"
        ),
        sa.Column(
            "text_sha256",
            sa.String(length=64),
            nullable=False,
            comment="of title and lead: tells an edit, also after the lead is gone",
        ),
        sa.Column("article_id", sa.String(length=64), nullable=True, comment="null until dedup has seen this entry"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entries")),
    )
    op.create_index(op.f("ix_entries_article_id"), "entries", ["article_id"], unique=False)
    op.create_index(op.f("ix_entries_feed_seen_at"), "entries", ["feed", "seen_at"], unique=False)
    op.create_index(op.f("ix_entries_seen_at"), "entries", ["seen_at"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("feed", sa.String(length=200), nullable=False, comment="the name in feeds.yaml"),
        sa.Column("etag", sa.Text(), nullable=True, comment="byte for byte as the server sent it, quotes included"),
        sa.Column("last_modified", sa.Text(), nullable=True, comment="byte for byte as the server sent it"),
        sa.Column("body_sha256", sa.String(length=64), nullable=True),
        sa.Column(
            "whole_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="last asked without conditions, to see whether 304 is honest",
        ),
        sa.Column("liar", sa.Boolean(), nullable=False, comment="said 304 though its body had changed: asked in full"),
        sa.Column(
            "moved_url", sa.Text(), nullable=True, comment="where permanent redirects led the last moved_times times"
        ),
        sa.Column("moved_times", sa.Integer(), nullable=False),
        sa.Column(
            "fresh_s", sa.Float(), nullable=False, comment="how long the server calls an answer fresh, in seconds"
        ),
        sa.Column(
            "rhythm", sa.String(length=168), nullable=False, comment="entries of 28 days by hour of the week, base 36"
        ),
        sa.Column(
            "newest_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the newest item's own date, or when it was seen",
        ),
        sa.Column(
            "failures",
            sa.Float(),
            nullable=False,
            comment="weighted, since the last success; temporary ones count 0.25",
        ),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feeds")),
    )
    op.create_table(
        "incidents",
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "kind", "started_at", name=op.f("pk_incidents")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "marks",
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column(
            "frame", sa.String(length=64), nullable=False, comment="digest of the last document without its items"
        ),
        sa.Column("encoding", sa.String(length=64), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False, comment="digest of each item -> its entry"),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_marks")),
    )
    op.create_table(
        "shifts",
        sa.Column("shift_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=2), nullable=False),
        sa.Column("balance", sa.String(length=16), nullable=True),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=True),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("onset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Float(), nullable=True),
        sa.Column("after", sa.Float(), nullable=True),
        sa.Column("stories_before", sa.Integer(), nullable=False),
        sa.Column("stories_after", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.Float(), nullable=False),
        sa.Column(
            "false_alarms_per_quarter",
            sa.Float(),
            nullable=True,
            comment="the rate it was raised at, over all series together",
        ),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_shifts")),
    )
    op.create_index(op.f("ix_shifts_detected_at"), "shifts", ["detected_at"], unique=False)
    op.create_table(
        "versions",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "version", name=op.f("pk_versions")),
    )
    op.create_table(
        "deliveries",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["week"], ["digests.week"], name=op.f("fk_deliveries_week")),
        sa.PrimaryKeyConstraint("week", "recipient", name=op.f("pk_deliveries")),
    )
    op.create_table(
        "evidence",
        sa.Column("shift_id", sa.String(length=64), nullable=False),
        sa.Column("story_id", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("stance", sa.String(length=16), nullable=False),
        sa.Column("influence", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name=op.f("fk_evidence_shift_id")),
        sa.PrimaryKeyConstraint("shift_id", "story_id", name=op.f("pk_evidence")),
    )
    op.create_table(
        "notifications",
        sa.Column(
            "key",
            sa.String(length=64),
            nullable=False,
            comment="hash of shift and route: unique, so nothing is said twice",
        ),
        sa.Column("shift_id", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="pending, sent, printed, failed; held rows have none"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "not_before", sa.DateTime(timezone=True), nullable=True, comment="when a rate limit asked us to wait"
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ts", sa.String(length=64), nullable=True, comment="the message's id in Slack"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.shift_id"], name=op.f("fk_notifications_shift_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_state"), "notifications", ["state"], unique=False)
    op.create_table(
        "tags",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("relevance", sa.Float(), nullable=False),
        sa.Column(
            "positions", sa.JSON(), nullable=False, comment="list of positions with whole distributions, main one first"
        ),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.article_id"], name=op.f("fk_tags_article_id")),
        sa.PrimaryKeyConstraint("article_id", "model", name=op.f("pk_tags")),
    )


def downgrade() -> None:
    op.drop_table("tags")
    op.drop_index(op.f("ix_notifications_state"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_table("evidence")
    op.drop_table("deliveries")
    op.drop_table("versions")
    op.drop_index(op.f("ix_shifts_detected_at"), table_name="shifts")
    op.drop_table("shifts")
    op.drop_table("marks")
    op.drop_table("leases")
    op.drop_table("incidents")
    op.drop_table("feeds")
    op.drop_index(op.f("ix_entries_seen_at"), table_name="entries")
    op.drop_index(op.f("ix_entries_feed_seen_at"), table_name="entries")
    op.drop_index(op.f("ix_entries_article_id"), table_name="entries")
    op.drop_table("entries")
    op.drop_table("digests")
    op.drop_table("bands")
    op.drop_index(op.f("ix_articles_tagged_by"), table_name="articles")
    op.drop_index(op.f("ix_articles_story_id"), table_name="articles")
    op.drop_index(op.f("ix_articles_seen_at"), table_name="articles")
    op.drop_table("articles")
