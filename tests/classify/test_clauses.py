"""Where a mention stands: clause, title, quotation, negation, in languages that negate before and after."""

import pytest
from hypothesis import given, strategies as st

from pipeline.classify.clauses import Placed, place
from pipeline.domain import Text
from pipeline.language.concepts import Concepts, joined
from pipeline.language.text import fold
from pipeline.settings import load

CONCEPTS = Concepts(load({}).concepts)


def placed(title: str, lead: str = "", lang: str = "en") -> tuple[Placed, ...]:
    text = Text(title=title, lead=lead, lang=lang)
    return place(joined(text), CONCEPTS.find(text), title_end=len(fold(title)), lang=lang)


def the(name: str, found: tuple[Placed, ...]) -> Placed:
    return next(p for p in found if p.mention.concept.id == name)


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en", "Tokyo will not send missiles"),
        ("ja", "政府、ミサイルの提供はない"),
        ("ko", "정부, 미사일은 보내지 않는다"),
        ("zh-Hant", "政府不送飛彈"),
        ("uk", "Уряд не надсилатиме ракет"),
    ],
)
def test_a_negation_is_seen_on_the_side_of_its_language(lang: str, title: str) -> None:
    assert the("cue.give", placed(title, lang=lang)).negated


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en", "Tokyo sends missiles, no tanks"),
        ("en", "Tokyo will send missiles"),
        ("ja", "戦車はない、ミサイルを送り"),
        ("zh-Hant", "政府送飛彈,不派兵"),
    ],
)
def test_a_negation_of_another_clause_changes_nothing(lang: str, title: str) -> None:
    assert not the("cue.give", placed(title, lang=lang)).negated


def test_a_comma_inside_a_number_ends_no_clause() -> None:
    one, two = placed("Japan gives 1,000 generators"), placed("Japan, with 1000 generators")

    assert the("JP", one).clause == the("track.aid", one).clause
    assert the("JP", two).clause != the("track.aid", two).clause


@pytest.mark.parametrize(("opening", "closing"), ["“”", "「」", "«»", '""'])
def test_what_stands_between_quotation_marks_is_quoted(opening: str, closing: str) -> None:
    found = placed(f"Seoul: {opening}Ukraine comes first{closing} says Japan")

    assert the("UA", found).quoted
    assert not the("JP", found).quoted


def test_title_and_lead_are_told_apart() -> None:
    found = placed("Japan decides", "Ukraine waits")

    assert the("JP", found).title
    assert not the("UA", found).title


@given(st.text(max_size=200), st.sampled_from(["en", "ja", "ko", "zh-Hans", "uk", "xx"]))
def test_clauses_are_counted_upwards_and_no_negation_is_placed(text: str, lang: str) -> None:
    found = placed(f"Japan . {text} . not Ukraine", lang=lang)

    assert [p.clause for p in found] == sorted(p.clause for p in found)
    assert the("JP", found).clause < the("UA", found).clause
    assert "negation.not" not in {p.mention.concept.id for p in found}
