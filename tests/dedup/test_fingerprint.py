from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.fingerprint import PERMUTATIONS, Fingerprint, fingerprint

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def share_a_band(one: Fingerprint, other: Fingerprint) -> bool:
    return bool(set(one.bands) & set(other.bands))


def test_letters_are_cut_into_runs_of_five_and_ideographs_into_runs_of_three() -> None:
    assert fingerprint("to Kyiv", "").title == {"to ky", "o kyi", " kyiv"}
    assert fingerprint("台灣援烏", "").title == {"台灣援", "灣援烏"}
    assert fingerprint("Kyiv", "").title == {"kyiv"}


def test_case_width_and_punctuation_make_no_difference() -> None:
    one, other = fingerprint("Tokyo: ‘no shells’, says PM", ""), fingerprint("ＴＯＫＹＯ — no shells says PM!", "")
    assert (one.title, one.bands) == (other.title, other.bands)


def test_the_lead_stands_in_for_a_title_that_is_not_there() -> None:
    only_lead, only_title = fingerprint("", "Seoul sends 20 trucks"), fingerprint("Seoul sends 20 trucks", "")
    assert (only_lead.title, only_lead.bands, only_lead.numbers) == (
        only_title.title,
        only_title.bands,
        frozenset({"20"}),
    )


def test_a_text_without_a_letter_has_no_bands() -> None:
    assert fingerprint("…!", "") == Fingerprint(frozenset(), frozenset(), frozenset(), ())


def test_the_numbers_are_those_of_the_title() -> None:
    assert fingerprint("Aid of 1,000 and 2.5 on ５月", "and 7 more").numbers == {"1,000", "2.5", "5"}


def test_the_whole_holds_the_title_and_the_lead() -> None:
    marks = fingerprint("Seoul waits", "for Tokyo")
    assert marks.title < marks.whole


def test_near_copies_share_a_band_and_other_texts_hardly_ever() -> None:
    title = "政府、ウクライナへ発電機二十台を年内に追加供与へ"
    assert share_a_band(fingerprint(title, ""), fingerprint(f"【速報】{title}", ""))
    assert share_a_band(
        fingerprint("Tokyo sends generators to Odesa", ""), fingerprint("Tokyo sends generator to Odesa", "")
    )
    assert not share_a_band(fingerprint(title, ""), fingerprint("北朝鮮、ミサイルを発射か 防衛省", ""))


@settings(deadline=None, max_examples=100)
@given(ANY, ANY)
def test_a_fingerprint_is_always_the_same(title: str, lead: str) -> None:
    marks = fingerprint(title, lead)
    assert marks == fingerprint(title, lead)
    assert len(marks.bands) in {0, PERMUTATIONS // 3}
    assert bool(marks.bands) == bool(marks.title)
