from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.fingerprint import fingerprint

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def test_half_of_the_ideographs_start_a_pair_and_a_third_of_the_letters_a_run_of_four() -> None:
    assert fingerprint("台灣援烏", "").pieces == {"台灣", "援烏"}
    assert fingerprint("灣援", "").pieces == {"灣援"}
    assert fingerprint("to Kyiv", "").pieces == {"o ky", " kyi"}
    assert fingerprint("Kyiv", "").pieces == {"kyiv"}


def test_case_width_and_punctuation_make_no_difference() -> None:
    one, other = fingerprint("Tokyo: ‘no shells’, says PM", ""), fingerprint("ＴＯＫＹＯ — no shells says PM!", "")
    assert one == other


def test_the_lead_stands_in_for_a_title_that_is_not_there() -> None:
    only_lead, only_title = fingerprint("", "Seoul sends 20 trucks"), fingerprint("Seoul sends 20 trucks", "")
    assert only_lead == only_title
    assert set(only_lead.facts) == {"aKR", "n20"}


def test_a_text_without_a_letter_has_no_pieces() -> None:
    marks = fingerprint("…!", "")
    assert (marks.pieces, marks.facts) == (frozenset(), {})


def test_the_facts_are_those_of_the_title() -> None:
    assert set(fingerprint("Aid of 1,000 and 2.5 on ５ May", "and 7 more").facts) == {"n1000", "n2.5", "n5", "m5"}
    assert set(fingerprint("日本、10月21日に三万台", "").facts) == {"aJP", "m10", "d21", "n3万"}
    assert set(fingerprint("한국, 월요일 두 대", "").facts) == {"aKR", "wMon", "n2"}
    assert set(fingerprint("Сеул: дві машини у вівторок", "").facts) == {"aKR", "n2", "wTue"}


def test_a_papers_name_is_no_part_of_a_title() -> None:
    title = "Seoul waits for word on shells"
    for form in ("{} - Japan Times", "Tokyo Herald: {}", "【架空新聞】{}", "{} | 한국일보"):
        assert fingerprint(form.format(title), "") == fingerprint(title, "")
    assert fingerprint("Japan Times", "").title == "japan times"


@settings(deadline=None, max_examples=100)
@given(ANY, ANY)
def test_a_fingerprint_is_always_the_same(title: str, lead: str) -> None:
    marks = fingerprint(title, lead)
    assert marks == fingerprint(title, lead)
    assert bool(marks.pieces) == bool(marks.title)
