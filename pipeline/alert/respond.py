"""
What a person asks and what is known -> a named outcome, what is to be written, opened and said. Pure.

It knows nothing of how the question came: over a socket or over signed HTTP. To ask is free to whoever sees the
message; to take a matter, correct, mute, undo or settle is for members of the configured channels.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from pipeline.alert import modals
from pipeline.alert.asked import Asked
from pipeline.alert.asking import Ask, button, mention
from pipeline.alert.judge import not_relevant, settle, wrong_tag
from pipeline.alert.modals import LASTS, Question
from pipeline.alert.response import Deed, Known, Outcome, Response, message, said, undo_button
from pipeline.alert.wording import moment
from pipeline.domain import Acknowledgement, Shift, Silence, Track

DEEDS = frozenset(set(Ask) - {Ask.WHY, Ask.COPY, Ask.STANCE})
"""What changes something; the rest only tells."""


def respond(asked: Asked, known: Known) -> Response:
    """Answer a deed."""
    if not known.member:
        return said(Outcome.NOT_A_MEMBER, "Only members of the channels that alerts go to may do this.")
    if asked.ask is Ask.UNDO:
        return _undo(asked)
    if asked.ask is Ask.SETTLE:
        return settle(asked, known)
    if known.shift is None or not known.shift.evidence:
        return said(Outcome.UNKNOWN, "This is not in the memory any more.")
    return _OF_A_SHIFT[asked.ask](asked, known, known.shift)


def _take(asked: Asked, known: Known, shift: Shift) -> Response:
    has = known.owner
    if has is not None and has.owner.id != asked.by.id and asked.ask is Ask.HAVE_IT:
        words = f"{mention(has.owner.id)} has it since {moment(has.at)}."
        return said(Outcome.THEIRS, words, button(Ask.TAKE_OVER, "Take it over", shift.shift_id))
    one = Acknowledgement(act_id=asked.act_id, shift_id=shift.shift_id, owner=asked.by, at=known.now)
    words = "It is yours: its thread is quiet until independent evidence comes."
    return replace(said(Outcome.TAKEN, words, undo_button(Deed.TAKE, asked, "Give it back")), take=one)


def _mute(asked: Asked, known: Known, shift: Shift) -> Response:
    if asked.given is None:
        return Response(outcome=Outcome.OPENED, view=modals.mute(shift, known.names, asked.channel))
    silence = _silence(asked, known.now, shift)
    if silence is None:
        return said(Outcome.EMPTY, "Nothing was chosen; nothing has changed.")
    words = f"Muted until {moment(silence.ends_at)}; `./run silence list` shows it to everybody."
    return replace(said(Outcome.MUTED, words, undo_button(Deed.MUTE, asked)), silence=silence)


def _silence(asked: Asked, now: datetime, shift: Shift) -> Silence | None:
    lasts = LASTS.get(asked.one(Question.LASTS))
    kind, _, name = asked.one(Question.WHAT).partition(":")
    if lasts is None:
        return None
    one = Silence(
        silence_id=asked.act_id,
        author=asked.by.name,
        comment="muted in Slack",
        created_at=now,
        ends_at=now + lasts,
    )
    if kind == "story":
        return replace(one, stories=shift.stories)
    if kind == "track" and name in set(Track):
        return replace(one, actors=frozenset({shift.actor}), tracks=frozenset({Track(name)}))
    return replace(one, sources=frozenset({name})) if kind == "source" and name else None


def _undo(asked: Asked) -> Response:
    deed, _, act_id = asked.about.partition(":")
    if deed not in set(Deed) or not act_id:
        return said(Outcome.UNKNOWN, "This is not in the memory any more.")
    say = message("Undone.")
    return Response(outcome=Outcome.UNDONE, undo=(Deed(deed), act_id), say=say, replaces=bool(asked.answer_url))


_OF_A_SHIFT: Mapping[Ask, Callable[[Asked, Known, Shift], Response]] = {
    Ask.HAVE_IT: _take,
    Ask.TAKE_OVER: _take,
    Ask.WRONG_TAG: wrong_tag,
    Ask.NOT_RELEVANT: not_relevant,
    Ask.MUTE: _mute,
}
