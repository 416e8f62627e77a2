"""
Text as it comes -> text as it is compared. Pure; safe on any string.

Follows Unicode Standard Annex #15 (NFC, NFKC). What NFKC does not fold (髙/高, 賴/頼/赖) is left to the
concept lists, which name every form.
"""

import html
import re
import unicodedata
from functools import cache

import nh3

_MORE = re.compile(r"<a\b[^<>]*>\s*»\s*</a>", re.IGNORECASE)  # a link to the rest, no word of the summary
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0e-\x1b\x7f]")
_STACKED = re.compile(r"[^\w\s!-~]{31,}")  # no mark that combines is a letter
_MOST_MARKS = 30
_KANA = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9f]+")  # not the dot between names: Chinese has it too
_HANGUL = re.compile(r"[\u1100-\u11ff\uac00-\ud7a3]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
_SPACED = re.compile(r"[A-Za-z\u00c0-\u04ff]+")
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_RUSSIAN = re.compile(r"[ыэъёЫЭЪЁ]")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_ENOUGH_HAN = 4
_LETTERS_PER_IDEOGRAPH = 3
_LETTERS_PER_TOKEN = (3, 4, 5)
_IDEOGRAPHS_PER_TOKEN = (1, 2, 3)

# Characters that only one of the two Chinese scripts uses, from the words of this field.
_TRADITIONAL = frozenset(
    "國烏對俄羅議軍團聯總統蘭談與為這個會應對時說單將發現來後讓從產業務經濟條約證據實際關係緊張戰爭臺灣韓東亞協"
)
_SIMPLIFIED = frozenset(
    "国乌对罗议军团联总统兰谈与为这个会应时说单将发现来后让从产业务经济条约证据实际关系紧张战争台湾韩东亚协"
)
_ONLY_TRADITIONAL = _TRADITIONAL - _SIMPLIFIED
_ONLY_SIMPLIFIED = _SIMPLIFIED - _TRADITIONAL - frozenset("台后系")  # these stand in traditional texts too: 台北, 系統


def plain(markup: str) -> str:
    """Turn a feed's title or summary, HTML or not, into one line of plain text (NFC, no markup, no scripts)."""
    text = html.unescape(markup)
    if "<" in text:
        text = _MORE.sub(" ", text)
        text = re.sub(r"<(?:/?(?:p|div|li|ul|ol|h\d|tr|td|table)|br)\b[^<>]*>", " ", text, flags=re.IGNORECASE)
        text = html.unescape(nh3.clean(text, tags=set()))
    return whole(text)


def whole(text: str) -> str:
    """Return one line that can be stored: no lone surrogates, no NUL or other unseen characters, NFC."""
    sayable = _STACKED.sub(_thinned, text.encode("utf-8", "ignore").decode("utf-8"))
    text = unicodedata.normalize("NFC", sayable)
    return " ".join(_UNSEEN.sub("", text).split())


def _thinned(run: re.Match[str]) -> str:
    """Leave at most 30 marks on one letter (UAX #15, 13): NFC takes the square of their number."""
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def fold(text: str) -> str:
    """Return the form in which texts and concepts are compared: NFKC, case folded, apostrophes as one, sayable."""
    sayable = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate of JSON's \\ud800 becomes "?"
    return unicodedata.normalize("NFKC", sayable).casefold().replace("’", "'").replace("ʼ", "'")


def language(text: str, declared: str | None = None) -> str:
    """
    Name the language of ``text`` as BCP 47 (``zh-Hant`` and ``zh-Hans`` for Chinese).

    A declaration wins unless the script contradicts it: kana is Japanese, Hangul Korean, whatever a feed says;
    a name in brackets does not make an English text Chinese.
    Han characters alone follow the declaration, so that kanji-only Japanese headlines stay Japanese.
    """
    known = canonical_language(declared)
    seen = _by_script(text, known)
    if seen is not None:
        return seen
    if known is not None:
        return known
    return _detected(text)


def _by_script(text: str, known: str | None) -> str | None:
    if text.isascii():
        return None
    kana, hangul, han, spaced = (_letters(text, p) for p in (_KANA, _HANGUL, _HAN, _SPACED))
    if (kana + hangul + han) * _LETTERS_PER_IDEOGRAPH <= spaced:
        return _cyrillic(text)
    if hangul > kana and hangul * 2 > han:
        return "ko"
    if kana > 1 and (kana * 8 > han or known == "ja"):
        return "ja"
    if han:
        return (
            known
            if known in {"ja", "ko", "zh-Hant", "zh-Hans"}
            else _chinese(text)
            if han >= _ENOUGH_HAN or not known
            else known
        )
    return None


def _letters(text: str, run: re.Pattern[str]) -> int:
    """Count letters by their runs: one by one takes five times as long."""
    return sum(map(len, run.findall(text)))


def _cyrillic(text: str) -> str | None:
    if _letters(text, _CYRILLIC) * 2 > len(text.replace(" ", "")):
        ukrainian, russian = len(_UKRAINIAN.findall(text)), len(_RUSSIAN.findall(text))
        if ukrainian != russian:
            return "uk" if ukrainian > russian else "ru"
    return None


def _chinese(text: str) -> str:
    traditional = sum(character in _ONLY_TRADITIONAL for character in text)
    simplified = sum(character in _ONLY_SIMPLIFIED for character in text)
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def canonical_language(declared: str | None) -> str | None:
    """Map a declared tag (``zh_TW``, ``ja-JP``) to the tags that we use; None for what says nothing."""
    if not declared:
        return None
    parts = declared.replace("_", "-").lower().split("-")
    if parts[0] == "zh":
        if "hant" in parts or {"tw", "hk", "mo"} & set(parts):
            return "zh-Hant"
        return "zh-Hans" if "hans" in parts or {"cn", "sg"} & set(parts) else None
    return {"ua": "uk", "jp": "ja", "kr": "ko"}.get(parts[0], parts[0]) if len(parts[0]) == 2 else None  # noqa: PLR2004


def _detected(text: str) -> str:
    import py3langid  # noqa: PLC0415 - 0.4 s, needed only for feeds that do not say

    name: str = py3langid.classify(text)[0]
    return _chinese(text) if name == "zh" else name


@cache
def is_ideographic(character: str) -> bool:
    """Say whether words in this script run on without spaces (Han, kana) or glue particles on (Hangul)."""
    return bool(_KANA.match(character) or _HANGUL.match(character) or _HAN.match(character))


def words(folded: str) -> list[str]:
    """Split folded text at everything that is not a letter or digit; runs without spaces stay whole."""
    return _WORD.findall(folded)


def shingles(folded: str) -> list[str]:
    """
    Cut folded text into the pieces that models and fingerprints count.

    Whole words and runs of 3-5 letters inside a word where words are separated; runs of 1-3 characters where
    they are not. No piece crosses a word, so no phrase of a text can be read back from them.
    """
    pieces = []
    for word in words(folded):
        if any(map(is_ideographic, word)):
            pieces += [word[i : i + n] for n in _IDEOGRAPHS_PER_TOKEN for i in range(len(word) - n + 1)]
        else:
            pieces.append(f"={word}")
            padded = f"<{word}>"
            pieces += [padded[i : i + n] for n in _LETTERS_PER_TOKEN for i in range(len(padded) - n + 1)]
    return pieces
