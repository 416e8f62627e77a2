"""A database of the first released version, full, comes to the newest one with nothing lost."""

import email
import zlib
from email import policy
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from pipeline.storage.database import MIGRATIONS, Database, revisions
from pipeline.storage.store import Store
from tests.factories import article, entry, feed_state, record, shift, tag, untagged
from tests.rows import fill, rows

CONFIG = Config()
CONFIG.set_main_option("script_location", str(MIGRATIONS))
RELEASED = sorted(revisions())
DERIVED = {"bands"}
"""What was computed from the texts, and is computed otherwise now."""
MOVED = {"digests", "deliveries"}
"""What is kept as mails now."""
Rows = dict[str, list[dict[str, Any]]]


def of_version(url: str, revision: str) -> None:
    """Make a database as a released version made it, with rows in every table."""
    database = Database(url)
    with database.write() as connection:
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, revision)
        fill(connection)
    database.close()


def migrated(url: str) -> Rows:
    Store(url).close()
    return rows(url, but=("alembic_version",))


def as_before(after: Rows, before: Rows) -> Rows:
    """The rows of today in the tables and columns of then."""
    return {
        name: sorted(({column: row[column] for column in was[0]} for row in after[name]), key=repr)
        for name, was in before.items()
        if name not in DERIVED | MOVED
    }


@pytest.mark.parametrize("revision", RELEASED)
def test_every_row_and_every_value_of_an_older_database_is_there_after_the_upgrade(
    database_url: str, revision: str
) -> None:
    of_version(database_url, revision)
    before = rows(database_url, but=("alembic_version",))
    assert all(before.values())
    kept = {name: told for name, told in before.items() if name not in DERIVED | MOVED}
    assert as_before(migrated(database_url), before) == kept


def test_every_copy_of_a_digest_is_a_mail_with_its_words(database_url: str) -> None:
    of_version(database_url, "0008")
    before = rows(database_url)
    letters = {row["message_id"]: row for row in migrated(database_url)["letters"]}
    words = {row["week"]: row for row in before["digests"]}
    assert len(letters) == len(before["deliveries"]) == 4
    for told in before["deliveries"]:
        letter, was = letters[told["message_id"]], words[told["week"]]
        assert all(letter[name] == told[name] for name in ("week", "sent_at", "error"))
        assert (letter["address"], letter["state"]) == (told["recipient"].lower(), "failed")
        mail = email.message_from_bytes(zlib.decompress(letter["raw"]), policy=policy.default)
        assert mail["Subject"] == " ".join(was["subject"].split())
        for kind, name in (("plain", "text"), ("html", "html")):
            assert mail.get_body((kind,)).get_content().replace("\r", "").strip() == was[name].strip()  # type: ignore[attr-defined]


def test_what_came_later_says_that_it_is_not_known(database_url: str) -> None:
    of_version(database_url, RELEASED[0])
    after = migrated(database_url)
    assert {row["forgotten_at"] for row in after["articles"]} == {None}
    assert {row["claimed_by"] for row in after["articles"]} == {None}
    assert {row["withdrawn_at"] for row in after["shifts"]} == {None}
    assert {row["operation"] for row in after["notifications"]} == {"post"}
    assert all(row["gathered"] and row["copy_id"] == row["story_id"] for row in after["articles"])
    assert after["passes"] == []


def test_an_upgraded_database_is_one_to_work_on(database_url: str) -> None:
    of_version(database_url, RELEASED[0])
    store = Store(database_url)
    before = store.counts()
    assert record(store, feed_state(feed="new"), [entry(feed="new")]) == (1, 0)
    store.articles.record([("entry-1", article())])
    assert "article-1" in {each.article_id for each in untagged(store, "model-9", 100)}
    store.articles.record_tags({"article-1": tag()})
    assert store.shifts.record([shift()]) == 1
    after = store.counts()
    store.close()
    grown = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert grown == dict.fromkeys(("feeds", "entries", "versions", "articles", "tags", "shifts"), 1)


def test_what_is_taken_back_to_the_first_version_is_as_it_was(database_url: str) -> None:
    of_version(database_url, RELEASED[0])
    before = rows(database_url, but=("alembic_version",))
    database = Database(database_url)
    for step in (command.upgrade, command.downgrade):
        with database.write() as connection:
            CONFIG.attributes["connection"] = connection
            step(CONFIG, "head" if step is command.upgrade else RELEASED[0])
    database.close()
    after = rows(database_url, but=("alembic_version",))
    same = {name: told for name, told in before.items() if name not in DERIVED | MOVED}
    assert {name: told for name, told in after.items() if name not in DERIVED | MOVED} == same
    for name, key in (("digests", ("week", "created_at")), ("deliveries", ("week", "message_id", "sent_at", "error"))):
        assert [[row[column] for column in key] for row in after[name]] == [
            [row[column] for column in key] for row in before[name]
        ]
