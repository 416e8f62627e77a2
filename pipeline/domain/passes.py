"""What is remembered of the work itself: when each verb last began, and last ended well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """
    The passes of one verb so far; ``succeeded_at`` None: none has ended well yet.

    ``totals`` sums what they counted. ``begun`` without ``succeeded`` or ``busy`` failed, was killed, or is running.
    """

    verb: str
    begun_at: datetime
    succeeded_at: datetime | None
    seconds: float | None
    begun: int
    succeeded: int
    busy: int
    totals: Mapping[str, int]
