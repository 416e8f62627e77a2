"""Where mail and messages are handed over, and how."""

from dataclasses import dataclass
from enum import StrEnum


class Tls(StrEnum):
    """How the way to a mail server is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"  # from the first byte, as on port 465


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """Where mail is handed over; ``host`` None means that it is written to files."""

    host: str | None
    port: int
    user: str | None
    password: str | None
    tls: Tls
    sender: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """
    Where messages are posted; ``token`` None means that they are printed.

    ``app_token`` lets Slack reach us over a socket of ours, ``signing_secret`` proves what comes over HTTP.
    """

    token: str | None
    base_url: str | None
    app_token: str | None = None
    signing_secret: str | None = None


def tls_of(port: int, *, starttls: bool) -> Tls:
    """Return how a port is encrypted: 465 from the first byte (RFC 8314), another as it is said."""
    if port == 465:  # noqa: PLR2004
        return Tls.IMPLICIT
    return Tls.STARTTLS if starttls else Tls.NONE


def address_of(given: str) -> str:
    """Return an address as it is known by. Raises `ValueError` for what no mail can be sent to."""
    address = given.strip().lower()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or not address.isascii() or len(address) > 254:  # noqa: PLR2004 - RFC 5321
        raise ValueError(f"{given!r} is no address; letters beyond a-z are written as in desk@xn--e1afmkfd.example")
    if any(not 33 <= ord(c) < 127 or c in '()<>[]:;,\\"@' for c in local + domain):  # noqa: PLR2004
        raise ValueError(f"{given!r} is no address: one name@domain without spaces or brackets is wanted")
    return address
