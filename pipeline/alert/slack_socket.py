"""
Door: Slack reaches us over a socket of ours (Socket Mode); slack_sdk's own client connects, pings and reconnects.

Every envelope is acknowledged before anything else is done, so that Slack has its answer within three seconds and does
not ask again; what was asked is answered after that, in threads of its own: however many wait, none delays the next.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from pipeline.alert.slack import TIMEOUT_S
from pipeline.domain import RefusalError
from pipeline.places import Slack

_KINDS = frozenset({"interactive", "slash_commands"})
PING_S = 5.0
WORKERS = 8

log = structlog.get_logger()


@contextmanager
def listening(
    slack: Slack, answer: Callable[[Mapping[str, Any]], object], ping_s: float = PING_S
) -> Iterator[Callable[[], bool]]:
    """
    Hear people until the end; yields what connects, where nothing is connected yet, and says whether we are.

    A connection that breaks is opened anew by itself, within ``ping_s``. Whoever is being answered at the end still is.
    Raises `RefusalError` for a token that Slack does not take.
    """
    base_url = slack.base_url.rstrip("/") + "/" if slack.base_url else WebClient.BASE_URL
    client = SocketModeClient(
        app_token=slack.app_token or "",
        web_client=WebClient(base_url=base_url, timeout=TIMEOUT_S, retry_handlers=[]),
        ping_interval=ping_s,
        logger=logging.getLogger("stancewatch.slack"),
    )

    def hear(to: BaseSocketModeClient, request: SocketModeRequest) -> None:
        to.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        if request.type in _KINDS:
            workers.submit(answer, request.payload)

    workers = ThreadPoolExecutor(WORKERS, "answer")
    client.socket_mode_request_listeners.append(hear)
    try:
        yield lambda: client.is_connected() or _connected(client)
    finally:
        client.close()
        workers.shutdown()


def _connected(client: SocketModeClient) -> bool:
    try:
        client.connect_to_new_endpoint()
    except SlackApiError as error:
        if error.response.get("error") in {"invalid_auth", "not_authed", "token_revoked", "account_inactive"}:
            raise RefusalError(f"SLACK_APP_TOKEN: {error.response['error']}; an app-level token is wanted") from error
        log.warning("not_connected", error=str(error.response.get("error")))
    except Exception as error:  # noqa: BLE001 - no network, half an answer: asked again
        log.warning("not_connected", error=f"{type(error).__name__}: {error}")
    return client.is_connected()
