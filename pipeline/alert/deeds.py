"""
What people did about matters, and what became known since -> who still has which, and whose judgement holds. Pure.

A matter is its owner's until independent evidence arrives: a house that had not told it, or what takes it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline.domain import (
    Acknowledgement,
    Article,
    Correction,
    CorrectionState,
    Development,
    DevelopmentKind,
    Reason,
    Source,
    Verdict,
)

_ENDS = frozenset(
    {DevelopmentKind.WITHDRAWN, DevelopmentKind.DENIED, DevelopmentKind.CORRECTED, DevelopmentKind.REMOVED}
)
_VERDICTS = {Verdict.NOT_RELEVANT: "not relevant", Verdict.WRONG_TAG: "wrongly tagged"}


def ended(
    acknowledgement: Acknowledgement,
    articles: Iterable[Article],
    developments: Iterable[Development],
    sources: Mapping[str, Source],
) -> Reason | None:
    """
    Say why an acknowledgement is over; None while it lasts.

    ``articles`` are all that tell the matter. Whoever has it has seen what was there when the button was pressed.
    """
    told, since = list(articles), acknowledgement.at
    houses = {_house(one, sources) for one in told if one.seen_at <= since}
    fresh = {_house(one, sources) for one in told if one.seen_at > since} - houses - {None}
    if fresh or any(one.kind in _ENDS and one.at > since for one in developments):
        return Reason.NEW_EVIDENCE
    return None


def settled(corrections: Iterable[Correction], head: str | None) -> list[Correction]:
    """
    Return one story's corrections, each with its state: a function of what was said and of who the desk's head is.

    In order of time, what agrees with all that holds, holds. A person's own second thought and the head's word
    overrule; where two others disagree, the first holds and the second is contested until the head settles it.
    """
    found = list[Correction]()
    for one in sorted(corrections, key=lambda one: (one.at, one.act_id, one.article_id)):
        if one.state is CorrectionState.UNDONE:
            found.append(one)
            continue
        against = [c for c in found if c.state is CorrectionState.HOLDS and not c.agrees(one)]
        if one.author.id == head:
            found = [_after_the_head(c, one) for c in found]
        elif any(c.author.id != one.author.id for c in against):
            found.append(replace(one, state=CorrectionState.CONTESTED))
            continue
        else:
            found = [replace(c, state=CorrectionState.OVERRULED) if c in against else c for c in found]
        found.append(replace(one, state=CorrectionState.HOLDS))
    return found


def developments(
    acknowledgements: Iterable[Acknowledgement], corrections: Iterable[Correction]
) -> tuple[Development, ...]:
    """Return what people did about one shift as its message shows it: each deed, and each end of one, has a name."""
    found = [_owned(one) for one in acknowledgements]
    for each in {one.act_id: one for one in corrections}.values():  # one press judges all stories of a matter
        holds = each.state in {CorrectionState.HOLDS, CorrectionState.CONTESTED}
        words = _VERDICTS[each.verdict] + (", disputed" if each.state is CorrectionState.CONTESTED else "")
        kind = DevelopmentKind.JUDGED if holds else DevelopmentKind.UNDONE
        name = f"{kind}:{each.act_id}:{each.state}"
        found.append(
            Development(kind=kind, names=frozenset({name}), at=each.at, who=each.author.id, was=words if holds else "")
        )
    return tuple(found)


def _after_the_head(correction: Correction, word: Correction) -> Correction:
    if correction.state is CorrectionState.UNDONE:
        return correction
    state = CorrectionState.HOLDS if correction.agrees(word) else CorrectionState.OVERRULED
    return correction if correction.state is CorrectionState.OVERRULED else replace(correction, state=state)


def _owned(one: Acknowledgement) -> Development:
    kind, at = DevelopmentKind.OWNED, one.at
    if one.ended_at is not None:
        kind = DevelopmentKind.RELEASED if one.ended_why is Reason.NEW_EVIDENCE else DevelopmentKind.UNDONE
        at = one.ended_at
    return Development(kind=kind, names=frozenset({f"{kind}:{one.act_id}"}), at=at, who=one.owner.id)


def _house(article: Article, sources: Mapping[str, Source]) -> str | None:
    known = sources.get(article.origin or article.source)
    return known.house if known else article.origin or article.source
