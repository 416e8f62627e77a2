"""A person's own page: GET shows, only POST acts; every change but leaving is confirmed from the mailbox."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline import editions, posting, subscriptions
from pipeline.domain import Actor, Circle, LetterKind, RefusalError, Subscriber, SubscriberState, Track
from pipeline.storage.store import Store
from pipeline.web.app import pages
from pipeline.web.guard import MOST_BYTES
from tests.digest.office import MONDAY, Office, text

IN, OUT = "in@house.example", "out@ministry.example"
CHOICE = {"do": "choose", "lang": "uk", "timezone": "Asia/Tokyo", "actors": ["JP", "KR"], "tracks": ["aid"]}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = Office(tmp_path)
    built.listed(IN, {"address": OUT, "list": "external"}, desk=[], domains=["ministry.example"])
    yield built
    built.store.close()


@pytest.fixture
def site(office: Office) -> TestClient:
    return TestClient(pages(office.services), base_url="https://watch.example")


def page_of(office: Office, address: str) -> str:
    url = posting.leave_url(office.services, address)
    assert url
    return url.removeprefix("https://watch.example")


def who(office: Office, address: str) -> Subscriber:
    return posting.people(office.services)[address]


def rows(store: Store) -> dict[str, int]:
    return {name: count for name, count in store.counts().items() if name in {"subscribers", "letters"}}


def link_in(office: Office, address: str) -> str:
    """The link of the last mail to an address."""
    return re.findall(r"https://watch\.example(/confirm/\S+)", text(office.to(address)[-1]))[0]


# --- leaving ---


def test_the_page_is_shown_and_nothing_changes(office: Office, site: TestClient) -> None:
    before = rows(office.store)
    shown = site.get(page_of(office, IN))
    assert shown.status_code == 200
    assert "Send me no more digests" in shown.text
    assert site.head(page_of(office, IN)).status_code in {200, 405}
    assert rows(office.store) == before
    assert who(office, IN).state is SubscriberState.CONFIRMED


@pytest.mark.parametrize("one_click", [{"List-Unsubscribe": "One-Click"}, {"do": "leave"}])
def test_one_post_leaves(office: Office, site: TestClient, one_click: dict[str, str]) -> None:
    answer = site.post(page_of(office, IN), data=one_click, follow_redirects=False)
    assert answer.status_code == 200
    assert "You have left" in answer.text
    assert "set-cookie" not in answer.headers
    assert who(office, IN).state is SubscriberState.LEFT


def test_one_click_may_come_as_a_form_of_parts(office: Office, site: TestClient) -> None:
    assert site.post(page_of(office, IN), files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
    assert who(office, IN).state is SubscriberState.LEFT


def test_whoever_left_gets_nothing_though_the_file_names_them(office: Office, site: TestClient) -> None:
    site.post(page_of(office, IN), data={"List-Unsubscribe": "One-Click"})
    office.publish(MONDAY)
    assert office.to(IN) == []


def test_what_waited_for_somebody_who_left_is_not_sent(office: Office, site: TestClient) -> None:
    office.clock.at = MONDAY
    editions.write(office.services, office._put_together)
    site.post(page_of(office, IN), data={"List-Unsubscribe": "One-Click"})
    office.publish()
    assert office.to(IN) == []


def test_leaving_twice_is_leaving_once(office: Office, site: TestClient) -> None:
    for _ in range(2):
        assert site.post(page_of(office, IN), data={"do": "leave"}).status_code == 200
    assert who(office, IN).version == 1


def test_the_link_in_the_mail_is_the_page(office: Office, site: TestClient) -> None:
    office.publish(MONDAY)
    (mail,) = office.to(IN)
    url = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in text(mail)
    assert site.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert who(office, IN).state is SubscriberState.LEFT


def test_whoever_the_file_named_once_may_still_leave_for_good(office: Office) -> None:
    page = page_of(office, IN)
    office.listed(desk=[])
    assert TestClient(pages(office.services)).post(page, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    office.listed(IN, desk=[])
    office.publish(MONDAY)
    assert office.to(IN) == []


# --- choosing ---


def test_a_choice_is_mailed_to_the_original_address_and_holds_once_confirmed(office: Office, site: TestClient) -> None:
    answer = site.post(page_of(office, OUT), data=CHOICE)
    assert "A mail is under way" in answer.text
    assert who(office, OUT).lang == "en"
    (mail,) = office.to(OUT)
    assert "Підтвердьте" in mail["Subject"]
    link = link_in(office, OUT)
    assert "Так, саме так" in site.get(link).text
    assert who(office, OUT).lang == "en"
    assert "Підтверджено" in site.post(link).text
    chosen = who(office, OUT)
    assert (chosen.lang, chosen.timezone) == ("uk", "Asia/Tokyo")
    assert (chosen.actors, chosen.tracks) == ({Actor.JP, Actor.KR}, {Track.AID})
    assert (chosen.circle, chosen.listed) == (Circle.EXTERNAL, True)


def test_a_link_confirms_once_and_an_older_one_not_after_a_newer(office: Office, site: TestClient) -> None:
    site.post(page_of(office, OUT), data=CHOICE)
    older = link_in(office, OUT)
    site.post(page_of(office, OUT), data=CHOICE | {"lang": "en"})
    newer = link_in(office, OUT)
    assert site.post(newer).status_code == 200
    assert site.post(newer).status_code == site.post(older).status_code == site.get(older).status_code == 404
    assert who(office, OUT).lang == "en"


def test_a_link_to_confirm_is_void_after_leaving_and_after_two_weeks(office: Office, site: TestClient) -> None:
    site.post(page_of(office, OUT), data=CHOICE)
    late = link_in(office, OUT)
    office.clock.forward(days=14, seconds=1)
    assert site.post(late).status_code == 404
    site.post(page_of(office, OUT), data=CHOICE)
    link = link_in(office, OUT)
    site.post(page_of(office, OUT), data={"do": "leave"})
    assert site.post(link).status_code == 404
    assert who(office, OUT).state is SubscriberState.LEFT


def test_whoever_left_may_come_back_by_mail(office: Office, site: TestClient) -> None:
    site.post(page_of(office, IN), data={"do": "leave"})
    assert "Come back" in site.get(page_of(office, IN)).text
    site.post(page_of(office, IN), data=CHOICE)
    assert who(office, IN).state is SubscriberState.LEFT
    site.post(link_in(office, IN))
    assert who(office, IN).state is SubscriberState.CONFIRMED
    assert len(office.to(IN)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"lang": "xx"},
        {"timezone": "Europe/Nowhere"},
        {"timezone": "../etc"},
        {"actors": ["US"]},
        {"tracks": ["x"]},
        {"do": "x"},
    ],
)
def test_what_the_form_does_not_offer_changes_nothing(office: Office, site: TestClient, wrong: dict[str, str]) -> None:
    before = rows(office.store)
    assert site.post(page_of(office, OUT), data=CHOICE | wrong).status_code == 422
    assert rows(office.store) == before


def test_one_address_is_asked_five_times_a_day_at_most(office: Office, site: TestClient) -> None:
    codes = []
    for seconds in range(7):
        office.clock.at = MONDAY + timedelta(seconds=seconds)
        codes.append(site.post(page_of(office, OUT), data=CHOICE).status_code)
    assert codes == [200] * 5 + [429] * 2
    assert len(office.to(OUT)) == 5


# --- subscribing ---


def ask(site: TestClient, office: Office, address: str) -> str:
    answer = site.post(page_of(office, OUT), data={"do": "subscribe", "address": address})
    assert answer.status_code == 200
    return answer.text


def test_a_colleague_of_an_allowed_domain_subscribes_by_mail(office: Office, site: TestClient) -> None:
    ask(site, office, "Colleague@Ministry.example")
    assert who(office, "colleague@ministry.example").state is SubscriberState.PENDING
    site.post(link_in(office, "colleague@ministry.example"))
    person = who(office, "colleague@ministry.example")
    assert (person.state, person.circle) == (SubscriberState.CONFIRMED, Circle.EXTERNAL)


def test_nobody_learns_who_reads_or_whose_domain_may(office: Office, site: TestClient) -> None:
    answers = {ask(site, office, each) for each in ("new@ministry.example", OUT, IN, "who@elsewhere.example")}
    assert len(answers) == 1
    assert office.to("who@elsewhere.example") == office.to(OUT) == []
    assert "who@elsewhere.example" not in posting.people(office.services)


def test_without_allowed_domains_nobody_is_asked_for_an_address(office: Office, site: TestClient) -> None:
    assert "Your address" in site.get(page_of(office, OUT)).text
    office.listed(IN, {"address": OUT, "list": "external"}, desk=[])
    bare = TestClient(pages(office.services), base_url="https://watch.example")
    assert "Your address" not in bare.get(page_of(office, OUT)).text


def test_an_invitation_is_a_subscription_once_it_is_confirmed(office: Office, site: TestClient) -> None:
    guest = Subscriber(address="guest@other.example", circle=Circle.INTERNAL, lang="uk")
    subscriptions.invite(office.services, guest)
    posting.send(office.services, [LetterKind.REQUEST])
    office.publish(MONDAY)
    assert [mail["Subject"] for mail in office.to(guest.address)] == ["Підтвердьте: щотижневий дайджест Stancewatch"]
    site.post(link_in(office, guest.address))
    office.publish(MONDAY + timedelta(hours=1))
    assert len(office.to(guest.address)) == 2
    with pytest.raises(RefusalError, match="subscribed already"):
        subscriptions.invite(office.services, guest)


def test_nobody_is_invited_to_a_time_zone_that_does_not_exist(office: Office) -> None:
    with pytest.raises(RefusalError, match="Mars/Base: not a time zone"):
        subscriptions.invite(office.services, Subscriber(address="guest@other.example", timezone="Mars/Base"))


def test_without_pages_nobody_can_be_invited(office: Office) -> None:
    office.settings = replace(office.settings, public_url=None)
    with pytest.raises(RefusalError, match="STANCEWATCH_PUBLIC_URL"):
        subscriptions.invite(office.services, Subscriber(address="guest@other.example"))


# --- strangers ---


@pytest.mark.parametrize("path", ["/u/nonsense", "/confirm/nonsense", "/u/" + "x" * 3000])
def test_a_link_that_is_none_of_ours_opens_nothing(office: Office, site: TestClient, path: str) -> None:
    before = rows(office.store)
    for answer in (
        site.get(path),
        site.post(path, data={"List-Unsubscribe": "One-Click"}),
        site.post(path, data=CHOICE),
    ):
        assert answer.status_code == 404
    assert rows(office.store) == before


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=80))
def test_no_invented_token_opens_a_page(site: TestClient, token: str) -> None:
    assert site.get(f"/u/{quote(token, safe='')}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/redoc", "/u/", "/static/", "/page.css/../app.py"])
def test_nothing_else_is_there(site: TestClient, path: str) -> None:
    assert site.get(path).status_code == 404


def test_every_answer_forbids_scripts_frames_and_storing(office: Office, site: TestClient) -> None:
    answers = [site.get(page_of(office, IN)), site.get("/nowhere"), site.get("/healthz"), site.get("/page.css")]
    answers.append(site.post(page_of(office, IN), content=b"x" * (MOST_BYTES + 1)))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_a_page_needs_nothing_from_elsewhere_and_no_script(office: Office, site: TestClient) -> None:
    html = site.get(page_of(office, IN)).text
    assert not re.search(r"<script|\son\w+=|style=|https?://|javascript:", html)
    assert re.findall(r'(?:href|src)="([^"]*)"', html) == ["../page.css"]


def test_the_page_does_not_say_the_whole_address(office: Office, site: TestClient) -> None:
    html = site.get(page_of(office, OUT)).text
    assert OUT not in html
    assert "ministry.example" in html


def test_a_body_larger_than_any_form_is_refused(office: Office, site: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    for content in (b"x" * (MOST_BYTES + 1), endless()):
        assert site.post(page_of(office, IN), content=content).status_code == 413
    assert who(office, IN).state is SubscriberState.CONFIRMED


def test_health_says_no_more_than_well_or_not(office: Office, site: TestClient) -> None:
    assert (site.get("/healthz").status_code, site.get("/healthz").text) == (200, "well")
    broken = replace(office.services, store=object())  # type: ignore[arg-type]
    answer = TestClient(pages(broken)).get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not well")


# --- Slack ---


def test_slack_is_answered_at_once_and_what_it_did_not_sign_is_refused(office: Office) -> None:
    heard: list[bytes] = []

    def over_http(body: bytes, headers: Mapping[str, str]) -> Callable[[], object] | None:
        return partial(heard.append, body) if headers.get("X-Slack-Signature") == "v0=right" else None

    site = TestClient(pages(office.services, over_http), base_url="https://watch.example")
    assert site.post("/slack", content=b"x" * 30_000, headers={"X-Slack-Signature": "v0=right"}).status_code == 200
    assert site.post("/slack", content=b"y", headers={"X-Slack-Signature": "v0=wrong"}).status_code == 401
    assert heard == [b"x" * 30_000]


def test_who_does_not_use_slack_over_http_has_no_such_page(site: TestClient) -> None:
    assert site.post("/slack", content=b"x").status_code == 404
