"""A team without Slack: the same decisions as plain mails, one thread a matter, through a real SMTP server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline import bootstrap, flows
from pipeline.domain import EMAIL, Notification, Route
from pipeline.places import Slack, Smtp, Tls
from pipeline.services import Services
from tests.digest.postbox import Postbox, mail_server
from tests.factories import NOW
from tests.house import House
from tests.slack.told import confirm, deny, matter, tell

TEAM = Route(name="team", channel=EMAIL, email=("one@example.org", "two@example.org"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    built = House(tmp_path, routes=(TEAM,))
    yield built
    built.store.close()


@pytest.fixture
def postbox(home: House) -> Iterator[Postbox]:
    box = Postbox()
    with mail_server(box) as port:
        smtp = Smtp(host="127.0.0.1", port=port, user=None, password=None, tls=Tls.NONE, sender=None)
        home.settings = replace(home.settings, smtp=smtp, slack=Slack(token=None, base_url=None))
        yield box


def connected(home: House, shown: list[Notification] | None = None) -> Services:
    """The doors that an installation has, on this house's store and clock."""
    doors = bootstrap.services(home.settings, clock=home.clock, show=(shown if shown is not None else []).append)
    doors.store.close()
    return replace(home.of("one"), post=doors.post, hang_up=doors.hang_up)


def mails(postbox: Postbox) -> list[EmailMessage]:
    return [message_from_bytes(taken, policy=policy.default) for taken in postbox.taken]  # type: ignore[misc]


def test_a_matter_is_one_mail_in_plain_words_to_the_whole_team(home: House, postbox: Postbox) -> None:
    tell(home.store, matter("one"))
    services = connected(home)
    assert flows.alert(services) == {"first": 1, "sent": 1}
    assert flows.alert(services) == {}
    (mail,) = mails(postbox)
    assert postbox.recipients == ["one@example.org", "two@example.org"]
    assert mail["Subject"] == "Japan · government · decides · arms: closer to Ukraine"
    assert (mail.get_content_type(), mail["In-Reply-To"]) == ("text/plain", None)
    text = mail.get_content()
    assert "How sure: Very likely; one source; no official source yet." in text
    assert "Seoul weighs an end to its help (one)\n  https://kyodo.example/one" in text.replace("\r", "")
    assert "I have it" not in text
    assert not any(mark in text for mark in ("<http", "&amp;", "*How"))


def test_what_follows_stands_in_the_thread_of_the_first_mail(home: House, postbox: Postbox) -> None:
    one, services = matter("one"), connected(home)
    tell(home.store, one)
    flows.alert(services)
    home.clock.forward(minutes=20)
    deny(home.store, one, "two", home.clock())
    assert flows.alert(services) == {"replied": 1, "updated": 1}
    home.clock.forward(minutes=20)
    confirm(home.store, one, "three", home.clock())
    flows.alert(services)
    first, denied, more = mails(postbox)
    assert first["Message-ID"] not in {denied["Message-ID"], more["Message-ID"]}
    for later in (denied, more):
        assert later["In-Reply-To"] == later["References"] == first["Message-ID"]
        assert later["Subject"] == f"Re: {first['Subject']}"
    assert "DENIED by government, Tokyo, 12 May" in denied.get_content()
    assert "A further report by Daily" in more.get_content()


def test_a_server_that_refuses_is_asked_again_and_the_mail_keeps_its_id(home: House, postbox: Postbox) -> None:
    tell(home.store, matter("one"))
    services, postbox.says["rcpt"] = connected(home), "452 4.2.2 full"
    assert flows.alert(services) == {"blocked": 1, "first": 1}
    assert flows.alert(services) == {}
    postbox.says.clear()
    home.clock.forward(minutes=5)
    assert flows.alert(services) == {"sent": 1}
    assert len(postbox.taken) == 1


def test_a_mail_that_was_taken_before_its_sender_died_is_the_same_mail_again(home: House, postbox: Postbox) -> None:
    tell(home.store, matter("one"))
    services = connected(home)

    def dying(notification: Notification) -> None:
        services.post(notification)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flows.alert(replace(services, post=dying))  # type: ignore[arg-type]
    home.clock.forward(minutes=3)
    assert flows.alert(services)["sent"] == 1
    assert len({mail["Message-ID"] for mail in mails(postbox)}) == 1


def test_what_holds_up_slack_does_not_hold_up_mail(home: House, postbox: Postbox) -> None:
    home.store.outbox.pause("", NOW + timedelta(hours=1))
    tell(home.store, matter("one"))
    assert flows.alert(connected(home))["sent"] == 1
    assert len(postbox.taken) == 1


def test_without_a_server_mails_are_shown_and_written_to_files(home: House) -> None:
    home.settings = replace(home.settings, smtp=replace(home.settings.smtp, host=None))
    tell(home.store, matter("one"))
    shown: list[Notification] = []
    assert flows.alert(connected(home, shown)) == {"first": 1, "printed": 1}
    assert [one.channel for one in shown] == [EMAIL]
    written = (home.settings.var_dir / "alerts").iterdir()
    assert {path.suffix for path in written} == {".eml", ".html"}
    assert flows.alert(connected(home)) == {}
