"""Servers' answers -> polls that are written: compared, read, stored in batches, for `flows.poll`."""

import hashlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from types import TracebackType
from typing import Self

import structlog

from pipeline.domain import Feed, FeedKind, FeedState, Fetched, Incident, IncidentKind, Marks, Poll, PollOutcome
from pipeline.poll import schedule
from pipeline.poll.health import incidents
from pipeline.poll.identity import settled
from pipeline.poll.parse import GAP_HOURS
from pipeline.poll.parsers import Question, Reading
from pipeline.poll.removed import newest_first, removed
from pipeline.services import Services

FULL_ANSWERS = 512
FULL_BYTES = 2_500_000
"""So many answers, or bodies of so many bytes, are a batch to be read; two are in memory at once."""
FULL_ENTRIES = 1_000
"""So many entries, or polls of `FULL_ANSWERS`, are written at once: a changed feed brings few."""
FEW_FOR_A_RHYTHM = 10
SUDDEN = 10
"""So many new entries at once are worth a look at the feed's days."""

log = structlog.get_logger()


FINE = frozenset({PollOutcome.NEW, PollOutcome.UNCHANGED, PollOutcome.SAME_BODY, PollOutcome.NOTHING_NEW})
"""Outcomes of a feed that could be read."""


class Batch:
    """
    Answers not yet written: a question and a transaction a feed would cost more than the rest of a poll.

    While one batch is being read by `Parsers`, the next one is being fetched.
    """

    def __init__(self, services: Services, known: Mapping[str, tuple[Feed, FeedState]], now: datetime) -> None:
        self.known = known
        self.counts = Counter[str]()
        self._entries = services.store.entries
        self._pace = services.settings.poll
        self._now = now
        self._answers: list[Fetched] = []
        self._bytes = 0
        self._parsers = services.parsers
        self._being_read = deque[tuple[list[Fetched], Iterator[Reading]]]()
        self._polls: list[Poll] = []
        self._digests: dict[str, str] = {}
        self._marks: dict[str, Marks] = {}
        self._incidents: dict[str, list[Incident]] = {}
        for incident in self._entries.incidents(open_only=True):
            self._incidents.setdefault(incident.feed, []).append(incident)
        self._log = log.bind()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if fault is None:
            self._begin()
            while self._being_read:
                self._await(*self._being_read.popleft())
            self._write()
        self._parsers.rest()

    def take(self, fetched: Fetched) -> None:
        """Take one answer; when there are enough, begin to read them, and await those of the batch before."""
        if fetched.outcome is PollOutcome.NOT_REACHED:
            self.counts[fetched.outcome] += 1
            return
        self._answers.append(self._compared(fetched) if fetched.outcome is None else fetched)
        self._bytes += len(fetched.body)
        if len(self._answers) >= FULL_ANSWERS or self._bytes >= FULL_BYTES:
            self._begin()
            if len(self._being_read) > 1:
                self._await(*self._being_read.popleft())

    def _compared(self, fetched: Fetched) -> Fetched:
        """Say so where a body is the one of last time."""
        _, state = self.known[fetched.feed]
        digest = self._digests[fetched.feed] = hashlib.sha256(fetched.body).hexdigest()
        return replace(fetched, outcome=PollOutcome.SAME_BODY) if digest == state.body_sha256 else fetched

    def _begin(self) -> None:
        """Have the documents among the answers read."""
        answers, self._answers, self._bytes = self._answers, [], 0
        documents = [answer for answer in answers if answer.outcome is None]
        marks = self._entries.marks([document.feed for document in documents])
        self._marks |= marks
        questions: list[Question] = []
        for document in documents:
            feed, state = self.known[document.feed]
            unseen = state.succeeded_at is None or self._now - state.succeeded_at > timedelta(hours=GAP_HOURS)
            questions.append((feed, document, self._now, unseen, marks.get(feed.name)))
        self._being_read.append((answers, self._parsers.read(questions)))

    def _await(self, answers: list[Fetched], readings: Iterator[Reading]) -> None:
        """Take what has been read; when there is enough, write it."""
        self._polls += [self._poll(answer, readings) for answer in answers]
        if len(self._polls) >= FULL_ANSWERS or sum(len(poll.entries) for poll in self._polls) >= FULL_ENTRIES:
            self._write()

    def _write(self) -> None:
        """Write what has been read, and what it says of the feeds' health."""
        polls, self._polls = self._settled(self._polls), []
        times = self._times(polls)
        polls = [_with_rhythm(poll, times.get(poll.state.feed), self._now) for poll in polls]
        recorded = self._entries.record(polls)
        for poll, one in zip(polls, recorded, strict=True):
            feed = poll.state.feed
            self.counts.update({str(one.outcome): 1, "entries": one.new, "edited": one.edited})
            if one.altered:
                self.counts["altered"] += one.altered
                self._log.warning("altered_after_an_alert", feed=feed, entries=one.altered)
            self._log.debug("polled", feed=feed, outcome=one.outcome, edited=one.edited, entries=one.brought)
        many = [poll.state.feed for poll, one in zip(polls, recorded, strict=True) if self._may_flood(poll, one.new)]
        seen = self._entries.seen_times(many, self._now - timedelta(days=schedule.RHYTHM_DAYS)) if many else {}
        floods = {feed: seen.get(feed, []) for feed in many}
        wrong = (
            incidents(p.state, self._incidents.get(p.state.feed, ()), self._now, floods.get(p.state.feed))
            for p in polls
        )
        self._entries.record_incidents(chain.from_iterable(wrong))

    def _may_flood(self, poll: Poll, new: int) -> bool:
        """Say whether so many entries are new at once, or were, that the feed's days are worth counting."""
        known = self._incidents.get(poll.state.feed, ())
        return new >= SUDDEN or any(incident.kind is IncidentKind.FLOODED for incident in known)

    def _poll(self, fetched: Fetched, readings: Iterator[Reading]) -> Poll:
        """Turn one answer, and what its document said, into what is to be written."""
        feed, state = self.known[fetched.feed]
        digest = self._digests.pop(fetched.feed, None)
        if fetched.outcome is not None:
            after = schedule.after(state, fetched, fetched.outcome, self._now, self._pace, body_sha256=digest)
            return Poll(state=after)
        parsed, marks = next(readings)
        if parsed.fresh_s > fetched.fresh_s:
            fetched = replace(fetched, fresh_s=parsed.fresh_s)
        outcome = parsed.outcome or PollOutcome.NEW
        last = self._marks.pop(fetched.feed, None)
        before = tuple(last.items.values()) if last else ()
        fresh = [entry for entry in parsed.entries if entry.published_at or entry.entry_id not in before]
        after = schedule.after(state, fetched, outcome, self._now, self._pace, parsed.detail, fresh, digest)
        gone = self._removed(feed, before, tuple(marks.items.values()) if marks else ())
        return Poll(state=after, entries=parsed.entries, marks=marks, removed=gone)

    def _removed(self, feed: Feed, before: Sequence[str], now: Sequence[str]) -> frozenset[str]:
        """Name what a feed's outlet has taken back, where its documents go by date; a search takes nothing back."""
        gone = removed(before, now) if feed.kind is not FeedKind.AGGREGATOR else frozenset()
        if not gone:
            return gone
        known = self._entries.known(before)
        return gone if newest_first([known[name].published_at for name in before if name in known]) else frozenset()

    def _settled(self, polls: list[Poll]) -> list[Poll]:
        """Give entries the ids that they are known by, where their guids alone would mislead."""
        entries = [entry for poll in polls for entry in poll.entries]
        known = self._entries.known([entry.entry_id for entry in entries])
        doubtful = [e for e in entries if e.url and (e.entry_id not in known or known[e.entry_id].url != e.url)]
        there = self._entries.there(doubtful, self._now - timedelta(days=schedule.RHYTHM_DAYS))
        return [
            replace(poll, entries=settled(poll.entries, known, there, poll.marks.items.values() if poll.marks else ()))
            if poll.entries
            else poll
            for poll in polls
        ]

    def _times(self, polls: list[Poll]) -> dict[str, list[datetime]]:
        """Look up when the feeds that had entries had theirs; once a day will do."""
        last = {poll.state.feed: self.known[poll.state.feed][1].polled_at for poll in polls if poll.entries}
        wanted = [feed for feed, at in last.items() if at is None or at.date() < self._now.date()]
        times = self._entries.seen_times(wanted, self._now - timedelta(days=schedule.RHYTHM_DAYS)) if wanted else {}
        return {feed: times.get(feed, []) for feed in wanted}


def _with_rhythm(poll: Poll, times: list[datetime] | None, now: datetime) -> Poll:
    """Count the hours of a feed's entries anew where they were looked up; too few, or a week, have no rhythm."""
    if times is None:
        return poll
    weeks = min((now - min(times, default=now)) / timedelta(days=7), schedule.RHYTHM_DAYS / 7)
    enough = len(times) >= FEW_FOR_A_RHYTHM and weeks >= 1
    return replace(poll, state=replace(poll.state, rhythm=schedule.rhythm(times, weeks) if enough else ""))
