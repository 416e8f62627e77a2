"""No regular expression on the way from bytes to entries takes more time than a long text deserves."""

import re
from time import process_time
from types import ModuleType

import pytest

from pipeline.language import text
from pipeline.poll import cut, dates, encoding, headers, mend, parse

MODULES = (cut, dates, encoding, headers, mend, parse, text)
FLOODS = """
a 1 - : , < <a </ </item <ttl> <ttl <!-- <![CDATA[ <?xml <?xml-stylesheet & &a &# &#1 = ' '’ a' a. 1. xmlns: xmlns:a
charset charset= encoding <language> xml:lang=' » <a> 2026 2026- 2026年 1月 mon, 10: 令和 令和8 午前 +09 gmt 한 漢 …
http:// // ( [ { <p <br <h1 <rss: <guid </guid 1-1-
"""
PIECES = (*FLOODS.split(), *(f"{piece} " for piece in FLOODS.split()), " ", "\n", "\t\n", "\xa0", "\u0301", "21 nov ")
LENGTH, LONGEST_S = 20_000, 0.5


def patterns() -> list[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    found = []
    for module in MODULES:
        for name, value in vars(module).items():
            several = value if isinstance(value, tuple) else (value,)
            found += [(f"{short(module)}.{name}", one) for one in several if isinstance(one, re.Pattern)]
    return found


def short(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize(("name", "pattern"), patterns())
def test_no_flood_kills_a_regular_expression(name: str, pattern: re.Pattern[str] | re.Pattern[bytes]) -> None:
    for piece in PIECES:
        flood = piece * (LENGTH // len(piece))
        for subject in (
            (flood, f"<item {flood}") if not name.startswith("dates") else (flood[:100], f"2026-11-21 {flood}"[:100])
        ):
            started = process_time()
            if isinstance(pattern.pattern, bytes):
                pattern.sub(b"", subject.encode())
            else:
                pattern.sub("", subject)
            assert process_time() - started < LONGEST_S, (name, piece)


def test_every_module_has_some() -> None:
    assert {name.partition(".")[0] for name, _ in patterns()} >= {"cut", "dates", "encoding", "mend", "parse", "text"}
