"""
Stories -> how a later one relates to an earlier one. Outcomes: `pipeline.domain.LinkKind`. Pure, the same in any order.

A link is said only where the words leave little doubt: a denial that is itself negated, asked or supposed is none,
and each story has at most one link of a kind, to the story that it is most like.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.dedup.report import Report
from pipeline.dedup.story import WINDOW, alike
from pipeline.domain import Article, Link, LinkKind
from pipeline.language.text import fold

CORRECTED = timedelta(days=14)
FOLLOWED = timedelta(days=30)
_SAME_MATTER = -2.0
_SAME_THING = 1.0
_RARE_NATS = 2.5
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An article of a story and what is compared of it."""

    article: Article
    report: Report


_DENIAL = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|refut(?:e|es|ed|ing)|rebuts?|rebutted)\b"
    r"|\b(?:dismiss|reject)(?:es|ed)? (?:\w+ ){0,2}(?:reports?|claims?|allegations?|rumou?rs?)\b"
    r"|\b(?:baseless|groundless|unfounded)\b"
    r"|否定|事実無根|事実ではない|부인(?=했|하|한|해)|[은는] 부인(?=\W|$)"
    r"|(?:설|의혹|보도|주장|계획|사실|발언)[을를]? ?부인(?=\W|$)|사실무근|사실이 아니|사실과 다르"
    r"|(?<!是)否[认認](?![为為])|辟谣|闢謠|并非事实|並非事實|与事实不符|與事實不符|子虚乌有|子虛烏有"
    r"|\bспростову\w+|\bспростува\w+|\bзаперечи\w+|\bзаперечу\w+|\bопроверг\w*|\bотрица\w+"
)
_NOT_A_DENIAL = re.compile(
    r"\b(?:not|n't|never|nor|neither|without|cannot|can't|hard to|refus\w+ to|declin\w+ to) (?:\w+ ){0,2}"
    r"(?:den|refut|rebut|dismiss|reject)"
    r"|\b(?:confirm\w*|admit\w*) (?:n?or) den|\bden\w+ (?:entry|access|visas?|permission|bail)\b|\bdid(?:n't| not) den"
    r"|否定(?:的|も肯定も|でき|(?:は|も)?(?:しな|せず|して(?:は)?いな))|肯定も否定も"
    r"|부인(?:하지|할 수)|시인도 부인"
    r"|(?:不|没有|沒有|未|无法|無法|不可|并未|並未|拒绝|拒絕)(?:予|能|曾|会|會|置)?否[认認]"
    r"|\bне (?:\w+ ){0,2}(?:спросту|запереч|опроверг|отриц)|\bні \w+,? ?ні |\bани? |\bани \w+,? ани |\bни \w+,? ни "
)
_OPEN = re.compile(
    r"[?？]|\b(?:if|unless|whether|would|should|could|expected to|may|might)\b|\b(?:якщо|якби|чи|если|ли)\b"
    r"|もし|れば|たら|かどうか|만약|만일|하면|한다면|여부|如果|若|是否|倘若|假如"
)
_SENTENCE = re.compile(r"[^.!?。！？…\n]+[.!?。！？…]*")
_CORRECTION = re.compile(
    r"^\W*(?:corrections?|corrected|clarification|retraction|訂正|お詫びと訂正|おわびと訂正|정정|정정보도|바로잡습니다|更正|勘誤|勘误|订正"
    r"|виправлено|виправлення|исправлено|исправление|поправка)\s*[:：)\]】〉》」|｜/—–-]"
)


def links(stories: Mapping[str, Sequence[Telling]]) -> list[Link]:
    """Return every link between ``stories``, which maps the id of a story to its articles."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for story_id, told in stories.items():
        for telling in told:
            for key in telling.report.keys:
                by_key[key].add(story_id)
    found: list[Link] = []
    for story_id in sorted(stories):
        told = stories[story_id]
        others = {other for telling in told for key in telling.report.keys for other in by_key[key]} - {story_id}
        earlier = [other for other in sorted(others) if _first(stories[other]) < _first(told)]
        found += _links(story_id, told, [(other, stories[other]) for other in earlier])
    return found


def denies(title: str, lead: str) -> bool:
    """Say whether a text reports a denial: not one that is negated, asked for or supposed."""
    return any(
        _DENIAL.search(sentence) and not _NOT_A_DENIAL.search(sentence) and not _OPEN.search(sentence)
        for text in (title, lead)
        for sentence in _SENTENCE.findall(fold(text))
    )


def corrects(title: str, lead: str) -> bool:
    """Say whether a text is marked as an outlet's correction, at the beginning of its title or lead."""
    return any(_CORRECTION.match(fold(text)) for text in (title, lead))


def _links(story_id: str, told: Sequence[Telling], earlier: Sequence[tuple[str, Sequence[Telling]]]) -> Iterator[Link]:
    """Yield a story's links; what denies or corrects does not also follow."""
    denials = [one for one in told if one.report.voices and denies(one.article.title, one.article.lead)]
    corrections = [one for one in told if corrects(one.article.title, one.article.lead)]
    rules = (
        (LinkKind.DENIES, [(other, _denied(denials, past)) for other, past in earlier]),
        (LinkKind.CORRECTS, [(other, _corrected(corrections, past)) for other, past in earlier]),
    )
    linked = False
    for kind, candidates in rules:
        strength, other_id = max(((odds, other) for other, odds in candidates if odds is not None), default=(0.0, ""))
        if other_id and strength > _SAME_MATTER:
            linked = True
            yield Link(story_id=story_id, other_id=other_id, kind=kind)
    if not linked and not denials and not corrections:
        steps = [(_first(past), other) for other, past in earlier if _follows(told, past)]
        if steps:
            yield Link(story_id=story_id, other_id=max(steps)[1], kind=LinkKind.FOLLOWS)


def _denied(denials: Sequence[Telling], past: Sequence[Telling]) -> float | None:
    """Return how like a denial is to what it would deny: a report, itself no denial, that names who now speaks."""
    return max(
        (
            alike(one.report, other.report)
            for one in denials
            for other in past
            if timedelta(0) <= _at(one) - _at(other) <= WINDOW
            and one.report.voices & other.report.actors
            and not denies(other.article.title, other.article.lead)
        ),
        default=None,
    )


def _corrected(corrections: Sequence[Telling], past: Sequence[Telling]) -> float | None:
    return max(
        (
            alike(one.report, other.report)
            for one in corrections
            for other in past
            if one.article.source == other.article.source and timedelta(0) <= _at(one) - _at(other) <= CORRECTED
        ),
        default=None,
    )


def _follows(told: Sequence[Telling], past: Sequence[Telling]) -> bool:
    """Say whether a story is a later step: of a later day, its texts on the whole alike and sharing what is rare."""
    wait = _first(told) - max(map(_at, past))
    if not _A_DAY <= wait <= FOLLOWED:
        return False
    pairs = [(one.report, other.report) for one in told for other in past]
    odds = sum(alike(one, other) for one, other in pairs) / len(pairs)
    return odds > _SAME_THING and any(_share_rare(one, other) for one, other in pairs)


def _share_rare(one: Report, other: Report) -> bool:
    """Say whether an actor is shared, and with it an amount or two rare matters."""
    rare = [m for m in one.matters.keys() & other.matters.keys() if one.matters[m] * other.matters[m] >= _RARE_NATS**2]
    return bool(one.actors & other.actors) and (len(rare) > 1 or bool(one.amounts & other.amounts))


def _first(told: Iterable[Telling]) -> datetime:
    return min(map(_at, told))


def _at(telling: Telling) -> datetime:
    return telling.report.at or telling.report.seen_at
