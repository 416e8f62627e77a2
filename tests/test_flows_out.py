"""What the flows send and forget: alerts, digests, retention."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import flows, posting
from pipeline.digest import smtp
from pipeline.domain import AlterationKind, Delivery, Letter, NotificationState, Receipt, Route, Terms, Thread
from pipeline.places import Smtp, Tls
from pipeline.shapes import DigestSettings
from tests.digest.office import parsed, text
from tests.digest.postbox import Postbox, mail_server
from tests.factories import NOW
from tests.house import HOUR, ROUTES, VERBS, House, fake_feed, house, item, turn, watch


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path)
    yield built
    built.store.close()


# --- history ---


def test_what_a_feed_held_before_we_watched_never_alerts(home: House) -> None:
    home.publish("cabinet", turn())
    home.run()
    (shift,) = home.store.shifts.all()
    assert shift.history
    assert home.posts == []
    assert home.run(flows.alert)["alert"] == {}


def test_what_comes_after_a_gap_of_more_than_a_day_is_history_again(home: House) -> None:
    watch(home)
    home.clock.forward(days=2)
    home.publish("cabinet", turn())
    home.run()
    assert [shift.history for shift in home.store.shifts.all()] == [True]
    assert home.posts == []


def test_an_old_text_is_history_whenever_it_comes(home: House) -> None:
    watch(home)
    home.publish("cabinet", replace(turn(), published_at=NOW - timedelta(days=3)))
    home.run()
    assert home.posts == []


def test_a_new_report_of_a_matter_from_before_we_watched_is_said(home: House) -> None:
    home.publish("cabinet", turn("old"))
    home.run()
    home.clock.forward(hours=6)
    home.publish("cabinet", item("new", "KR0< minister halts shipments of demining gear", published_at=NOW + 6 * HOUR))
    home.run()
    assert [shift.history for shift in home.store.shifts.all()] == [True, False]
    assert len(home.posts) == 1


# --- alert ---


def test_a_governments_own_turn_is_said_once_with_its_headline(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    counts = home.run()
    assert counts["detect"] == {"links": 0, "new": 1, "shifts": 1}
    assert counts["alert"] == {"first": 1, "sent": 1}
    (post,) = home.posts
    assert post.channel == "#desk"
    assert "South Korea · government · decides · aid: further from Ukraine" in post.message.text
    assert "KR0&lt; cabinet reconsiders its pledge to Kyiv" in str(post.message.blocks)


def test_a_message_that_slack_could_not_take_now_is_tried_again_when_it_asked(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.answers = [Delivery(state=NotificationState.PENDING, error="ratelimited", retry_after_s=120)]
    assert home.run()["alert"] == {"first": 1, "pending": 1}
    assert home.run(flows.alert)["alert"] == {}
    home.clock.forward(seconds=120)
    assert home.run(flows.alert)["alert"] == {"sent": 1}
    assert len({post.key for post in home.posts}) == 1


def test_a_message_that_slack_refused_for_good_is_not_tried_again(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.answers = [Delivery(state=NotificationState.FAILED, error="channel_not_found")]
    assert home.run()["alert"] == {"first": 1, "failed": 1}
    home.clock.forward(days=1)
    assert home.run(flows.alert)["alert"] == {}


def test_a_second_source_rewrites_the_message_at_once_and_answers_in_its_thread(home: House) -> None:
    watch(home)
    home.publish("wire", turn("one"))
    home.run()
    home.clock.forward(hours=6)
    home.publish("daily", item("two", "KR0< Seoul weighs an end to its help", published_at=NOW + 7 * HOUR))
    assert home.run()["alert"] == {"replied": 1, "updated": 1}
    (shift,) = home.store.shifts.all()
    assert shift.confirmed
    first, update, reply = home.posts
    assert [post.operation for post in home.posts] == ["post", "update", "reply"]
    assert update.thread == reply.thread == Thread(channel="C1", ts="1.0", title=first.message.title)
    assert "one source; no official source yet" in first.message.text
    assert "two sources or more; no official source yet" in update.message.text
    assert "A further report by Daily" in str(reply.message.blocks)


def test_a_route_that_comes_later_hears_of_this_week_and_not_of_the_past(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.run()
    home.settings = replace(home.settings, routes=(*ROUTES, Route(name="chief", channel="#chief")))
    home.services = home.of("one")
    home.clock.forward(days=3)
    assert home.run(flows.alert)["alert"] == {"first": 1, "sent": 1}
    home.settings = replace(home.settings, routes=(Route(name="renamed", channel="#desk"),))
    home.services = home.of("one")
    home.clock.forward(days=30)
    assert home.run(flows.alert)["alert"] == {"stale": 1}
    assert [post.channel for post in home.posts] == ["#desk", "#chief"]


def test_a_second_model_that_reads_old_texts_otherwise_alerts_nobody(home: House) -> None:
    watch(home)
    for number, word in enumerate(("tractors", "ambulances", "generators", "bandages")):
        home.publish("cabinet", item(str(number), f"KR0= office speaks of {word}", published_at=home.clock() - HOUR))
        home.run()
        home.clock.forward(hours=12)
    home.clock.forward(days=30)
    home.marks.version = "marks-2"
    tag = home.marks._tag
    home.marks._tag = lambda text: tag(replace(text, title=text.title.replace("KR0=", "KR0<")))  # type: ignore[method-assign]
    counts = home.run(flows.classify, flows.detect, flows.alert)
    assert counts["detect"]["new"] > 0
    assert counts["alert"] == {"stale": counts["detect"]["new"]}
    assert home.posts == []


# --- digest ---


def subscribed(home: House, *recipients: str) -> None:
    settings = DigestSettings(sender=home.settings.digest.sender, list_id="weekly.x.example", subscribers=recipients)
    home.settings = replace(home.settings, digest=settings)
    home.services = home.of("one")


def next_week(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.run(*VERBS[:5])
    home.mails.clear()
    home.clock.forward(days=7)


def test_everybody_on_the_list_gets_the_week_once(home: House) -> None:
    next_week(home)
    subscribed(home, "a@x.example", "b@x.example", "A@x.example")
    assert home.run(flows.digest)["digest"] == {"sent": 2}
    assert sorted(mail.address for mail in home.mails) == ["a@x.example", "b@x.example"]
    assert len({mail.message_id for mail in home.mails}) == 2
    assert "South Korea" in text(parsed(home.mails[0]))
    assert home.run(flows.digest)["digest"] == {"had_it": 2}
    assert len(home.mails) == 2


def test_a_copy_that_was_refused_is_tried_again_next_time_and_the_others_are_not(home: House) -> None:
    next_week(home)
    subscribed(home, "a@x.example", "b@x.example")
    home.refused = {"a@x.example"}
    assert home.run(flows.digest)["digest"] == {"failed": 1, "sent": 1}
    home.refused.clear()
    home.clock.forward(hours=1)
    assert home.run(flows.digest)["digest"] == {"had_it": 1, "sent": 1}
    assert [mail.address for mail in home.mails] == ["b@x.example", "a@x.example"]


def test_whoever_is_added_later_gets_the_week_as_it_was_put_together(home: House) -> None:
    next_week(home)
    subscribed(home, "a@x.example")
    home.run(flows.digest)
    home.publish("cabinet", item("more", "KR+> another story", published_at=home.clock() - HOUR))
    home.run(*VERBS[:5])
    subscribed(home, "a@x.example", "b@x.example")
    home.run(flows.digest)
    first, later = (text(parsed(mail)).replace(mail.address, "") for mail in home.mails)
    assert later == first


def test_the_next_week_is_another_digest(home: House) -> None:
    next_week(home)
    home.run(flows.digest)
    home.clock.forward(days=7)
    assert home.run(flows.digest)["digest"] == {"sent": 1}
    assert len({parsed(mail)["Subject"] for mail in home.mails}) == 2


def test_two_workers_that_send_at_once_share_the_work(home: House) -> None:
    next_week(home)
    subscribed(home, *(f"{n}@x.example" for n in range(6)))
    other = home.of("two")
    mine = home.services.deliver

    def both(letter: Letter) -> Receipt:
        if len(home.mails) < 3:
            posting.send(replace(other, deliver=mine))
        return mine(letter)

    home.services = replace(home.services, deliver=both)
    home.run(flows.digest)
    assert sorted(mail.address for mail in home.mails) == [f"{n}@x.example" for n in range(6)]


def test_a_mail_server_gets_the_digest_once_and_again_where_it_put_it_off(home: House) -> None:
    postbox = Postbox()
    next_week(home)
    subscribed(home, "a@x.example", "b@x.example")
    postbox.refused = {"a@x.example": "450 4.2.1 mailbox busy"}
    with mail_server(postbox) as port:
        known = Smtp(host="127.0.0.1", port=port, user=None, password=None, tls=Tls.NONE, sender=None)
        server = smtp.Server(known, home.settings.digest.sender)
        home.services = replace(home.services, deliver=server.send, hang_up=server.close)
        assert home.run(flows.digest)["digest"] == {"failed": 1, "sent": 1}
        home.clock.forward(minutes=1)
        assert home.run(flows.digest)["digest"] == {"had_it": 1}
        postbox.refused.clear()
        home.clock.forward(minutes=4)
        assert home.run(flows.digest)["digest"] == {"had_it": 1, "sent": 1}
        assert home.run(flows.digest)["digest"] == {"had_it": 2}
    assert postbox.recipients == ["b@x.example", "a@x.example"]


# --- housekeeping ---


def test_personal_feeds_lose_their_summaries_after_30_days_and_keep_their_titles() -> None:
    feeds = (fake_feed("mine", "Mine", terms=Terms.PERSONAL), fake_feed("open", "Open"))
    with house(feeds=feeds) as home:
        home.publish("mine", item("a", lead="a private summary"))
        home.publish("open", item("b", "another headline altogether", lead="a public summary"))
        home.run(flows.poll, flows.dedup, flows.classify)
        home.clock.forward(days=30)
        assert home.run(flows.housekeeping)["housekeeping"]["leads_forgotten"] == 0
        home.clock.forward(seconds=1)
        assert home.run(flows.housekeeping)["housekeeping"]["leads_forgotten"] == 1
        assert home.run(flows.housekeeping)["housekeeping"]["leads_forgotten"] == 0
        kept = {entry.feed: (entry.title, entry.lead) for entry in home.store.entries.of_feeds(["mine", "open"])}
        assert kept == {"mine": (item("a").title, ""), "open": ("another headline altogether", "a public summary")}


def test_a_forgotten_summary_is_not_an_edit_when_the_feed_still_shows_it() -> None:
    with house(feeds=(fake_feed("mine", "Mine", terms=Terms.PERSONAL),)) as home:
        home.publish("mine", item("a", lead="a private summary"))
        home.run()
        home.clock.forward(days=31)
        home.run(flows.housekeeping)
        home.publish("mine", item("a", lead="a private summary"), note="again")
        home.clock.forward(days=1)
        assert home.run(flows.poll)["poll"]["edited"] == 0
        (entry,) = home.store.entries.of_feeds(["mine"])
        assert entry.lead == ""


def test_the_feeds_health_is_counted(home: House) -> None:
    home.publish("wire", item("a"))
    home.run(flows.poll)
    assert home.run(flows.housekeeping)["housekeeping"] == {
        "feeds_healthy": 1,
        "feeds_never_read": 2,
        "leads_forgotten": 0,
    }
    home.clock.forward(days=4)
    assert home.run(flows.housekeeping)["housekeeping"]["feeds_silent"] == 1


def altered(home: House) -> list[tuple[AlterationKind, int]]:
    return [(each.kind, each.version) for each in home.store.entries.alterations()]


def test_a_headline_that_is_rewritten_after_an_alert_is_an_event(home: House) -> None:
    watch(home)
    home.publish("cabinet", turn())
    home.run()
    home.clock.forward(hours=6)
    home.publish("cabinet", replace(turn(), title="KR+= cabinet stands by its pledge to Kyiv"))
    assert home.run()["poll"]["altered"] == 1
    assert altered(home) == [(AlterationKind.REWRITTEN, 2)]


def test_what_is_removed_after_an_alert_is_an_event_and_what_rolls_off_is_none(home: House) -> None:
    watch(home)
    others = [item(f"other {n}", published_at=NOW + (3 - n) * HOUR) for n in range(7)]
    home.publish("cabinet", item("newest", published_at=NOW + 6 * HOUR), turn(), *others)
    home.run()
    home.clock.forward(hours=6)
    home.publish("cabinet", item("newest", published_at=NOW + 6 * HOUR), turn(), *others[:-1], note="rolled")
    assert "altered" not in home.run()["poll"]
    home.clock.forward(hours=6)
    home.publish("cabinet", item("newest", published_at=NOW + 6 * HOUR), *others[:-1], note="removed")
    assert home.run()["poll"]["altered"] == 1
    assert altered(home) == [(AlterationKind.REMOVED, 1)]
    home.clock.forward(hours=6)
    assert "altered" not in home.run()["poll"]


def test_an_edit_of_what_nobody_was_told_is_no_event(home: House) -> None:
    watch(home)
    home.publish("wire", item("quiet"))
    home.run()
    home.clock.forward(hours=6)
    home.publish("wire", item("quiet", "another headline"))
    home.run()
    assert altered(home) == []
