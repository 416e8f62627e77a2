"""
What was found, and in what -> what a later look goes on from; and whether a look at what moves since can differ. Pure.

Everything that counts before the checkpoint's moment stands in the lines: a detector for each series. The stories that
have an article of a later time are read again, whole. As long as what they say of the time before is the same, they
report no change that is not known, and no detector alarms over what they say since, a look at everything finds what
it found: then it is not taken. Whatever is not surely so is a reason to look at everything (`Whole`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.detect.held import outages
from pipeline.detect.lines import SERIES, Content, Line, line_before, name_of
from pipeline.detect.reported import claims
from pipeline.detect.series import Vote, balances
from pipeline.detect.shifts import Around, Found, standing
from pipeline.domain import Series, TaggedArticle
from pipeline.shapes import DetectSettings

LAG = timedelta(days=7)
"""So long stories gather (five days) and copies come late (two)."""
STEP = timedelta(days=1)
"""So much a checkpoint moves on at once."""


class Whole(StrEnum):
    """Why everything is looked at."""

    FIRST = "first"  # there is no checkpoint
    AROUND = "around"  # settings, outlets, faults of feeds, denials, corrections or the program are others
    BEFORE = "before"  # something of the time before the checkpoint changed, or what a shift rests on
    MODEL = "model"  # another model has tagged
    CLAIM = "claim"  # a story that reports a change came or changed
    ALARM = "alarm"  # a series may have moved, or one that was held or has just moved has a new vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """The stories that move since a moment, without what was denied: ``earlier`` and ``later`` are their votes."""

    told: Sequence[TaggedArticle]
    earlier: Mapping[Series, Sequence[Vote]]
    later: Mapping[Series, Sequence[Vote]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """
    What was found up to a look, in brief: ``earlier`` and ``claims`` of the stories that moved ``since`` then.

    ``still`` are the series that no detector can go on in, each with its later votes: one that is held, that has moved
    or been opened since. ``faults_until`` is the last moment at which a fault of a feed can matter to what was found.
    """

    since: datetime
    revision: int
    around: str
    faults_until: datetime | None
    model: str
    earlier: str
    claims: str
    still: Mapping[str, str]
    counts: Mapping[str, int]

    def content(self) -> Content:
        """Return it as JSON keeps it."""
        until = self.faults_until
        return {**asdict(self), "since": self.since.isoformat(), "faults_until": until.isoformat() if until else None}


def checkpoint_of(content: Content) -> Checkpoint:
    """Read a checkpoint as JSON keeps it."""
    since, until = (content[name] and datetime.fromisoformat(content[name]) for name in ("since", "faults_until"))
    return Checkpoint(**{**content, "since": since, "faults_until": until})


def moving(tagged: Sequence[TaggedArticle], since: datetime, around: Around) -> Moving:
    """Take the stories of which an article was published or seen since a moment, whole."""
    late = {one.article.story_id for one in tagged if _latest(one) >= since}
    told = standing([one for one in tagged if one.article.story_id in late], around)
    votes = balances(told)
    return Moving(told=told, earlier=_where(votes, lambda at: at < since), later=_where(votes, lambda at: at >= since))


def checkpoint(
    tagged: Sequence[TaggedArticle],
    found: Found,
    wanted: DetectSettings,
    around: Around,
    now: datetime,
    *,
    revision: int,
    beside: str,
    counts: Mapping[str, int],
) -> tuple[Checkpoint, dict[str, Line]] | None:
    """Return what a later look goes on from, with the line of every series; None where none can."""
    since = now - LAG
    moves = moving(tagged, since, around)
    model = _model(found, moves)
    if model is None:
        return None
    lines, still = dict[str, Line](), dict[str, str]()
    for series, votes in found.votes.items():
        line = line_before(since, series, votes, found.watched[series], wanted) if votes else None
        if line is not None:
            lines[name_of(series)] = line
        elif votes:
            still[name_of(series)] = _still(moves, series)
    until = _faults_until(found)
    left = Checkpoint(
        since=since,
        revision=revision,
        around=surroundings(wanted, around, until, beside),
        faults_until=until,
        model=model,
        earlier=_earlier(moves),
        claims=_claims(moves),
        still=still,
        counts=counts,
    )
    return left, lines


def whole(last: Checkpoint, moves: Moving, lines: Mapping[str, Line]) -> Whole | None:
    """Say why everything has to be looked at; None: nothing else would be found."""
    if {one.tag.model for one in moves.told} - {last.model}:
        return Whole.MODEL
    if _earlier(moves) != last.earlier:
        return Whole.BEFORE
    if _claims(moves) != last.claims:
        return Whole.CLAIM
    for name, votes in last.still.items():
        if _still(moves, SERIES[name]) != votes:
            return Whole.ALARM
    if any(line.alarms(moves.later[SERIES[name]]) for name, line in lines.items()):
        return Whole.ALARM
    return None


def moved_on(
    last: Checkpoint,
    tagged: Sequence[TaggedArticle],
    moves: Moving,
    lines: Mapping[str, Line],
    around: Around,
    now: datetime,
) -> tuple[Checkpoint, dict[str, Line]]:
    """Return the checkpoint as it is at a later moment, and the lines that changed."""
    since = now - LAG
    if since < last.since + STEP:
        return last, {}
    next_ = moving(tagged, since, around)
    passed = {name: [vote for vote in moves.later[SERIES[name]] if vote.at < since] for name in lines}
    still = {name: _still(next_, SERIES[name]) for name in last.still}
    left = replace(last, since=since, earlier=_earlier(next_), claims=_claims(next_), still=still)
    return left, {name: line.after(passed[name]) for name, line in lines.items() if passed[name]}


def surroundings(wanted: DetectSettings, around: Around, until: datetime | None, *beside: object) -> str:
    """Return the digest of all that the stories are seen against, and of what stands ``beside`` it."""
    out = outages(around.incidents, around.feeds, around.sources) if until else ()
    faults = [each for each in out if until and each.since <= until]
    return digest((wanted, sorted(around.sources.items()), sorted(around.taken_back), around.confusion, faults, beside))


def digest(value: object) -> str:
    """Return what tells a value from any other."""
    return hashlib.sha256(repr(value).encode()).hexdigest()


def _model(found: Found, moves: Moving) -> str | None:
    """
    Name the one model that what comes has to be tagged by; None where another model's tags can matter.

    What was deleted on request keeps its old tags for good. Which model tagged last matters to what was held once.
    """
    late = {one.article.story_id for one in moves.told}
    before = {one.tag.model for one in found.told if one.article.story_id not in late}
    after = {one.tag.model for one in moves.told}
    if len(before | after) <= 1:
        return next(iter(before | after), "")
    held = any(change.fault for watched in found.watched.values() for change in watched.changes)
    return next(iter(after)) if len(after) == 1 and after <= before and not held else None


def _faults_until(found: Found) -> datetime | None:
    """Return the last moment at which an alarm was weighed against the faults of feeds."""
    return max(
        (
            found.votes[series][-1].at
            if any(change.fault for change in known.changes)
            else known.changes[-1].line[-1].at
            for series, known in found.watched.items()
            if known.changes
        ),
        default=None,
    )


def _earlier(moves: Moving) -> str:
    return digest([(series, _shown(moves, cast)) for series, cast in moves.earlier.items() if cast])


def _still(moves: Moving, series: Series) -> str:
    return digest(_shown(moves, moves.later[series]))


def _shown(moves: Moving, votes: Sequence[Vote]) -> list[tuple[Vote, TaggedArticle]]:
    """Put to each vote the article that is shown for it: a shift takes its tracks from there."""
    articles = {one.article.article_id: one for one in moves.told}
    return [(vote, articles[vote.article_id]) for vote in votes]


def _claims(moves: Moving) -> str:
    return digest([claim.told for claim in claims(moves.told)])


def _where(votes: Mapping[Series, Sequence[Vote]], when: Callable[[datetime], bool]) -> dict[Series, list[Vote]]:
    return {series: [vote for vote in cast if when(vote.at)] for series, cast in votes.items()}


def _latest(one: TaggedArticle) -> datetime:
    return max(one.article.seen_at, one.article.published_at or one.article.seen_at)
