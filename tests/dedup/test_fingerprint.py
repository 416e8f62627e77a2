from hypothesis import given, settings, strategies as st

from pipeline.dedup.fingerprint import fingerprint, stated

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def test_case_width_and_punctuation_make_no_difference() -> None:
    one, other = fingerprint("Tokyo: ‘no shells’, says PM", ""), fingerprint("ＴＯＫＹＯ — no shells says PM!", "")
    assert one == other


def test_the_lead_stands_in_for_a_title_that_is_not_there() -> None:
    only_lead, only_title = fingerprint("", "Seoul sends 20 trucks"), fingerprint("Seoul sends 20 trucks", "")
    assert only_lead == only_title
    assert (only_lead.title, only_lead.lead) == ("seoul sends 20 trucks", "")


def test_a_text_without_a_letter_has_no_title() -> None:
    assert fingerprint("…!", "").title == ""


def test_digits_words_and_names_are_facts() -> None:
    assert facts("Aid of 1,000 and 2.5 on ５ May") == {"n1000", "n2.5", "n5", "m5"}
    assert facts("日本、10月21日に三万台") == {"aJP", "m10", "d21", "n3万"}
    assert facts("한국, 월요일 두 대") == {"aKR", "wMon", "n2"}
    assert facts("Сеул: дві машини у вівторок") == {"aKR", "n2", "wTue"}


def facts(title: str) -> set[str]:
    return set(stated(fingerprint(title, "and 7 more").title))


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
    assert "\0" not in marks.title
