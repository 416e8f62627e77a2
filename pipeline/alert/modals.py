"""
A shift and its tags -> the modals that ask a person what is wrong, or what to mute. Pure.

The labels are the codebook's, with their meanings and examples; what the model said is chosen beforehand. Each view is
within Slack's limits by construction: 100 blocks, 3,000 characters a section, 75 an option.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from pipeline.alert.asking import Ask
from pipeline.alert.blocks import SECTION, VALUE, Block, fit, option, plain, radio, section, select, several, tick
from pipeline.alert.wording import headline
from pipeline.domain import Act, Actor, Evidence, Position, ReportedShift, Shift, ShiftKind, Stance, Track
from pipeline.vocabulary import CodebookSettings, Meaning

STORIES, CHOICES = 25, 10
"""How many stories, and how many things to mute, are offered at most; Slack takes 100 and 10."""
LASTS = {"1d": timedelta(days=1), "1w": timedelta(weeks=1)}

_Label = TypeVar("_Label", bound=StrEnum)

_TITLE = {Ask.WRONG_TAG: "Wrong tag", Ask.NOT_RELEVANT: "Not relevant", Ask.MUTE: "Mute"}
_LASTS = {"1d": "1 day", "1w": "1 week"}


class Question(StrEnum):
    """What a modal asks; the ``action_id`` of its answer."""

    STORY = "story"
    ACTOR = "actor"
    VOICE = "voice"
    STANCE = "stance"
    SHIFT = "reported_shift"
    ACT = "act"
    TRACKS = "tracks"
    ALLEGATION = "allegation"
    WHAT = "what"
    LASTS = "lasts"


def wrong_tag(
    shift: Shift,
    position: Position | None,
    tracks: Iterable[Track],
    names: Mapping[Actor, str],
    codebook: CodebookSettings,
    channel: str,
) -> Block:
    """Ask what a story says instead; ``position`` and ``tracks`` are what its tag says now."""
    allegation = position.allegation if position else False
    stories = list(_stories(shift))
    blocks = [
        section(f"*{fit(headline(shift, names), SECTION // 2)}*\nWhat you say holds at once and can be undone."),
        select(Question.STORY, "Which headline", stories, str(stories[0]["value"])),
        select(Question.ACTOR, "Who", [option(names[a], a) for a in Actor], shift.actor),
        *_asked(Question.VOICE, "Which voice", codebook.voices, shift.voice),
        *_asked(Question.STANCE, "Its stance", codebook.stances, position.stance if position else Stance.NEUTRAL),
        *_asked(
            Question.SHIFT,
            "Does the text report a change",
            codebook.shifts,
            position.reported_shift if position else ReportedShift.NONE,
        ),
        *_asked(Question.ACT, "What was done, the strongest", codebook.acts, position.act if position else Act.SAID),
        _meanings(codebook.tracks),
        several(
            Question.TRACKS, "Tracks", [option(_spaced(t), t) for t in Track], [str(t) for t in tracks], optional=True
        ),
        tick(Question.ALLEGATION, "Allegation", "It rests only on another party's word", ticked=allegation),
    ]
    return _view(Ask.WRONG_TAG, shift, channel, blocks, "Correct")


def not_relevant(shift: Shift, names: Mapping[Actor, str], channel: str) -> Block:
    """Ask which of several stories are none of our matters: of a reported shift all are chosen beforehand."""
    stories = list(_stories(shift))
    chosen = [str(one["value"]) for one in stories] if shift.kind is ShiftKind.REPORTED else []
    blocks = [
        section(f"*{fit(headline(shift, names), SECTION // 2)}*"),
        several(Question.STORY, "Which are not relevant", stories, chosen),
    ]
    return _view(Ask.NOT_RELEVANT, shift, channel, blocks, "Take out")


def mute(shift: Shift, names: Mapping[Actor, str], channel: str) -> Block:
    """Ask what to hear no more of, and for how long."""
    blocks = [
        radio(Question.WHAT, "What", list(_mutable(shift, names))[:CHOICES]),
        radio(Question.LASTS, "For how long", [option(label, value) for value, label in _LASTS.items()]),
    ]
    return _view(Ask.MUTE, shift, channel, blocks, "Mute")


def _mutable(shift: Shift, names: Mapping[Actor, str]) -> Iterator[Block]:
    yield option("This story" if len(shift.evidence) == 1 else "These stories", "story")
    tracks = [shift.track] if shift.track else shift.tracks
    for track in tracks[: CHOICES // 2]:
        yield option(f"{names[shift.actor]} × {_spaced(track)}", f"track:{track}")
    for source in dict.fromkeys(piece.article.source for piece in shift.evidence):
        if source and len(f"source:{source}") <= VALUE:
            yield option(f"Source: {source}", f"source:{source}")


def _stories(shift: Shift) -> Iterator[Block]:
    for piece in shift.evidence[:STORIES]:
        yield option(piece.article.title or piece.article.url, piece.article.article_id, _about(piece))


def _about(piece: Evidence) -> str:
    return f"{piece.article.source}: {piece.stance}"


def _asked(question: Question, label: str, meanings: Mapping[_Label, Meaning], chosen: _Label) -> list[Block]:
    options = [option(_spaced(name), name, known.means) for name, known in meanings.items()]
    return [_meanings(meanings), select(question, label, options, chosen)]


def _meanings(meanings: Mapping[_Label, Meaning]) -> Block:
    lines = [
        f"*{_spaced(name)}*: {known.means} _({'; '.join(known.examples)})_"
        + (f" not: {known.unlike}" if known.unlike else "")
        for name, known in meanings.items()
    ]
    return section("\n".join(fit(line, SECTION // len(lines) - 1) for line in lines))


def _spaced(label: StrEnum) -> str:
    return label.replace("_", " ")


def _view(ask: Ask, shift: Shift, channel: str, blocks: list[Block], submit: str) -> Block:
    return {
        "type": "modal",
        "callback_id": str(ask),
        "private_metadata": json.dumps({"about": shift.shift_id, "channel": channel}),
        "title": plain(_TITLE[ask]),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "blocks": blocks,
    }
