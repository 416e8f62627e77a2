"""
Article -> Report: what is compared when two texts are asked whether they tell of one happening.

Matters (concepts, of any language), amounts (numbers written out: 6 млрд = 60億 = 6 billion), actors and word
stems. Small bare numbers, years, hours and days are left out: half of all texts hold them.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from pipeline.domain import Actor, Article, Text
from pipeline.language.concepts import Concepts, joined
from pipeline.language.text import fold, is_ideographic, words
from pipeline.vocabulary import Concept

_RAREST = 6.0
_IN_LEAD = 0.5
_KEY_NATS = 6.5
_TELLING = 20
_STEM = 6
_PLURAL = 4

_SCALES = {
    "k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12,
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "тис": 1e3, "тыс": 1e3, "млн": 1e6, "мільйон": 1e6, "миллион": 1e6,
    "млрд": 1e9, "мільярд": 1e9, "миллиард": 1e9, "трлн": 1e12, "трильйон": 1e12, "триллион": 1e12,
    "十": 1e1, "십": 1e1, "百": 1e2, "백": 1e2, "千": 1e3, "천": 1e3,
    "万": 1e4, "萬": 1e4, "만": 1e4, "億": 1e8, "亿": 1e8, "억": 1e8, "兆": 1e12, "조": 1e12,
}  # fmt: skip
_DIGITS = r"\d+(?:[.,]\d+)*(?:[ \u00a0]\d{3}(?!\d))*(?:[.,]\d+)?"
_MYRIADS = rf"(?:(?:{_DIGITS}) ?[千百十천백십]?[万萬만億亿억兆조] ?)+(?:{_DIGITS} ?[천千])?"
_NUMBER = re.compile(
    rf"(?<![a-z\d.,])(?:(?P<myriads>{_MYRIADS})|(?P<round>[百千][万萬])|(?P<digits>{_DIGITS})"
    r"(?:(?P<letter>(?:[mbt]n|[kmb])(?![a-z\d]))| ?(?P<scale>thousand|million|billion|trillion"
    r"|тис|тыс|млн|млрд|трлн|мільйон|миллион|мільярд|миллиард|трильйон|триллион|[千천]))?)"
)
_PART = re.compile(rf"({_DIGITS}) ?([千百十천백십]?)([万萬만億亿억兆조]|[천千])")
_TIME = re.compile(
    r"(?:19|20)\d\d(?!\d| ?[万萬만億亿억])|\d+ ?(?:[年月日時时분년월일시]|р\.|рік|року|год|(?:st|nd|rd|th)\b|:\d\d)"
)
_MONEY = re.compile(
    r"\W?(?:美元|美金|ドル|dollar|долар|доллар|달러|불(?![가-힣])|円|元|人民|원|엔|won|вон|yen|euro|євро|евро|欧元|歐元|유로"
    r"|ユーロ|新?台幣|日圓|日元)"
)
_CURRENCY = "$€£¥₩"
_RUN = re.compile(r"[\u3400-\u9fff]+|[\u3040-\u30ff]+|[\uac00-\ud7a3]+|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    One article as stories are made of it; ``at`` None: not even roughly known.

    ``keys`` find the candidates: every two matters that are telling together. A text that names neither an actor
    nor Ukraine has none, and is of one story with its copies only. ``voices`` are the actors that speak.
    """

    article_id: str
    source: str
    lang: str
    at: datetime | None
    seen_at: datetime
    matters: Mapping[str, float]
    length: float
    actors: frozenset[Actor]
    voices: frozenset[Actor]
    amounts: frozenset[str]
    words: frozenset[str]
    keys: tuple[str, ...]


class Happenings:
    """The words for what happens, to what and where, and how common each concept is. Built once."""

    def __init__(self, concepts: Sequence[Concept], often: Mapping[str, float]) -> None:
        """Take ``often`` as the number of texts in 1,000 that hold a concept; one that it leaves out is rare."""
        self.words = Concepts(concepts)
        self._nats = {matter: min(_RAREST, math.log(1000 / texts)) for matter, texts in often.items()}

    def nats(self, matter: str) -> float:
        """Return how surprising it is to find a matter in a text."""
        return self._nats.get(matter, _RAREST)


