"""
A link as a feed gives it -> the address that names the text. Pure; canonical of canonical is itself.

Drops what names the reader's way and not the text: fragments, campaign parameters, default ports.
"""

import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

_TRACKING = frozenset(
    [
        "fbclid",
        "gclid",
        "dclid",
        "yclid",
        "mc_cid",
        "mc_eid",
        "igshid",
        "ref_src",
        "ocid",
        "cmpid",
        "cmp",
        "spm",
        "at_medium",
        "at_campaign",
        "output",
        "from_rss",
        "rss",
        "feed",
        "wbraid",
        "gbraid",
        "_ga",
    ]
)
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "iref")
_DEFAULT_PORTS = {None, 80, 443}


def canonical(url: str) -> str:
    """Return the canonical form of a web address; what is not one comes back unchanged."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    host = parts.netloc.rpartition("@")[2].lower()
    if port in _DEFAULT_PORTS:
        host = re.sub(r":\d*$", "", host)
    if parts.scheme not in {"http", "https"} or not host.strip():
        return url
    kept = [pair for pair in map(str.strip, parts.query.split("&")) if pair and not _tracks(pair)]
    path = parts.path.strip()
    return urlunsplit(("https", host.strip(), "" if path == "/" else path, "&".join(kept), ""))


def _tracks(pair: str) -> bool:
    """Say whether a part of the query names the reader's way; the others stay as they are, in whatever encoding."""
    key = unquote_plus(pair.partition("=")[0]).lower()
    return key in _TRACKING or key.startswith(_TRACKING_PREFIXES)
