"""
A link as a feed gives it -> the address that names the text. Pure; canonical of canonical is itself.

Drops what names the reader's way and not the text: fragments, campaign parameters, default ports.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

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
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def canonical(url: str) -> str:
    """Return the canonical form of a web address; what is not one comes back unchanged."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.netloc.rpartition("@")[2]).lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme.lower(), ""))
    except ValueError:
        return url
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return url
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key.lower() not in _TRACKING and not key.lower().startswith(_TRACKING_PREFIXES)
    ]
    path = parts.path if parts.path != "/" else ""
    return urlunsplit(("https", host, path, urlencode(kept), ""))
