"""
Door: signed links. A token names its address and what it is for; nobody without the secret makes one.

Tokens to leave last as long as the secret does, those to confirm `CONFIRM_DAYS` and one change. Purposes do not mix.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from pipeline.domain import Actor, Choice, Track

CONFIRM_DAYS = 14
_LEAVE, _CONFIRM = "stancewatch leave", "stancewatch confirm"


def to_leave(secret: str, address: str) -> str:
    """Make the token of an address's own page."""
    return str(_signer(secret, _LEAVE).dumps(address))


def leaves(secret: str, token: str) -> str | None:
    """Return whose page a token opens; None: it is none of ours."""
    try:
        return str(_signer(secret, _LEAVE).loads(token))
    except BadData:
        return None


def to_confirm(secret: str, address: str, version: int, choice: Choice, now: datetime) -> str:
    """Make the token that confirms a choice of a person as they were then."""
    wish = [choice.lang, choice.timezone, sorted(choice.actors), sorted(choice.tracks)]
    return str(_signer(secret, _CONFIRM).dumps([address, version, int(now.timestamp()), *wish]))


def confirms(secret: str, token: str, now: datetime) -> tuple[str, int, Choice] | None:
    """Return whose choice a token confirms, the version that it was made for, and the choice; None: void."""
    try:
        given: Any = _signer(secret, _CONFIRM).loads(token)
        address, version, made, lang, zone, actors, tracks = given
        choice = Choice(
            lang=lang, timezone=zone, actors=frozenset(map(Actor, actors)), tracks=frozenset(map(Track, tracks))
        )
    except (BadData, ValueError):
        return None
    fresh = now.timestamp() - made <= timedelta(days=CONFIRM_DAYS).total_seconds()
    return (address, version, choice) if fresh else None


def _signer(secret: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})
