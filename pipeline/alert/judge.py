"""A correction that a person makes, and what others said before -> whether it holds, and what is said of that. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.alert import modals
from pipeline.alert.asked import Asked
from pipeline.alert.asking import Ask, button, mention
from pipeline.alert.blocks import fit
from pipeline.alert.deeds import settled
from pipeline.alert.modals import Question
from pipeline.alert.response import Deed, Known, Outcome, Response, message, said, undo_button
from pipeline.alert.wording import headline
from pipeline.domain import (
    Act,
    Actor,
    Correction,
    CorrectionState,
    Position,
    ReportedShift,
    Shift,
    Stance,
    Track,
    Verdict,
    Voice,
)

_HEADLINE = 300


def wrong_tag(asked: Asked, known: Known, shift: Shift) -> Response:
    """Ask what a story says instead, or take the answer."""
    if asked.given is None:
        tag = known.tags.get(shift.evidence[0].article.article_id)
        position = (
            next((p for p in tag.positions if (p.actor, p.voice) == (shift.actor, shift.voice)), None) if tag else None
        )
        tracks = tag.tracks if tag else shift.tracks
        view = modals.wrong_tag(shift, position, tracks, known.names, known.codebook, asked.channel)
        return Response(outcome=Outcome.OPENED, view=view)
    article = next((p.article for p in shift.evidence if p.article.article_id == asked.one(Question.STORY)), None)
    position = _position(asked)
    if article is None or position is None:
        return said(Outcome.EMPTY, "Nothing was chosen; nothing has changed.")
    tracks = tuple(track for track in Track if track in (asked.given.get(Question.TRACKS) or ()))
    one = Correction(
        act_id=asked.act_id,
        shift_id=shift.shift_id,
        article_id=article.article_id,
        verdict=Verdict.WRONG_TAG,
        author=asked.by,
        at=known.now,
        actor=shift.actor,
        voice=shift.voice,
        position=replace(position, gloss=known.gloss(article, position)),
        tracks=tracks,
    )
    return _corrected(asked, known, shift, [one])


def not_relevant(asked: Asked, known: Known, shift: Shift) -> Response:
    """Take a story out; where there are several, ask which."""
    if asked.given is None and len(shift.evidence) > 1:
        return Response(outcome=Outcome.OPENED, view=modals.not_relevant(shift, known.names, asked.channel))
    wanted = {shift.evidence[0].article.article_id} if asked.given is None else set(asked.given.get(Question.STORY, ()))
    corrections = [
        Correction(
            act_id=asked.act_id,
            shift_id=shift.shift_id,
            article_id=piece.article.article_id,
            verdict=Verdict.NOT_RELEVANT,
            author=asked.by,
            at=known.now,
        )
        for piece in shift.evidence
        if piece.article.article_id in wanted
    ]
    if not corrections:
        return said(Outcome.EMPTY, "Nothing was chosen; nothing has changed.")
    return _corrected(asked, known, shift, corrections)


def _corrected(asked: Asked, known: Known, shift: Shift, corrections: Sequence[Correction]) -> Response:
    """Say what becomes of corrections beside those that others made before."""
    undo = undo_button(Deed.JUDGE, asked)
    against = [other for one in corrections for other in _against(one, known)]
    done = Response(outcome=Outcome.CORRECTED, corrections=tuple(corrections))
    if not against:
        words = f"This holds at once, for {_stories(len(corrections))}: {_words(corrections[0])}."
        return replace(done, say=message(words, undo))
    first, who = against[0], mention(against[0].author.id)
    till = f"{mention(known.head)} settles it" if known.head else "it is taken back"
    words = f"{who} said before: {_words(first)}. That holds until {till}; yours is kept: {_words(corrections[0])}."
    ask = None
    if known.head:
        ask = message(
            f"{mention(known.head)}, two of us disagree on *{fit(headline(shift, known.names), _HEADLINE)}*: "
            f"{who} says {_words(first)}, {mention(asked.by.id)} says {_words(corrections[0])}. The first holds till "
            "you choose.",
            *[
                button(Ask.SETTLE, label, act_id)
                for label, act_id in (("The first is right", first.act_id), ("The second is right", asked.act_id))
            ],
        )
    return replace(done, outcome=Outcome.CONTESTED, say=message(words, undo), to_head=ask)


def _against(one: Correction, known: Known) -> list[Correction]:
    """Return what holds against a correction that does not hold itself."""
    after = settled([*known.others.get(one.article_id, ()), one], known.head)
    mine = next(each for each in after if (each.act_id, each.article_id) == (one.act_id, one.article_id))
    if mine.state is not CorrectionState.CONTESTED:
        return []
    return [each for each in after if each.state is CorrectionState.HOLDS and not each.agrees(one)]


def settle(asked: Asked, known: Known) -> Response:
    """Let the desk's head decide: the word chosen becomes the head's own."""
    if asked.by.id != known.head:
        return said(Outcome.NOT_THE_HEAD, "The desk's head settles this.")
    if not known.chosen:
        return said(Outcome.UNKNOWN, "This is not in the memory any more.")
    word = [
        replace(one, act_id=asked.act_id, author=asked.by, at=known.now, state=CorrectionState.HOLDS)
        for one in known.chosen
    ]
    say = message(f"Settled: {_words(word[0])}.", undo_button(Deed.JUDGE, asked))
    return Response(outcome=Outcome.SETTLED, corrections=tuple(word), say=say)


def _position(asked: Asked) -> Position | None:
    """Read the position that a modal was filled in with: a person is sure."""
    try:
        stance, shifted = Stance(asked.one(Question.STANCE)), ReportedShift(asked.one(Question.SHIFT))
        return Position(
            actor=Actor(asked.one(Question.ACTOR)),
            voice=Voice(asked.one(Question.VOICE)),
            stance=stance,
            stance_probabilities={each: float(each is stance) for each in Stance},
            reported_shift=shifted,
            shift_probabilities={each: float(each is shifted) for each in ReportedShift},
            act=Act(asked.one(Question.ACT)),
            allegation=bool(asked.one(Question.ALLEGATION)),
            unsure=False,
            gloss=None,
        )
    except ValueError:
        return None


def _words(one: Correction) -> str:
    """Put what a correction says into a few words."""
    if one.position is None:
        return "not relevant"
    of = one.position
    moved = "" if of.reported_shift is ReportedShift.NONE else f", a change {of.reported_shift}"
    claimed = ", as others claim" if of.allegation else ""
    return f"{of.actor} {of.voice.replace('_', ' ')}: {of.stance}, {of.act.replace('_', ' ')}{moved}{claimed}"


def _stories(number: int) -> str:
    return "one story" if number == 1 else f"{number} stories"
