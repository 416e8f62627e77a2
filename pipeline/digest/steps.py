"""
Statements -> for every government and track, how far what it promised has come, and how old its last step is. Pure.

A step counts from its last report. One that is older than the step before it belongs to an earlier matter: what was
decided after the last delivery is not delivered.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pipeline.digest.phrases import Phrases, both
from pipeline.digest.statements import Statement, item_id
from pipeline.domain import Act, Actor, Item, ReportedShift, Section, Stance, Track, Voice

OPEN = timedelta(days=182)
"""A matter whose last step is older is no longer followed."""

TRACKS = frozenset(
    {
        *(Track.SANCTIONS, Track.AID, Track.NATO_EU, Track.K_DIPLOMACY, Track.RECONSTRUCTION),
        *(Track.ACCOUNTABILITY, Track.MILITARY),
    }
)
"""What a government can promise Ukraine and deliver."""

_STEPS = (Act.CONSIDERING, Act.DECIDED, Act.CARRIED_OUT)


def steps(statements: Iterable[Statement], until: datetime, zone: str) -> list[Item]:
    """Return an item for every government and track on which something is under way, in order of actors and age."""
    last: dict[tuple[Actor, Track], dict[Act, Statement]] = {}
    for one in statements:
        step = _step(one)
        if step is None or one.at < until - OPEN:
            continue
        for track in one.tracks & TRACKS:
            if track is not Track.K_DIPLOMACY or one.position.actor is Actor.KR:
                last.setdefault((one.position.actor, track), {})[step] = one
    order, tracks = list(Actor), list(Track)
    found = sorted(last.items(), key=lambda each: (order.index(each[0][0]), tracks.index(each[0][1])))
    return [_item(actor, track, acts, until, zone) for (actor, track), acts in found if _taken(acts)]


def _step(one: Statement) -> Act | None:
    """
    Return what a government's act is to Ukraine.

    What leads closer or supports it is a step; the contrary turns back; to hedge, or to weigh the contrary, is none.
    """
    position = one.position
    if not position.official:
        return None
    if position.act is Act.REFUSED:
        return Act.REFUSED
    if position.reported_shift is ReportedShift.AWAY or position.stance is Stance.OPPOSING:
        return Act.REFUSED if position.act in {Act.DECIDED, Act.CARRIED_OUT} else None
    closer = position.reported_shift is ReportedShift.TOWARD or position.stance is Stance.SUPPORTIVE
    return position.act if closer else None


def _item(actor: Actor, track: Track, acts: Mapping[Act, Statement], until: datetime, zone: str) -> Item:
    taken = _taken(acts)
    back = acts.get(Act.REFUSED)
    turned = back is not None and back.at > taken[-1][1].at
    shown = [*taken, (Act.REFUSED, back)] if back and turned else taken
    missing = _STEPS[_STEPS.index(taken[-1][0]) + 1 :][:1] if not turned else ()
    age = (until - shown[-1][1].at).days

    def write(say: Phrases) -> str:
        told = [say.say(f"step.{step}", day=say.day(one.at)) for step, one in shown]
        told += [say.say(f"step.not.{step}") for step in missing]
        return say.say(
            "step",
            actor=say.say(f"actor.{actor}"),
            track=say.say(f"track.{track}"),
            steps=" → ".join(told),
            age=say.say("step.age", days=say.count("days", age)),
        )

    return Item(
        item_id=item_id(Section.STEPS, actor, track),
        section=Section.STEPS,
        actor=actor,
        voice=Voice.GOVERNMENT,
        tracks=frozenset({track}),
        words=both(zone, write),
        evidence=tuple(one.citation for _, one in reversed(shown)),
    )


def _taken(acts: Mapping[Act, Statement]) -> list[tuple[Act, Statement]]:
    """Return the steps that were taken, in order; what came before an earlier step is of an earlier matter."""
    taken: list[tuple[Act, Statement]] = []
    for step in _STEPS:
        one = acts.get(step)
        if one is not None and (not taken or one.at >= taken[-1][1].at):
            taken.append((step, one))
    return taken
