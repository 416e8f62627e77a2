"""
Text -> the condition on which somebody says to act, as it is printed there: "if civilians are attacked". Pure.

The cue words of ``config/concepts`` only hint at a condition; what is quoted to people has to begin and end somewhere,
and each language puts its mark on another side: after the condition in Japanese and Korean, before it elsewhere. In
doubt nothing is quoted.
"""

import re

from pipeline.domain import Text

MOST = 120
"""Characters: longer is a sentence, not a condition."""

_REST = r"(?:[^,.!?;:…、，。！？；：—–|\n\"“”«»「」『』()（）]|[.,](?=\w)|(?<=\b\w)\.)+"
_RUN = r"[^\s,.!?;:…、，。！？；：—–|\"“”«»「」『』()（）]+"
"""Chinese: headlines part clauses by a space, too."""
_CHINESE = (
    r"(?:如果|倘若|假如|除非|只要|一旦|若(?![干是望])|前提是|條件是|条件是|取决于|取決於)"
    + _RUN
    + r"|在[^，。；、]{2,40}(?:前提|條件|条件)下"
)
_PATTERNS = {
    "en": r"\b(?<!even )(?<!as )(?<!what )(?<!asked )(?<!ask )(?<!see )"
    r"(?:only if|only when|only after|if(?! (?:confirmed|true|any|so|not|only|you)\b)|unless|provided that"
    r"|(?:up)?on condition that|on the condition that|as long as|depending on)\b" + _REST,
    "uk": r"\b(?:лише якщо|тільки якщо|якщо|за умови|лише після|тільки після|[ву] разі)\b" + _REST,
    "ru": r"\b(?:только если|если|при условии|лишь после|только после|в случае)\b" + _REST,
    "zh-Hant": _CHINESE,
    "zh-Hans": _CHINESE,
    "ja": r"(?![このそ]の場合)[^、。！？「」『』()（）\s…・,:：|]{2,80}?"
    r"(?:場合(?:に限って|に限り|に限定して|には|は)?(?!によって|ではな)|を条件に|を前提に|ない限り"
    r"|(?:され|があれ|になれ|なけれ)ば(?!な[らい]|いけ))",
    "ko": r"[^,.!?…·\"“”‘’'「」()|]{2,80}?"
    r"(?:(?<!의 )(?<!이번 )경우(?:에만|에는|에)?|조건으로|조건하에|전제로|전제하에|다면(?![서적])"
    r"|이라면|않는 한|(?:공격|침공|파병|요청|합의|휴전|종전|동의|위반|필요) 시(?=[\s,.…’”\"']|$))",
}
_MARKED = {lang: re.compile(pattern, re.IGNORECASE) for lang, pattern in _PATTERNS.items()}


def condition(text: Text) -> str | None:
    """Quote the first condition that a text names, its headline's before its summary's."""
    marked = _MARKED.get(text.lang)
    if marked is None:
        return None
    found = (match[0].strip() for part in (text.title, text.lead) for match in marked.finditer(part))
    return next((quoted for quoted in found if len(quoted) <= MOST), None)