def report(article: Article, concepts: Concepts, happenings: Happenings) -> Report:
    """Return what is compared of ``article``: a matter of the lead alone weighs half of one in the title."""
    text = Text(title=article.title, lead=article.lead, lang=article.lang, published_at=article.published_at)
    mentions = concepts.find(text)
    title_end = len(fold(article.title)) if article.title else math.inf
    matters: dict[str, float] = {}
    for mention in (*mentions, *happenings.words.find(text)):
        matter = mention.concept.id.partition("#")[0]  # what follows tells apart the rows of one concept
        nats = happenings.nats(matter)
        matters[matter] = max(matters.get(matter, 0.0), nats if mention.start < title_end else nats * _IN_LEAD)
    actors = frozenset(mention.actor for mention in mentions if mention.actor)
    folded = joined(text)
    return Report(
        article_id=article.article_id,
        source=article.source,
        lang=article.lang,
        at=article.published_at or article.seen_at,
        seen_at=article.seen_at,
        matters=matters,
        length=math.hypot(*matters.values()),
        actors=actors,
        voices=frozenset(mention.actor for mention in mentions if mention.actor and mention.voice),
        amounts=frozenset(amounts(folded)),
        words=frozenset(_stems(folded)),
        keys=tuple(_keys(sorted(matters), happenings)) if actors or "UA" in matters else (),
    )


def _keys(matters: Sequence[str], happenings: Happenings) -> Iterator[str]:
    for one, other in combinations(matters, 2):
        if happenings.nats(one) + happenings.nats(other) >= _KEY_NATS:
            yield f"{one}+{other}"


def amounts(folded: str) -> Iterator[str]:
    """Yield the telling numbers of a folded text, written out: ``6e+09``."""
    times = [match.span() for match in _TIME.finditer(folded)]
    for match in _NUMBER.finditer(folded):
        start = match.start()
        money = (start > 0 and folded[start - 1] in _CURRENCY) or bool(_MONEY.match(folded, match.end()))
        if match["round"] and not money:
            continue
        scaled = match["myriads"] or match["scale"] or match["letter"] or match["round"]
        if not scaled and any(left <= start < right for left, right in times):
            continue
        value = _value(match)
        if value >= _TELLING or money:
            yield f"{value:.3g}"


def _value(match: re.Match[str]) -> float:
    if match["round"]:
        return _SCALES[match["round"][0]] * 1e4
    if match["myriads"]:
        return sum(
            _float(digits) * _SCALES.get(small, 1.0) * _SCALES[large]
            for digits, small, large in _PART.findall(match["myriads"])
        )
    return _float(match["digits"]) * _SCALES.get(match["scale"] or match["letter"] or "", 1.0)


def _float(digits: str) -> float:
    """Read digits: a comma or point before three digits parts thousands, unless it is the only one after a 0."""
    bare = re.sub(r"[ \u00a0]", "", digits)
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", bare):
        return float(bare.replace(",", ""))
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?", bare):
        return float(bare.replace(".", "").replace(",", "."))
    whole, _, rest = bare.replace(",", ".").partition(".")
    return float(f"{whole}.{rest.replace('.', '')}")


def _stems(folded: str) -> Iterator[str]:
    """Yield the beginnings of words, or pairs of characters where words are not separated."""
    for word in words(folded):
        if not any(map(is_ideographic, word)):
            if not word.isdigit():
                yield word[:_STEM] if len(word) > _STEM else _singular(word)
            continue
        for run in _RUN.findall(word):
            if "\u3400" <= run[0] <= "\u9fff":
                yield from (run[i : i + 2] for i in range(max(1, len(run) - 1)))
            elif "\uac00" <= run[0] <= "\ud7a3":
                yield run[:2]
            elif "\u30a0" <= run[0] <= "\u30ff" or run[0].isascii():
                yield run


def _singular(word: str) -> str:
    return word.removesuffix("'s") if len(word) <= _PLURAL else word.removesuffix("'s").removesuffix("s")
