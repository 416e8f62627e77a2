"""Where the door goes: redirects, private networks, proxies, cookies, certificates."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from pipeline.domain import PollOutcome
from pipeline.poll import http
from tests.factories import feed
from tests.poll.asking import ask, ask_one, local, redirect
from tests.poll.publisher import FEED, Connection, Publisher, publisher


def test_redirects_are_followed_to_the_document(site: Publisher) -> None:
    site.does("/feed", redirect("/second", 301))
    site.does("/second", redirect(site.url("/third?x=1"), 302))
    site.says("/third?x=1", ETag='"3"')
    answer = ask_one(local(site.url()))
    assert (answer.outcome, answer.status, answer.url, answer.body) == (None, 200, site.url("/third?x=1"), FEED)
    assert (answer.etag, answer.moved_url) == ('"3"', None)
    assert site.paths() == ["/feed", "/second", "/third?x=1"]


def test_only_permanent_redirects_say_where_a_feed_has_moved(site: Publisher) -> None:
    site.does("/feed", redirect("/second", 301))
    site.does("/second", redirect("/third", 308))
    site.says("/third")
    assert ask_one(local(site.url())).moved_url == site.url("/third")
    assert ask_one(local(site.url("/third"), "there")).moved_url is None


@pytest.mark.parametrize("to", ["/feed", "/other"])
def test_a_redirect_loop_is_a_passing_fault(site: Publisher, to: str) -> None:
    site.does("/feed", redirect(to))
    site.does("/other", redirect("/feed"))
    answer = ask_one(local(site.url()))
    assert answer.outcome is PollOutcome.TEMPORARY
    assert len(site.asked) <= http.MAX_HOPS + 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://127.0.0.1/feed", "gopher://127.0.0.1/", "javascript:1"])
def test_a_redirect_to_another_protocol_is_not_followed(site: Publisher, to: str) -> None:
    site.does("/feed", redirect(to))
    assert ask_one(local(site.url())).outcome is PollOutcome.NOT_A_FEED


@pytest.mark.parametrize(
    "to",
    [
        b"http://[",
        b"http://127.0.0.1:99999/",
        b"http:///x",
        b"http://a b/",
        b"//",
        b"\xb4\xba\xbd\xba",
        "/뉴스".encode(),
        b"",
    ],
)
def test_any_location_ends_in_an_outcome(site: Publisher, to: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"
    site.does("/feed", lambda connection: connection.raw(head))
    site.says("/well")
    answers = ask(local(site.url(), "odd"), local(site.url("/well"), "well"))
    assert answers["odd"].outcome is not None
    assert answers["well"].outcome is None


def test_a_redirect_to_ideographs_is_followed(site: Publisher) -> None:
    head = b"HTTP/1.1 301 Moved\r\nLocation: /" + "뉴스".encode() + b"\r\nContent-Length: 0\r\n\r\n"
    site.does("/feed", lambda connection: connection.raw(head))
    site.says("/%eb%89%b4%ec%8a%a4")
    site.says("/%EB%89%B4%EC%8A%A4")
    assert ask_one(local(site.url())).body == FEED


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "0.0.0.0", "[::1]"])
def test_a_private_address_is_refused_by_whatever_name(site: Publisher, host: str) -> None:
    site.says()
    answer = ask_one(local(site.url(host=host), "private", allow_private=False))
    assert answer.outcome is PollOutcome.FORBIDDEN_ADDRESS
    assert "allow_private" in answer.detail
    assert site.asked == []


@pytest.mark.parametrize(
    "host", ["10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[::ffff:10.0.0.1]"]
)
def test_private_networks_are_refused_before_anything_is_sent(host: str) -> None:
    answer = ask_one(feed(name="private", url=f"http://{host}/feed"), timeout_seconds=2.0)
    assert answer.outcome is PollOutcome.FORBIDDEN_ADDRESS


def test_a_private_address_is_refused_though_another_feed_may_go_there(site: Publisher) -> None:
    site.says("/mine")
    site.says("/theirs")
    theirs = local(site.url("/theirs"), "theirs", allow_private=False)
    answers = ask(local(site.url("/mine"), "mine"), theirs)
    assert (answers["mine"].outcome, answers["theirs"].outcome) == (None, PollOutcome.FORBIDDEN_ADDRESS)
    assert site.paths() == ["/mine"]


def test_a_feed_that_may_go_to_private_addresses_does(site: Publisher) -> None:
    site.says()
    assert ask_one(local(site.url(host="localhost"))).outcome is None


def test_a_public_feed_goes_through_a_proxy_even_one_in_a_private_network(
    site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.says("http://paper.example/feed")
    for name, host in (("http_proxy", "127.0.0.1"), ("all_proxy", "localhost"), ("ALL_PROXY", "127.0.0.1")):
        monkeypatch.setenv(name, site.url("", host))
        answer = ask_one(feed(name="public", url="http://paper.example/feed"), timeout_seconds=2.0)
        assert (answer.outcome, answer.body) == (None, FEED)
        monkeypatch.delenv(name)


def test_a_redirect_into_a_private_network_is_refused_where_no_proxy_stands_between(
    site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with publisher() as inner:
        inner.says("/secret")
        site.does("http://paper.example/feed", redirect(inner.url("/secret", "localhost")))
        monkeypatch.setenv("http_proxy", site.url(""))
        monkeypatch.setenv("no_proxy", "localhost")
        answer = ask_one(feed(name="public", url="http://paper.example/feed"), timeout_seconds=2.0)
        assert answer.outcome is PollOutcome.FORBIDDEN_ADDRESS
        assert inner.asked == []


def test_a_feed_that_may_go_to_private_addresses_never_goes_through_a_proxy(
    site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{dead.getsockname()[1]}")
        site.says()
        assert ask_one(local(site.url())).outcome is None


def cookie_wall(site: Publisher) -> None:
    def guard(connection: Connection) -> None:
        if "seen=1" in connection.headers.get("Cookie", ""):
            connection.send(200, FEED)
        else:
            connection.send(307, Location="/feed", Set_Cookie="seen=1; Path=/")

    site.does("/feed", guard)


def test_a_feed_behind_a_cookie_is_read_where_its_configuration_says_so(site: Publisher) -> None:
    cookie_wall(site)
    assert ask_one(local(site.url(), cookies=True)).body == FEED
    assert ask_one(local(site.url(), cookies=False)).outcome is PollOutcome.TEMPORARY


def test_cookies_are_kept_from_feeds_that_ask_for_none(site: Publisher) -> None:
    cookie_wall(site)
    site.says("/other", Set_Cookie="other=1; Path=/")
    site.says("/last")
    ask(*(local(site.url(path), path, cookies=path == "/feed") for path in ("/feed", "/other", "/last")), connections=1)
    assert [asked.headers.get("cookie") for asked in site.asked] == [None, "seen=1", None, None]


@pytest.fixture
def secure(site: Publisher, tmp_path: Path) -> Publisher:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=nobody.example"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    site.says()
    return site


def test_a_certificate_is_verified_unless_the_feed_says_otherwise(secure: Publisher) -> None:
    url = secure.url().replace("http:", "https:")
    refused = ask_one(local(url))
    assert (refused.outcome, "certificate" in refused.detail.lower()) == (PollOutcome.TEMPORARY, True)
    assert ask_one(local(url, verify_tls=False)).body == FEED
