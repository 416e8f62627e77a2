import random
from itertools import combinations

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.dedup.fingerprint import fingerprint
from pipeline.dedup.near import pairs

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
WORDS = st.lists(
    st.sampled_from(["Tokyo", "Seoul", "sends", "20", "30", "発電機", "日本", "発電機20台", "두", "대", "한국", "дві"]),
    max_size=8,
)
TEXT = st.one_of(ANY, WORDS.map(" ".join))


def copies(one: str, other: str, lead: str = "", its_lead: str = "") -> bool:
    return pairs([fingerprint(one, lead)], [fingerprint(other, its_lead)]) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tokyo to send twenty generators to Odesa", "Tokyo to send twenty generators to Odesa - Kyodo News"),
        ("Tokyo to send twenty generators to Odesa", "Tokyo to send twenty power generators to Odesa"),
        ("Envoy: “no change” in Seoul on shells", "Envoy: «no change» in Seoul on shells"),
        ("Japan joins fund for Sumy with 20 million euros", "Japan jcins fund fxr Sumy witq 20 million eurbs"),
        ("政府、ウクライナへ発電機を追加供与へ", "政府、ウクライナへ発電機を追加供与へ｜架空日報"),
        ("韓国外交部「砲弾提供は事実無根」と反論", "韓国外交部『砲弾提供は事実無根』と反発"),
        ("정부, 우크라이나에 발전기 35대 추가 지원 결정", "정부, 우크라이나에 발전기 35대 추가 제공 결정 | 연합뉴스"),
        ("台灣援助哈爾科夫發電機20台 知情人士透露", "台灣援助哈爾科夫發電機２０台 消息人士透露"),
        ("Японія передасть Україні дві установки на зиму", "Японія передала Україні дві установки на зиму"),
    ],
)  # fmt: skip
def test_another_name_edit_or_quotation_mark_leaves_a_copy(one: str, other: str) -> None:
    assert copies(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Japan approves 3 billion yen for Ukraine", "Japan approves 30 billion yen for Ukraine"),
        ("Japan approves 3 billion yen for Ukraine", "Japan approves 3 million yen for Ukraine"),
        ("Seoul to send two ships to Odesa in spring", "Seoul to send three ships to Odesa in spring"),
        ("Parliament in Seoul delays vote until Friday", "Parliament in Seoul delays vote until Monday"),
        ("Parliament in Seoul delays vote until 12 May", "Parliament in Seoul delays vote until 12 June"),
        ("Tokyo weighs generators for Odesa after talks", "Seoul weighs generators for Odesa after talks"),
        ("South Korea to send generators to Odesa", "North Korea to send generators to Odesa"),
        ("日本、オデーサへ発電機20台供与", "韓国、オデーサへ発電機20台供与"),
        ("日本、オデーサへ発電機三台供与", "日本、オデーサへ発電機四台供与"),
        ("대만, 오데사에 발전기 22대 지원 관계자 밝혀", "대만, 오데사에 변압기 22만대 지원 관계자 밝혀"),
        ("日本、オデーサへ発電機3万台供与", "日本、オデーサへ発電機3億台供与"),
        ("輸出規制を5月12日から強化　経産省", "輸出規制を5月17日から強化　経産省"),
        ("海自、露艦2隻を確認", "海自、露艦3隻を確認"),
        ("대만, 오데사에 발전기 두 대 지원", "대만, 오데사에 발전기 세 대 지원"),
        ('야당 "목록서 월요일까지 빼야" 서울 회견', '야당 "목록서 화요일까지 빼야" 서울 회견'),
        ("台灣對俄制裁新增12家 發電機列禁運", "日本對俄制裁新增12家 發電機列禁運"),
        ("Японія передасть Україні дві установки на зиму", "Японія передасть Україні три установки на зиму"),
        ("Опозиція в Токіо просить відстрочки до вівторка", "Опозиція в Токіо просить відстрочки до середи"),
    ],
)  # fmt: skip
def test_another_number_date_or_actor_is_another_text_whatever_the_lead(one: str, other: str) -> None:
    lead = "Residents have been without heating for long; the ministry gave no reason."
    assert not copies(one, other)
    assert not copies(one, other, lead, lead)


