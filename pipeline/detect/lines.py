"""The votes of a series before a moment -> where its watching goes on, and what it finds in what comes. Pure."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pipeline.detect.change import Detector, Observation
from pipeline.detect.changes import Watched
from pipeline.detect.moved import coming, counting, threshold
from pipeline.detect.series import Vote, all_series, opening, stories_to_open
from pipeline.detect.shares import Newcomers
from pipeline.domain import Series
from pipeline.shapes import DetectSettings

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A series before the checkpoint: its detector and newcomers, or the times of a track that is not open yet."""

    detector: Detector
    newcomers: Newcomers
    times: tuple[datetime, ...] | None
    per_week: float

    def alarms(self, votes: Iterable[Vote]) -> bool:
        """Say whether anything can be found in these votes that come next: an alarm, or a track that opens."""
        if self.times is not None:
            return opening([*self.times, *(vote.at for vote in votes)], self.per_week) is not None
        detector, newcomers = copy.deepcopy((self.detector, self.newcomers))
        return any(newcomers.let(vote) and detector.update(_seen(vote)).alarm is not None for vote in votes)

    def after(self, votes: Sequence[Vote]) -> "Line":
        """Return the line as it is after these votes, which raise no alarm."""
        if self.times is not None:
            kept = [*self.times, *(vote.at for vote in votes)]
            needed = stories_to_open(self.per_week) - 1
            return replace(self, times=tuple(kept[max(len(kept) - needed, 0) :]))
        detector, newcomers = copy.deepcopy((self.detector, self.newcomers))
        for vote in votes:
            if newcomers.let(vote):
                detector.update(_seen(vote))
        return replace(self, detector=detector, newcomers=newcomers)

    def content(self) -> Content:
        """Return it as JSON keeps it."""
        if self.times is not None:
            return {"times": [at.isoformat() for at in self.times]}
        return {**self.detector.packed(), "newcomers": self.newcomers.packed()}


def line_of(series: Series, wanted: DetectSettings, content: Content | None = None) -> Line:
    """Read a line as JSON keeps it; without, that of a series without a story."""
    detector = Detector(threshold=threshold(series, wanted.false_alarms_per_quarter), warm_up=wanted.min_stories)
    newcomers = Newcomers()
    times = [] if series.track and content is None else content.get("times") if content else None
    if content and times is None:
        detector.unpack(content)
        newcomers.unpack(content["newcomers"])
    known = None if times is None else tuple(datetime.fromisoformat(at) for at in times)
    return Line(detector, newcomers, known, wanted.track_stories_per_week)


def line_before(
    since: datetime, series: Series, votes: Sequence[Vote], watched: Watched, wanted: DetectSettings
) -> Line | None:
    """Return where a series stood before a moment; None where its detector can not go on from there."""
    empty = line_of(series, wanted)
    if series.track:
        times = [vote.at for vote in votes]
        if opening(times, wanted.track_stories_per_week) is None:
            return empty.after([vote for vote in votes if vote.at < since])
        if opening([at for at in times if at < since], wanted.track_stories_per_week) is None:
            return None
        empty = replace(empty, times=None)
    last = watched.changes[-1] if watched.changes else None
    if last is not None and (last.held or last.line[-1].at >= since):
        return None
    counted = counting(series, votes, wanted)
    if list(watched.line) != counted[len(counted) - len(watched.line) :]:
        return None  # it goes on with votes as they come
    for vote in coming(series, votes, wanted):
        if vote.at < since:
            empty.newcomers.let(vote)
    for vote in watched.line:
        if vote.at < since:
            empty.detector.update(_seen(vote))
    return empty


def name_of(series: Series) -> str:
    """Name a series in the store."""
    return " ".join(str(part or "-") for part in (series.actor, series.voice, series.balance, series.track))


SERIES = {name_of(series): series for series in all_series()}


def _seen(vote: Vote) -> Observation:
    return Observation(value=vote.value, day=vote.day)
