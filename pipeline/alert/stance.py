"""
What is known of one actor, or who has what -> the private answer to ``/stance``. Pure.

Each voice is named by itself: a country stands nowhere, its government does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.alert.asking import mention
from pipeline.alert.blocks import Block, fit, section
from pipeline.alert.wording import BALANCES, headline, moment, stand, stories as counted
from pipeline.domain import Acknowledgement, Actor, Allegation, Message, Outlook, Shift, Voice

MOVED, CLAIMS, OPEN, TRACKS = 5, 5, 15, 5
"""So many lines of each are shown at most, the newest or weightiest first."""
MOVED_DAYS = 90

_LINE = 300
_HELP = (
    "*/stance* `japan` · `korea` · `taiwan` · `china` · `dprk`: where each voice stands, since when, what moved",
    "*/stance* `open`: which matters somebody has",
    "Buttons: _I have it_ tells the others · _Wrong tag…_ and _Not relevant_ hold at once and can be undone",
    "_Mute…_ ends by itself · _Why?_ and _Copy for minister_ are seen by you alone",
)
_ACTORS = {
    "japan": Actor.JP,
    "korea": Actor.KR,
    "taiwan": Actor.TW,
    "china": Actor.CN,
    "dprk": Actor.KP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stances:
    """What is known of one actor: where its series stand, what moved lately, what others say of its government."""

    actor: Actor
    outlooks: Sequence[Outlook]
    shifts: Sequence[Shift]
    allegations: Sequence[Allegation]


def actor_of(words: str) -> Actor | None:
    """Return the actor that a command names."""
    return _ACTORS.get(words)


def manual() -> Message:
    """Say what may be asked."""
    return _message("/stance japan · korea · taiwan · china · dprk · open", [section("\n".join(_HELP))])


def told(known: Stances, names: Mapping[Actor, str]) -> Message:
    """Say where each voice of an actor stands, since when, and what moved."""
    name = names[known.actor]
    blocks = [section(f"*{fit(name, _LINE)}: where each voice stands*\n" + "\n".join(_voices(known.outlooks)))]
    moved = sorted(known.shifts, key=lambda shift: shift.detected_at, reverse=True)
    lines = [f"{moment(shift.detected_at)} · {fit(headline(shift, names), _LINE)}" for shift in moved[:MOVED]]
    blocks.append(section(f"*What moved in {MOVED_DAYS} days*\n" + ("\n".join(lines) or "nothing")))
    if known.allegations:
        said = [_claim(one) for one in known.allegations[:CLAIMS]]
        blocks.append(section("*What others say of its government; none of it counts*\n" + "\n".join(said)))
    return _message(f"{name}: where each voice stands", blocks)


def owned(open_: Sequence[tuple[Acknowledgement, Shift]], names: Mapping[Actor, str]) -> Message:
    """Say who has which matter, the oldest first."""
    lines = [
        f"{mention(one.owner.id)} since {moment(one.at)} · {fit(headline(shift, names), _LINE // 2)}"
        for one, shift in open_[:OPEN]
    ]
    more = [f"and {len(open_) - OPEN} more"] if open_[OPEN:] else []
    return _message(
        f"{len(open_)} matters are somebody's", [section("\n".join([*lines, *more]) or "nobody has a matter")]
    )


def _voices(outlooks: Iterable[Outlook]) -> list[str]:
    known = list(outlooks)
    whole = [one for one in known if one.series.track is None]
    by_voice = sorted(whole, key=lambda one: (list(Voice).index(one.series.voice), one.series.balance))
    tracks = sorted((one for one in known if one.series.track and one.stands is not None), key=lambda one: -one.stories)
    lines = [_stands(one) for one in [*by_voice, *tracks[:TRACKS]]]
    return lines or ["no story yet"]


def _stands(one: Outlook) -> str:
    series, voice = one.series, one.series.voice.replace("_", " ")
    about = series.track.replace("_", " ") if series.track else BALANCES[series.balance]
    stories = counted(one.stories)
    if one.stands is None:
        return f"*{voice}* · {about}: too little to tell ({stories})"
    since = f" since {moment(one.since)}" if one.since else ""
    held = f"; a change is held: {one.held}" if one.held else ""
    return f"*{voice}* · {about}: {stand(one.stands)} ({one.stands:+.2f}){since}, {stories}{held}"


def _claim(one: Allegation) -> str:
    return f"{fit(one.by, _LINE)} says it is {one.stance}: {counted(one.stories)}"


def _message(text: str, blocks: Sequence[Block]) -> Message:
    return Message(text=fit(text, _LINE), blocks=tuple(blocks))
