"""
The bytes of a document and what is said of their encoding -> the same document in UTF-8. Pure.

feedparser takes labels at their word: one ① or 髙 under a Shift_JIS label, or one character cut in half by a
site's own shortening, and every title of the feed is lost (measured with 6.0.14). So labels mean what browsers
take them to mean (encoding.spec.whatwg.org), bytes that can only be UTF-8 are UTF-8, and a few broken
characters cost no more than themselves.
"""

import codecs
import re

from pipeline.language.text import canonical_language

_PROLOG = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_BROWSERS_READ = {
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "euc_kr": "cp949",
    "windows-949": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
}
_OF_LANGUAGE: dict[str | None, tuple[str, ...]] = {
    "ja": ("euc_jp", "cp932"),
    "ko": ("cp949",),
    "zh-Hant": ("big5hkscs",),
    "zh-Hans": ("gb18030",),
    "uk": ("cp1251",),
    "ru": ("cp1251",),
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_LANGUAGE = re.compile(rb"<(?:dc:)?language>\s{0,99}([A-Za-z_-]{2,12})|xml:lang=[\"']([A-Za-z_-]{2,12})")
_BEYOND_ASCII, _TOGETHER = re.compile(rb"[\x80-\xff]"), re.compile(rb"[\x80-\xff]{2}")
_NOT_OF_THE_WEB = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})  # two are slow
_SAY_LITTLE = frozenset({"ascii", "iso8859-1", "cp1252"})  # what servers say of everything, and what decodes anything
_BROKEN_PER_CHARACTER = 0.01


def utf8(body: bytes, content_type: str, lang: str | None = None) -> tuple[bytes, str]:
    """
    Return the document in UTF-8 and the name of the encoding it came in.

    The name is empty where nothing that is said fits the bytes: then they are read as the web of their language
    was written before Unicode, or as windows-1252.
    """
    wide = _wide(body)
    shifts = b"\x1b$" in body
    if not wide and body.isascii() and not shifts:
        return body, "us-ascii"
    said = _said(body, content_type)
    first = [wide] if wide else [name for name in (*said, "iso2022_jp") if shifts and "2022" in name]
    sure = [*first, "utf-8-sig", *(name for name in said if name not in _SAY_LITTLE)]
    for name in sure:
        text = _decoded(body, name, "strict")
        if text is not None:
            return text.encode(errors="ignore"), name.removesuffix("-sig")
    for name in (*sure[len(first) + 1 :], *first, "utf-8-sig"):
        text = _decoded(body, name, "replace")
        if text is not None and _hardly_broken(text):
            return text.encode(errors="ignore"), name.removesuffix("-sig")
    guesses = _OF_LANGUAGE.get(canonical_language(lang or _declared(body)), ()) if _in_runs(body) else ()
    for name in (*guesses, *(name for name in said if name in _SAY_LITTLE)):
        text = _decoded(body, name, "strict")
        if text is not None:
            return text.encode(), "" if name in guesses else name
    return body.decode("cp1252", "replace").encode(), ""


def _said(body: bytes, content_type: str) -> list[str]:
    """Name the encodings of the header and the prolog; a label of UTF-16 that no mark bears out says nothing."""
    header, prolog = _CHARSET.search(content_type), _PROLOG.match(body)
    labels = (header and header[1], prolog and prolog[1].decode("ascii"))
    return [name for label in labels if label and (name := _codec(label))]


def _in_runs(body: bytes) -> bool:
    """Say whether bytes beyond ASCII stand together, as in scripts that have no ASCII letters of their own."""
    beyond, together = len(_BEYOND_ASCII.findall(body)), len(_TOGETHER.findall(body))
    return together * 4 > beyond


def _wide(body: bytes) -> str:
    """Name the UTF-16 or UTF-32 that a document's first bytes are in (XML 1.0, appendix F)."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    return ""


def _declared(body: bytes) -> str:
    found = _LANGUAGE.search(body, 0, 5_000)
    return (found[1] or found[2]).decode("ascii") if found else ""


def _hardly_broken(text: str) -> bool:
    """Say whether few characters are broken, and more are not: one ’ of windows-1252 is no sign of UTF-8."""
    broken, beyond_ascii = text.count("\ufffd"), len(text) - len(text.encode("ascii", "ignore"))
    return broken <= len(text) * _BROKEN_PER_CHARACTER and broken * 2 < beyond_ascii


def _codec(label: str) -> str | None:
    label = _BROWSERS_READ.get(label.lower(), label)
    try:
        # raises for what is no encoding of text, such as zlib; one that reads ASCII otherwise shows by no prolog
        if b"<x>".decode(label) != "<x>":
            return None
    except (LookupError, UnicodeError):
        return None
    name = codecs.lookup(label).name
    return None if name in _NOT_OF_THE_WEB else _BROWSERS_READ.get(name, name)


def _decoded(body: bytes, name: str, errors: str) -> str | None:
    """Decode; a character that the document's end cuts off is left out."""
    try:
        return codecs.getincrementaldecoder(name)(errors).decode(body)
    except UnicodeError:
        return None