def test_a_number_in_other_digits_is_the_same_number() -> None:
    assert copies("日本、オデーサへ発電機１２台供与", "日本、オデーサへ発電機十二台供与")
    assert copies("Firms pledge 1,500 pumps for Odesa schools", "Firms pledge 1500 pumps for Odesa schools")


def test_leads_that_have_nothing_in_common_tell_like_titles_apart() -> None:
    one, other = "Ukraine war briefing: what we know today", "Ukraine war briefing: what we know so far"
    lead, its_lead = "Shells fell on a harbour in the night, officials said.", "A court in Seoul heard three sailors."
    assert copies(one, other, lead, lead[:30])
    assert not copies(one, other, lead, its_lead)


def test_a_paper_that_is_named_after_a_country_says_nothing_of_the_text() -> None:
    assert copies("Seoul weighs shells for Kyiv after talks", "Seoul weighs shells for Kyiv after talks - Tokyo Times")
    assert not copies("Seoul weighs shells for Kyiv", "Tokyo weighs shells for Kyiv - Seoul Times")


def test_each_fresh_text_is_paired_with_the_fresh_and_the_standing_ones() -> None:
    title = "Tokyo to send twenty generators to Odesa"
    fresh = [fingerprint(title, ""), fingerprint("Seoul waits", ""), fingerprint(f"{title} | Harbour Times", "")]
    standing = [fingerprint("…", ""), fingerprint(title, "A lead."), fingerprint(f"{title} soon", ""), fresh[0]]
    assert sorted(pairs(fresh, standing)) == [(0, 2), (0, 4), (0, 5), (0, 6), (2, 4), (2, 5), (2, 6)]
    assert pairs([], standing) == []
    assert pairs(standing[:1], standing[:1]) == []
    assert pairs([]) == []


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=8), st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_among_few_texts_every_two_copies_are_found_whatever_else_is_there(
    fresh: list[tuple[str, str]], standing: list[tuple[str, str]]
) -> None:
    mine, its = ([fingerprint(*text) for text in texts] for texts in (fresh, standing))
    both = combinations(enumerate([*mine, *its]), 2)
    expected = [(i, j) for (i, one), (j, other) in both if i < len(mine) and pairs([one], [other])]
    assert sorted(pairs(mine, its)) == expected


@settings(deadline=None)
@given(TEXT, TEXT, TEXT, TEXT)
def test_being_a_copy_is_mutual(one: str, lead: str, other: str, its_lead: str) -> None:
    assert copies(one, other, lead, its_lead) == copies(other, one, its_lead, lead)


@settings(deadline=None)
@given(TEXT, TEXT)
def test_a_text_with_words_is_a_copy_of_itself(title: str, lead: str) -> None:
    assert copies(title, title, lead, lead) == bool(fingerprint(title, lead).title)


@settings(deadline=None)
@given(
    st.lists(st.tuples(TEXT, TEXT), max_size=8).flatmap(lambda texts: st.tuples(st.just(texts), st.permutations(texts)))
)
def test_the_order_of_arrival_changes_nothing(orders: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
    one, other = ([fingerprint(*text) for text in texts] for texts in orders)
    found = [sorted(tuple(sorted((repr(marks[i]), repr(marks[j])))) for i, j in pairs(marks)) for marks in (one, other)]
    assert found[0] == found[1]


def test_so_many_texts_that_they_are_compared_in_portions_give_the_same_pairs() -> None:
    chance = random.Random(3)
    words = ["harbour", "river", "castle", "garden", "station", "bridge", "market", "school"]
    titles = [f"Rail strike closes {' '.join(chance.sample(words, 4))} until notice" for _ in range(300)]
    marks = [fingerprint(title, "") for title in titles]
    shuffled = chance.sample(range(300), 300)
    found = {
        (min(shuffled[i], shuffled[j]), max(shuffled[i], shuffled[j])) for i, j in pairs([marks[n] for n in shuffled])
    }
    assert found == set(pairs(marks))
    fresh = {(i, j) for i, j in found if i < 100}
    assert fresh == set(pairs(marks[:100], marks[100:]))
    assert any(titles[i] != titles[j] for i, j in fresh)
