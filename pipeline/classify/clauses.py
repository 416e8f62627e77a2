"""
A folded text and its mentions -> where in it each stands: clause, title or lead, quoted, negated. Pure.

Clauses end at marks of any script and at a few conjunctions. A negation holds for a word of its own clause,
on the side on which its language puts it: after the word in Japanese and Korean, before it elsewhere.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.concepts import Mention

BREAK = re.compile(
    r"[.!?;:…。、！？；：|/—–\n]|(?<!\d),|,(?!\d)|[「」『』“”„«»\"()（）\[\]【】]"
    r"|\b(?:but|while|although|though|despite|after|as|але|однак|проте|хоча|а|но|однако|хотя)\b"
)
_OPEN, _CLOSE = frozenset("「『“„«"), frozenset("」』”»")
_FOLLOWS = frozenset({"ja", "ko"})
"""Languages in which the negation follows what it negates."""
_REACH = {"en": 25, "uk": 22, "ru": 22, "ja": 12, "ko": 12, "zh-Hant": 6, "zh-Hans": 6}
"""How many characters a negation reaches."""
NEGATION = "negation.not"


@dataclass(frozen=True, slots=True)
class Placed:
    """A mention with its place: the number of its clause, and what holds for it there."""

    mention: Mention
    clause: int
    title: bool
    quoted: bool
    negated: bool

    @property
    def name(self) -> str:
        """The concept's name without what tells its rows apart; a negated one is another."""
        name = self.mention.concept.id.partition("#")[0]
        return f"{name}!" if self.negated else name


def place(folded: str, mentions: Sequence[Mention], *, title_end: int, lang: str) -> tuple[Placed, ...]:
    """Say where each mention stands, in order."""
    breaks = [match.start() for match in BREAK.finditer(folded)]
    quotes = _quoted(folded)
    clauses = [bisect_right(breaks, m.start) for m in mentions]
    negations = [(m, clause) for m, clause in zip(mentions, clauses, strict=True) if m.concept.id == NEGATION]
    return tuple(
        Placed(
            mention=m,
            clause=clause,
            title=m.end <= title_end,
            quoted=any(start < m.start < end for start, end in quotes),
            negated=m.concept.kind == "word" and any(_negates(n, m, lang) for n, at in negations if at == clause),
        )
        for m, clause in zip(mentions, clauses, strict=True)
        if m.concept.id != NEGATION
    )


def _negates(negation: Mention, mention: Mention, lang: str) -> bool:
    gap = negation.start - mention.end if lang in _FOLLOWS else mention.start - negation.end
    return -1 <= gap <= _REACH.get(lang, _REACH["en"])


def _quoted(folded: str) -> list[tuple[int, int]]:
    """Return the spans between quotation marks; straight ones pair up in order."""
    spans, opened, straight = [], list[int](), -1
    for at, character in enumerate(folded):
        if character in _OPEN:
            opened.append(at)
        elif character in _CLOSE and opened:
            spans.append((opened.pop(), at))
        elif character == '"':
            if straight >= 0:
                spans.append((straight, at))
            straight = -1 if straight >= 0 else at
    return spans
