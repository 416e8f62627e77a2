"""
What is wrong with the collection -> one message a day, and one for a standstill of the whole. Pure.

A feed that is broken, silent, moved or flooded is a line, not a message; that nothing has run for hours is a message at
once, and so is that it runs again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.alert.blocks import fit, header, section
from pipeline.alert.message import Line, gathered
from pipeline.alert.wording import moment
from pipeline.domain import Incident, IncidentKind, Message, Route

VERBS = ("poll", "dedup", "classify", "detect", "alert")
"""In the order of a pass: where one stands, those after it wait for it and are not told apart."""
BEFORE_ALERT = VERBS[:-1]
"""What can be seen to stand by a sender, which runs itself."""
SHOWN = 12
_LENGTH = 200
_WORDS = {
    IncidentKind.BROKEN: "Broken: cannot be read",
    IncidentKind.MOVED: "Moved: mend config/feeds.yaml",
    IncidentKind.SILENT: "Silent: can be read, but says nothing",
    IncidentKind.FLOODED: "Flooded: far more than usual",
}


def report(day: str, feeds: int, lasting: Sequence[Incident], ended: Sequence[Incident]) -> Message:
    """Return the day's message about the feeds that need a look, and those that recovered."""
    wrong = len({incident.feed for incident in lasting})
    lines = [_line(words, feeds, [i for i in lasting if i.kind is kind]) for kind, words in _WORDS.items()]
    lines.append(_line("Recovered since yesterday", feeds, ended))
    head = f"Collection · {day} · {wrong} of {feeds} feeds need a look"
    return gathered(head, [each for each in lines if each.words], "what to do about each: `./run feeds`")


def _line(words: str, feeds: int, incidents: Sequence[Incident]) -> Line:
    if not incidents:
        return Line("")
    listed = [f"• {fit(_told(incident), _LENGTH)}" for incident in incidents[:SHOWN]]
    more = [f"• and {len(incidents) - SHOWN} more"] if incidents[SHOWN:] else []
    return Line(f"*{words}* ({len(incidents)} of {feeds})", "\n".join([*listed, *more]))


def _told(incident: Incident) -> str:
    if incident.ended_at:
        return f"{incident.feed}: was {incident.kind} from {moment(incident.started_at)}"
    return f"{incident.feed}, since {moment(incident.started_at)}: {incident.detail}"


def stalled(last: Mapping[str, datetime], verbs: Iterable[str], route: Route, now: datetime) -> str | None:
    """Name the first verb of a pass that has not succeeded for too long; one that never ran is not missed."""
    longest = timedelta(hours=route.stalled_hours)
    return next((verb for verb in verbs if verb in last and now - last[verb] > longest), None)


def key(route: Route, verb: str, last: datetime) -> str:
    """Return the outbox key of a standstill: once for all that follows one success."""
    return hashlib.sha256(f"stalled\0{route.name}\0{verb}\0{last.isoformat()}".encode()).hexdigest()[:32]


def standstill(verb: str, last: datetime, now: datetime) -> Message:
    """Say that nothing has run for hours."""
    hours = (now - last) / timedelta(hours=1)
    head = f"NOT WATCHING · no {verb} has succeeded for {hours:.0f} hours"
    words = (
        f"The last one that did was at {moment(last)}. Until it runs again, nothing new is found or told. "
        "Airflow's log of the task, or `./run monitor`, says why it fails."
    )
    return Message(text=f"{head}. {words}", blocks=(header(head), section(words)))


def recovered(verb: str, last: datetime, again: datetime) -> Message:
    """Say that it runs again, and for how long it did not."""
    hours = (again - last) / timedelta(hours=1)
    head = f"WATCHING AGAIN · {verb} runs again"
    words = f"It stood still for {hours:.0f} hours, from {moment(last)} to {moment(again)}."
    return Message(text=f"{head}. {words}", blocks=(header(head), section(words)))
