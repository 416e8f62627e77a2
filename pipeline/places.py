"""Where mail and messages are handed over, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


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


class MailConnection(Protocol):
    """A mail connection as Airflow keeps it (``smtp_default``)."""

    host: str | None
    port: int | None
    login: str | None
    password: str | None

    @property
    def extra_dejson(self) -> Mapping[str, Any]:
        """Its further fields."""
        ...


def smtp_of(connection: MailConnection, sender: str | None) -> Smtp:
    """Read a connection as Airflow's own hook does: encrypted from the first byte unless ``disable_ssl`` is set."""
    more = connection.extra_dejson
    starttls = Tls.NONE if more.get("disable_tls") else Tls.STARTTLS
    tls = starttls if more.get("disable_ssl") else Tls.IMPLICIT
    return Smtp(
        host=connection.host,
        port=connection.port or (465 if tls is Tls.IMPLICIT else 587),
        user=connection.login or None,
        password=connection.password,
        tls=tls,
        sender=more.get("from_email") or sender,
    )


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
