"""A server's answer -> a poll that is written: read, compared, stored in batches, for `flows.poll`."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from pipeline.domain import Feed, FeedState, Fetched, Incident, Poll, PollOutcome
from pipeline.poll import schedule
from pipeline.poll.health import incidents
from pipeline.poll.parse import GAP_HOURS
from pipeline.poll.read import read
from pipeline.services import Services

POLLS_PER_WRITE = 64
FEW_FOR_A_RHYTHM = 10

log = structlog.get_logger()


class Batch:
    """Answers read but not yet written: a transaction a feed would cost more than the rest of a poll."""

    def __init__(self, services: Services, known: Mapping[str, tuple[Feed, FeedState]], now: datetime) -> None:
        self.known = known
        self.counts = Counter[str]()
        self._services = services
        self._now = now
        self._polls: list[Poll] = []
        self._incidents: dict[str, list[Incident]] = {}
        for incident in services.store.entries.incidents(open_only=True):
            self._incidents.setdefault(incident.feed, []).append(incident)

    def take(self, fetched: Fetched) -> None:
        """Read one answer; write when there are enough."""
        if fetched.outcome is PollOutcome.NOT_REACHED:
            self.counts[fetched.outcome] += 1
            return
        self._polls.append(self._read(*self.known[fetched.feed], fetched))
        if len(self._polls) >= POLLS_PER_WRITE:
            self.write()

    def write(self) -> None:
        """Write what has been read, and what it says of the feeds' health."""
        polls, self._polls = self._polls, []
        if not polls:
            return
        for poll, (new, edited) in zip(polls, self._services.store.entries.record(polls), strict=True):
            outcome = poll.state.outcome or PollOutcome.NEW
            if outcome is PollOutcome.NEW and not (new or edited):
                outcome = PollOutcome.NOTHING_NEW
            self.counts.update({outcome: 1, "entries": new, "edited": edited})
            log.debug("polled", feed=poll.state.feed, outcome=outcome, new=new, edited=edited)
        self._services.store.entries.record_incidents(
            [i for p in polls for i in incidents(p.state, self._incidents.get(p.state.feed, ()), self._now)]
        )

    def _read(self, feed: Feed, state: FeedState, fetched: Fetched) -> Poll:
        """Turn one answer into what is to be written."""
        outcome, now, pace = fetched.outcome, self._now, self._services.settings.poll
        if outcome is None and hashlib.sha256(fetched.body).hexdigest() == state.body_sha256:
            outcome = PollOutcome.SAME_BODY
        if outcome is not None:
            return Poll(state=schedule.after(state, fetched, outcome, now, pace))
        unseen = state.succeeded_at is None or now - state.succeeded_at > timedelta(hours=GAP_HOURS)
        entries = self._services.store.entries
        parsed, marks = read(feed, fetched, now, history=unseen, marks=entries.marks(feed.name))
        fetched = replace(fetched, fresh_s=max(fetched.fresh_s, parsed.fresh_s))
        after = schedule.after(
            state, fetched, parsed.outcome or PollOutcome.NEW, now, pace, parsed.detail, parsed.entries
        )
        if parsed.entries and (state.polled_at is None or state.polled_at.date() < now.date()):  # once a day will do
            times = entries.seen_times(feed.name, now - timedelta(days=schedule.RHYTHM_DAYS))
            after = replace(after, rhythm=schedule.rhythm(times) if len(times) >= FEW_FOR_A_RHYTHM else "")
        return Poll(state=after, entries=parsed.entries, marks=marks)
