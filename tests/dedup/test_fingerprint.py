from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.fingerprint import MOST_BANDS, Fingerprint, fingerprint

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def share_a_band(one: Fingerprint, other: Fingerprint) -> bool:
    return bool(set(one.bands) & set(other.bands))


def test_ideographs_are_cut_into_pairs_and_of_letters_a_third_is_kept_in_fours() -> None:
    assert set(fingerprint("台灣援烏", "").pieces) == {"台灣", "灣援", "援烏"}
    assert set(fingerprint("to Kyiv", "").pieces) == {"o ky", " kyi"}
    assert set(fingerprint("Kyiv", "").pieces) == {"kyiv"}


def test_case_width_and_punctuation_make_no_difference() -> None:
    one, other = fingerprint("Tokyo: ‘no shells’, says PM", ""), fingerprint("ＴＯＫＹＯ — no shells says PM!", "")
    assert (one, one.bands) == (other, other.bands)


def test_the_lead_stands_in_for_a_title_that_is_not_there() -> None:
    only_lead, only_title = fingerprint("", "Seoul sends 20 trucks"), fingerprint("Seoul sends 20 trucks", "")
    assert only_lead == only_title
    assert set(only_lead.facts) == {"aKR", "n20"}


def test_a_text_without_a_letter_has_no_bands() -> None:
    marks = fingerprint("…!", "")
    assert (marks.pieces, marks.facts, marks.bands) == ((), {}, ())


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
    assert len(marks.bands) <= MOST_BANDS
    assert all(len(band) <= 24 for band in marks.bands)
    assert bool(marks.bands) == bool(marks.pieces)
