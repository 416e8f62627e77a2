import pytest
from hypothesis import given, strategies as st

from pipeline.domain import Text
from pipeline.language.conditions import MOST, condition


def quoted(lang: str, title: str, lead: str = "") -> str | None:
    return condition(Text(title=title, lead=lead, lang=lang))


@pytest.mark.parametrize(
    ("lang", "title", "found"),
    [
        ("en", "Seoul may send arms if civilians are attacked, official says", "if civilians are attacked"),
        ("en", "Tokyo to join only if the U.S. stays, minister says", "only if the U.S. stays"),
        ("en", "Seoul will not decide unless allies ask first", "unless allies ask first"),
        ("uk", "Сеул розгляне зброю, якщо нападуть на цивільних, каже посадовець", "якщо нападуть на цивільних"),
        (
            "ru",
            "Сеул рассмотрит поставки в случае ударов по мирным жителям, заявили в МИД",
            "в случае ударов по мирным жителям",
        ),
        ("ja", "政府、民間人が攻撃された場合に限り供与を検討", "民間人が攻撃された場合に限り"),
        ("ja", "首相「停戦が成立しなければ派遣せず」", "停戦が成立しなければ"),
        ("ko", "민간인이 대규모 공격을 받을 경우 무기 지원 검토", "민간인이 대규모 공격을 받을 경우"),
        ("ko", "정부, 러 민간인 공격 시 지원 재검토", "러 민간인 공격 시"),
        ("zh-Hant", "外交部：若平民遭攻擊，將考慮提供裝備", "若平民遭攻擊"),
        ("zh-Hans", "外交部：只要停火，就愿参与重建", "只要停火"),
        ("zh-Hant", "若航線談妥 可望收治傷兵", "若航線談妥"),
        ("zh-Hans", "若双方同意,可考虑派员", "若双方同意"),
    ],
)
def test_a_condition_is_quoted_as_it_is_printed(lang: str, title: str, found: str) -> None:
    assert quoted(lang, title) == found


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en", "Seoul reviews its help to Kyiv"),
        ("en", "If confirmed, it would be the first such step"),
        ("en", "Minister asked if Seoul would send shells"),
        ("en", "Even if talks fail Tokyo stays"),
        ("ja", "政府は支援を続けなければならない"),
        ("ja", "関係者によれば支援を検討"),
        ("ko", "정부, 조약에 따라 지원 검토"),
        ("ko", "한국의 경우 지원이 늘었다"),
        ("ko", "서울 시 우크라 전시회"),
        ("ko", "외교부, 신중히 검토하겠다면서도 선 그어"),
        ("zh-Hant", "若干國家提供援助"),
        ("fr", "si les civils sont attaqués"),
    ],
)
def test_what_names_no_condition_has_none(lang: str, title: str) -> None:
    assert quoted(lang, title) is None


def test_the_summary_is_asked_after_the_headline() -> None:
    assert quoted("en", "Seoul may send arms", "The office said so on Monday, if civilians are attacked.") == (
        "if civilians are attacked"
    )


@given(st.sampled_from(["en", "uk", "ru", "ja", "ko", "zh-Hant", "zh-Hans", "de"]), st.text(max_size=300), st.text())
def test_what_is_quoted_stands_in_the_text(lang: str, title: str, lead: str) -> None:
    found = quoted(lang, title, lead)
    assert found is None or (found in title or found in lead)
    assert found is None or 0 < len(found) <= MOST
