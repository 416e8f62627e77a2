from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pipeline import bootstrap
from pipeline.places import Smtp, Tls, smtp_of
from pipeline.settings import load


@dataclass
class Connection:
    """A mail connection as Airflow keeps it."""

    host: str | None = "mail.example"
    port: int | None = None
    login: str | None = "desk"
    password: str | None = "word"
    extra_dejson: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("more", "tls", "port"),
    [
        ({}, Tls.IMPLICIT, 465),
        ({"disable_ssl": True}, Tls.STARTTLS, 587),
        ({"disable_ssl": True, "disable_tls": True}, Tls.NONE, 587),
        ({"disable_tls": True}, Tls.IMPLICIT, 465),
    ],
)
def test_a_connection_of_airflow_is_read_as_airflow_reads_it(more: dict[str, bool], tls: Tls, port: int) -> None:
    assert smtp_of(Connection(extra_dejson=more), "a@x.example") == Smtp(
        host="mail.example", port=port, user="desk", password="word", tls=tls, sender="a@x.example"
    )


def test_its_port_and_sender_hold() -> None:
    found = smtp_of(Connection(port=2525, extra_dejson={"from_email": "b@x.example"}), "a@x.example")
    assert (found.port, found.sender) == (2525, "b@x.example")


def test_a_connection_without_a_host_leaves_the_environments_server(tmp_path: Any) -> None:
    settings = replace(load({}), database_url=f"sqlite:///{tmp_path / 'x.db'}", var_dir=tmp_path)
    for connection, host in ((None, None), (Connection(host=None), None), (Connection(), "mail.example")):
        services = bootstrap.services(settings, mail=connection)
        assert services.settings.smtp.host == host
        services.close()
