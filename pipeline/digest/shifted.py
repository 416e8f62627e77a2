"""
Shifts of a week -> the week's one sentence, and what shifted: in words, with its evidence and its error rate. Pure.

What is held or withdrawn is shown as that. A single report has no error rate of its own but that of earlier alerts
which analysts checked.
"""

from collections.abc import Iterable, Mapping, Sequence

from pipeline.digest.phrases import Phrases, both
from pipeline.digest.statements import Statement, citation, item_id
from pipeline.domain import (
    Act,
    Actor,
    Citation,
    Evidence,
    Item,
    ReportedShift,
    Section,
    Shift,
    ShiftKind,
    Voice,
)

Verdicts = Mapping[str, bool]
"""What analysts said of shifts, by id: right or wrong."""

_STEPS = frozenset({Act.DECIDED, Act.CARRIED_OUT})


def sentence(shifts: Iterable[Shift], week: Sequence[Statement], zone: str) -> Item:
    """Say the week in one sentence; ``week`` are its statements. A week in which no government moved was quiet."""
    moved = [shift for shift in shifts if shift.stands and shift.voice is Voice.GOVERNMENT]
    official = [one for one in week if one.position.official]
    decided = [one for one in official if one.position.act in _STEPS]

    def write(say: Phrases) -> str:
        if moved:
            told = dict.fromkeys(_moved(say, actor, moved) for actor in Actor if any(s.actor is actor for s in moved))
            return "; ".join(told) + "."
        if not official:
            return say.say("quiet.empty")
        return say.say("quiet", stories=say.count("stories", len(official)), decided=len(decided))

    cited = [_cited(shift.evidence[0]) for shift in moved if shift.evidence]
    return Item(
        item_id=item_id(Section.SENTENCE),
        section=Section.SENTENCE,
        words=both(zone, write),
        evidence=tuple(cited or (one.citation for one in [*decided, *(o for o in official if o not in decided)])),
    )


def shifted(shifts: Iterable[Shift], alerted: Iterable[Shift], verdicts: Verdicts, zone: str) -> list[Item]:
    """Return an item for every shift: what stands first, governments before the debate, then the newest."""
    judged = [verdicts[shift.shift_id] for shift in alerted if shift.shift_id in verdicts]
    order = sorted(
        shifts,
        key=lambda s: (not s.stands, s.voice is not Voice.GOVERNMENT, -s.detected_at.timestamp(), s.shift_id),
    )
    return [_item(shift, judged, verdicts.get(shift.shift_id), zone) for shift in order]


def headline(say: Phrases, shift: Shift) -> str:
    """Say who moved, which way, and on what."""
    who, way = say.who(shift.actor, shift.voice), say.say(f"way.{shift.direction}")
    about = _about(say, shift)
    return say.say("shift", who=who, way=way, about=about) if about else say.say("shift.plain", who=who, way=way)


def _moved(say: Phrases, actor: Actor, moved: Iterable[Shift]) -> str:
    """Say which ways an actor moved, on what, and where it rests on one report alone."""
    ways: dict[ReportedShift, list[Shift]] = {}
    for shift in moved:
        if shift.actor is actor:
            ways.setdefault(shift.direction, []).append(shift)
    told = []
    for way, shifts in ways.items():
        abouts = dict.fromkeys(part for shift in shifts for part in _about(say, shift).split(", ") if part)
        if not any(shift.confirmed or shift.kind is ShiftKind.SERIES for shift in shifts):
            abouts[say.say("moved.single")] = None
        name = say.say(f"way.{way}")
        told.append(say.say("moved.on", way=name, tracks=", ".join(abouts)) if abouts else name)
    return say.say("moved", actor=say.say(f"actor.{actor}"), ways=say.say("moved.and").join(told))


def _about(say: Phrases, shift: Shift) -> str:
    """Name what a shift is about: its track, its balance, or the tracks of its reports."""
    if shift.track:
        return say.say(f"track.{shift.track}")
    if shift.balance:
        return say.within(say.say(f"balance.{shift.balance}"))
    return say.listed(f"track.{track}" for track in shift.tracks)


def _item(shift: Shift, judged: Sequence[bool], verdict: bool | None, zone: str) -> Item:
    def write(say: Phrases) -> str:
        told = [
            headline(say, shift),
            say.say("shift.debate") if shift.voice is not Voice.GOVERNMENT else "",
            *(_series(say, shift) if shift.kind is ShiftKind.SERIES else _reported(say, shift, judged)),
            say.say("shift.held", cause=say.say(f"held.{shift.held}")) if shift.held else "",
            say.say("shift.withdrawn", day=say.day(shift.withdrawn_at)) if shift.withdrawn_at else "",
            {True: say.say("shift.right"), False: say.say("shift.false"), None: ""}[verdict],
        ]
        return " ".join(part for part in told if part)

    return Item(
        item_id=item_id(Section.SHIFTED, shift.shift_id),
        section=Section.SHIFTED,
        actor=shift.actor,
        voice=shift.voice,
        tracks=frozenset({shift.track} if shift.track else shift.tracks),
        words=both(zone, write),
        evidence=tuple(_cited(piece) for piece in shift.evidence),
        checked=verdict is not None,
    )


def _series(say: Phrases, shift: Shift) -> list[str]:
    told = []
    if shift.before is not None and shift.after is not None:
        told.append(
            say.say(
                "shift.series",
                before=say.balance(shift.before),
                after=say.balance(shift.after),
                stories=say.count("stories", shift.stories_after),
                onset=say.day(shift.onset_at),
                old=shift.stories_before,
            )
        )
    if shift.onset_from and shift.onset_until:
        told.append(say.say("shift.onset", since=say.day(shift.onset_from), until=say.day(shift.onset_until)))
    if shift.false_alarms_per_quarter is not None:
        told.append(say.say("shift.rate", rate=f"{shift.false_alarms_per_quarter:g}"))
    return told


def _reported(say: Phrases, shift: Shift, judged: Sequence[bool]) -> list[str]:
    wrong = {"checked": len(judged), "wrong": judged.count(False)}
    return [
        say.say("shift.reported", act=say.say(f"act.{shift.act}")) if shift.act else "",
        say.say("shift.confirmed" if shift.confirmed else "shift.single"),
        say.say("shift.certainty", certainty=say.percent(shift.certainty)),
        say.say("shift.wrong", **wrong) if judged else say.say("shift.unknown"),
    ]


def _cited(piece: Evidence) -> Citation:
    return citation(piece.article, piece.gloss, piece.articles)
