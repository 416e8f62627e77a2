"""
A past period under other settings -> which messages they would have sent, beside those that were sent.

Reads the store and writes nothing. The stories of before the period are read too: every series needs its past.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.alert.decide import UNROUTED, decide
from pipeline.alert.route import every
from pipeline.alert.wording import headline
from pipeline.around import around
from pipeline.detect.settle import anew, withdrawn
from pipeline.detect.shifts import Around, shifts
from pipeline.domain import Actor, Reason, RefusalError, Route, Shift, TaggedArticle
from pipeline.services import Services, Tagger
from pipeline.shapes import DetectSettings

BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What is played again: shifts that became known at ``since`` or later, before ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A shift and the routes that were told, or would have been."""

    shift: Shift
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    What was sent in a period and what would have been, and what the settings of now would have sent.

    ``gained`` would have been sent and was not; ``lost`` was sent and would not have been, with the reason.
    """

    period: Period
    sent: int
    as_now: int
    instead: int
    gained: tuple[Told, ...]
    lost: tuple[tuple[Told, str], ...]


def replay(
    services: Services,
    period: Period,
    *,
    false_alarms_per_quarter: float | None = None,
    messages_per_week: int | None = None,
    tagger: Tagger | None = None,
) -> Difference:
    """Play a period again under other settings, with the tags of another model where one is given."""
    if period.since >= period.until:
        raise RefusalError(f"replay: {period.since:%Y-%m-%d %H:%M} is not before {period.until:%Y-%m-%d %H:%M}")
    now = services.settings.detect
    wanted = now
    if false_alarms_per_quarter is not None:
        wanted = now.model_copy(update={"false_alarms_per_quarter": false_alarms_per_quarter})
    seen, tagged = around(services, period.until), _tagged(services, period)
    as_now, _ = found(services, tagged, now, seen, period)
    asked = retagged(services, period, tagger) if tagger else tagged
    instead, kept = found(services, asked, wanted, seen, period, messages_per_week)
    known = recorded(services, period)
    gone = withdrawn(
        [each.shift for each in instead],
        [each.shift for each in known],
        model=asked[-1].tag.model if asked else "",
        false_alarms_per_quarter=wanted.false_alarms_per_quarter,
        taken_back=seen.taken_back,
    )
    return Difference(
        period=period,
        sent=_messages(known),
        as_now=_messages(as_now),
        instead=_messages(instead),
        gained=_gained(instead, known),
        lost=tuple((each, _why(each, kept, gone)) for each in known if each.shift.shift_id in gone),
    )


def _why(lost: Told, kept: Mapping[str, Reason], gone: Mapping[str, str]) -> str:
    reason = kept.get(lost.shift.shift_id)
    return f"found, but not a message of its own: {reason}" if reason else gone[lost.shift.shift_id]


def found(
    services: Services,
    tagged: Sequence[TaggedArticle],
    wanted: DetectSettings,
    seen: Around,
    period: Period,
    messages_per_week: int | None = None,
) -> tuple[list[Told], dict[str, Reason]]:
    """
    Return the shifts of the period that some settings would have sent as messages of their own, with the routes.

    And, by id with the reason, those that they would have found and not sent.
    """
    policy, kept = services.policy(), dict[str, Reason]()
    routes = [_at_once(route, messages_per_week) for route in services.settings.routes]
    known, said, told = list[Shift](), list[Told](), dict[tuple[str, str], datetime]()
    for shift in sorted(shifts(tagged, wanted, seen), key=lambda shift: (shift.detected_at, shift.shift_id)):
        if period.since <= shift.detected_at < period.until:
            known.append(shift)
            answers = list(decide(known, routes, _but(known, routes, shift), shift.detected_at, told, policy))
            if names := tuple(answer.route for answer in answers if answer.send):
                told |= {(shift.shift_id, name): shift.detected_at for name in names}
                said.append(Told(shift=shift, routes=names))
            else:
                kept |= {answer.shift_id: answer.reason for answer in answers}
    return said, kept


def _at_once(route: Route, messages_per_week: int | None) -> Route:
    """Return a route that waits for nothing: in a replay every shift is answered when it becomes known."""
    asked = route.messages_per_week if messages_per_week is None else messages_per_week
    branches = tuple(_at_once(branch, messages_per_week) for branch in route.routes)
    return replace(
        route, messages_per_week=asked, group_wait_minutes=0.0, group_by=(), quiet_from=None, routes=branches
    )


def _but(known: Sequence[Shift], routes: Sequence[Route], shift: Shift) -> set[tuple[str, str]]:
    """Name every answer but those on one shift."""
    names = [*(route.name for route in every(routes)), UNROUTED]
    return {(one.shift_id, name) for one in known for name in names if one is not shift}


def recorded(services: Services, period: Period) -> list[Told]:
    """Return the shifts of the period that were sent, each with its routes."""
    told: dict[str, tuple[Shift, tuple[str, ...]]] = {}
    for shift, answer in services.store.records.answers(since=period.since, until=period.until):
        if answer.reason == Reason.FIRST:
            _, routes = told.get(shift.shift_id, (shift, ()))
            told[shift.shift_id] = shift, (*routes, answer.route)
    return [Told(shift=shift, routes=routes) for shift, routes in told.values()]


def retagged(services: Services, period: Period, tagger: Tagger) -> list[TaggedArticle]:
    """Tag anew, in memory, every article that was seen before the period's end; what is relevant."""
    articles = services.store.articles.seen_before(period.until)
    found = list[TaggedArticle]()
    for start in range(0, len(articles), BATCH):
        batch = articles[start : start + BATCH]
        tags = tagger.tag([article.text for article in batch])
        found += [TaggedArticle(article=a, tag=tag) for a, tag in zip(batch, tags, strict=True)]
    return [one for one in found if one.tag.relevant]


