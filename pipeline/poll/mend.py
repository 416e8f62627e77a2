"""
A document in UTF-8 -> one that a parser reads whole, and in time that grows with its length alone. Pure.

Most feeds that are no XML fail by little: a warning before the root, a bare ``&``, an ``&nbsp;``, a control
character, a prefix that nothing declares. What stands before the root goes with any document type, so that no
entity is ever declared, expanded or fetched. What costs more than `DEAREST` to parse is cut at the end of an item.
"""

import re
from html.entities import html5

DEAREST = 40_000
"""About what a second of feedparser is worth: a tag, an attribute and twenty references cost the same."""
LONGEST_TAG = 20_000
_REFERENCES_PER_TAG = 20
_MOST_PREFIXES = 100
_LONGEST_FOOT = 1_000

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?(?:rss|rdf|feed|channel|item|entry)(?=[\s>/])", re.IGNORECASE)
_PREFIX = re.compile(rb"<([A-Za-z_][\w.-]{0,40}):(?:channel|item|feed|entry)(?=[\s>])", re.IGNORECASE)
_GIANT = re.compile(rb"<[^<>!?][^<>]{%d,}>?" % LONGEST_TAG)
_DECLARED = re.compile(rb"xmlns:([\w.-]{1,40})")
_AMPERSAND = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));|([A-Za-z][A-Za-z0-9]{1,31});)?"
)
# half a character (&#55357;&#56832;), on which parsers give up the document
_HALF = re.compile(
    rb"&#(?:[xX][dD][89a-fA-F][0-9a-fA-F]{2}|55(?:29[6-9]|[3-9]\d\d)|56\d{3}|57(?:[0-2]\d\d|3[0-3]\d|34[0-3]));"
)
_ITEM_END = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,100}>", re.IGNORECASE)
# what costs a parser time without end and what nobody here reads: authors are searched for addresses, tags compared
_UNREAD = re.compile(
    rb"<(/?)((?:[\w.-]{1,40}:)?)"
    rb"(author|creator|contributor|publisher|managingEditor|webMaster|category|subject|keywords|credit)(?=[\s>/])",
    re.IGNORECASE,
)
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r\x0b\x0c")
_SPACED = bytes.maketrans(b"\x0b\x0c", b"  ")


def mend(body: bytes) -> tuple[bytes, bool]:
    """Return the document from its root on, without what parsers stumble over, and whether that is all of it."""
    body = body.translate(_SPACED, _CONTROLS).replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    body = _GIANT.sub(b"", _HALF.sub(b"", _from_root(body)))
    body, whole = _affordable(body)
    body = _UNREAD.sub(rb"<\1\2x-\3", _without_loose_prefix(body))
    outside, *rest = body.split(b"<![CDATA[")
    mended = [_AMPERSAND.sub(_sayable, outside)]
    for part in rest:
        inside, closed, outside = part.partition(b"]]>")
        mended += (b"<![CDATA[", inside, closed, _AMPERSAND.sub(_sayable, outside))
    return b"".join(mended), whole


def _from_root(body: bytes) -> bytes:
    """Leave out what stands before the root that no comment merely speaks of; nothing where there is none."""
    at, root = 0, _ROOT.search(body)
    while root is not None:
        opened = body.find(b"<!--", at, root.start())
        closed = body.find(b"-->", opened) if opened != -1 else -1
        if closed == -1:
            return body[root.start() :]
        at = closed + 3
        if root.start() < at:
            root = _ROOT.search(body, at)
    return b""


def _affordable(body: bytes) -> tuple[bytes, bool]:
    if body.count(b"<") + body.count(b"=") + body.count(b"&") // _REFERENCES_PER_TAG <= DEAREST:
        return body, True
    cost, end = 0, 0
    for number, part in enumerate(body.split(b"<![CDATA[")):
        inside, closed, outside = part.partition(b"]]>") if number else (b"", b"", part)
        end += (len(b"<![CDATA[") if number else 0) + len(inside) + len(closed)
        for place, piece in enumerate(outside.split(b"<")):
            tag, _, text = piece.partition(b">") if place else (b"", b"", piece)
            cost += 1 + tag.count(b"=") + text.count(b"&") // _REFERENCES_PER_TAG
            if cost > DEAREST:
                return _up_to(body, end), False
            end += len(piece) + (1 if place else 0)
    return body, True


def _up_to(body: bytes, end: int) -> bytes:
    """Cut at the end of the last item before ``end``, and close what the document itself closes after its items."""
    ends = [0, *(found.end() for found in _ITEM_END.finditer(body))]
    last = max(place for place in ends if place <= end)
    foot = body[ends[-1] :]
    return body[: last or end] + (foot if len(foot) <= _LONGEST_FOOT else b"")


def _without_loose_prefix(body: bytes) -> bytes:
    """Read ``<rss:item>`` as ``<item>`` where nothing says what the prefix stands for; names in floods say nothing."""
    if body.count(b"xmlns:") > _MOST_PREFIXES and len(set(_DECLARED.findall(body))) > _MOST_PREFIXES:
        body = body.replace(b"xmlns:", b"xmlns-")
    found = _PREFIX.search(body)
    if found is None or re.search(rb"\sxmlns:" + re.escape(found[1]) + rb"\s{0,9}=", body):
        return body
    return re.sub(rb"<(/?)" + re.escape(found[1]) + rb":", rb"<\1", body)


def _sayable(reference: re.Match[bytes]) -> bytes:
    """Write a reference so that XML knows it, and a bare ampersand as one."""
    hexadecimal, decimal, name = reference.groups()
    if name is not None:
        meant = html5.get(f"{name.decode()};")
        return b"&amp;" + reference[0][1:] if meant is None else b"".join(b"&#%d;" % ord(c) for c in meant)
    if hexadecimal is None and decimal is None:
        return b"&amp;"
    return reference[0] if _in_xml(int(hexadecimal, 16) if hexadecimal else int(decimal)) else b""


def _in_xml(code: int) -> bool:
    return code in {9, 10, 13} or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF  # noqa: PLR2004
