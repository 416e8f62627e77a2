"""
The bytes of a document and what is said of their encoding -> the same document in UTF-8. Pure.

feedparser takes labels at their word: one ① or 髙 under a Shift_JIS label, or one character cut in half by a
site's own shortening, and every title of the feed is lost (measured with 6.0.14). So labels mean what browsers
take them to mean (encoding.spec.whatwg.org), bytes that can only be UTF-8 are UTF-8, and a few broken
characters cost no more than themselves.
"""

import codecs
import re

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
_SAY_LITTLE = frozenset({"ascii", "iso8859-1", "cp1252"})  # what servers say of everything, and what decodes anything
_BROKEN_PER_CHARACTER = 0.01


def utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """
    Return the document in UTF-8 and the name of the encoding it came in.

    The name is empty where the document is left as it is, for feedparser to find out: when it starts with a
    mark of UTF-16 or UTF-32, shifts its meaning by escapes, or fits no encoding that is named.
    """
    if body.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)) or b"\0" in body[:4] or b"\x1b" in body:
        return body, ""
    if body.isascii():
        return body, "us-ascii"
    header, prolog = _CHARSET.search(content_type), _PROLOG.match(body)
    labels = (header and header[1], prolog and prolog[1].decode("ascii"))
    named = sorted((name for label in labels if label and (name := _codec(label))), key=_SAY_LITTLE.__contains__)
    for name in ("utf-8-sig", *named):
        text = _decoded(body, name, "strict")
        if text is not None:
            return text.encode(errors="ignore"), name.removesuffix("-sig")
    for name in (*named, "utf-8-sig"):
        text = _decoded(body, name, "replace")
        if text is not None and _hardly_broken(text):
            return text.encode(errors="ignore"), name.removesuffix("-sig")
    return body, ""


def _hardly_broken(text: str) -> bool:
    """Say whether few characters are broken, and more are not: one ’ of windows-1252 is no sign of UTF-8."""
    broken, beyond_ascii = text.count("\ufffd"), len(text) - len(text.encode("ascii", "ignore"))
    return broken <= len(text) * _BROKEN_PER_CHARACTER and broken * 2 < beyond_ascii


def _codec(label: str) -> str | None:
    label = _BROWSERS_READ.get(label.lower(), label)
    try:
        b"a".decode(label)  # refuses what is no encoding of text, such as zlib
    except (LookupError, UnicodeError):
        return None
    name = codecs.lookup(label).name
    return _BROWSERS_READ.get(name, name)


def _decoded(body: bytes, name: str, errors: str) -> str | None:
    """Decode; a character that the document's end cuts off is left out."""
    try:
        return codecs.getincrementaldecoder(name)(errors).decode(body)
    except UnicodeError:
        return None