def words(difference: Difference, names: Mapping[Actor, str]) -> str:
    """Say the difference in words: first the two numbers, then each message gained and lost."""
    period, sent = difference.period, difference.sent
    lines = [f"From {period.since:%Y-%m-%d %H:%M} until {period.until:%Y-%m-%d %H:%M} UTC: {_instead(difference)}"]
    if difference.as_now != sent:
        lines.append(
            f"The settings and tags of now, replayed in the same way, would have sent {difference.as_now}: "
            "stories that came late, edits and changed settings make the difference to what was sent."
        )
    lines += _listed("gained", [(each, "") for each in difference.gained], names)
    lines += _listed("lost", difference.lost, names)
    return "\n".join(lines)


def _instead(difference: Difference) -> str:
    sent, instead = difference.sent, difference.instead
    if not difference.gained and not difference.lost and sent == instead:
        return f"these settings would have sent the same {_count(sent)}."
    return f"these settings would have sent {_count(instead)} instead of {sent}."


def _listed(what: str, said: Sequence[tuple[Told, str]], names: Mapping[Actor, str]) -> list[str]:
    lines = ["", f"{what}: {len(said)}"] if said else []
    for each, why in said:
        routes, shift = ", ".join(each.routes), each.shift
        about = f"{headline(shift, names)}  ({shift.kind}, {routes})  {shift.shift_id}"
        lines += [f"  {shift.detected_at:%Y-%m-%d %H:%M}  {about}", f"    {why or shift.words}"]
    return lines


def _gained(instead: Sequence[Told], known: Sequence[Told]) -> tuple[Told, ...]:
    """Leave out what was sent, be it under another name."""
    names, before = {each.shift.shift_id for each in known}, [each.shift for each in known]
    new = {shift.shift_id for shift in anew([each.shift for each in instead], before)} - names
    return tuple(each for each in instead if each.shift.shift_id in new)


def _messages(said: Sequence[Told]) -> int:
    return sum(len(each.routes) for each in said)


def _count(messages: int) -> str:
    return f"{messages} {'message' if messages == 1 else 'messages'}"


def _tagged(services: Services, period: Period) -> list[TaggedArticle]:
    return [one for one in services.store.articles.relevant() if one.article.seen_at < period.until]
