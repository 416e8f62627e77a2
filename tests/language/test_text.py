import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.language.text import canonical_language, fold, is_ideographic, language, plain, shingles, whole, words

ANY = st.text(st.characters(exclude_categories=[]), max_size=200)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Plain words", "Plain words"),
        ("  many \t\r\n spaces　and　wide ones ", "many spaces and wide ones"),
        ("Aid &amp; trade", "Aid & trade"),
        ("Aid &amp;amp; trade", "Aid &amp; trade"),
        ("<p>Aid &amp;amp; trade</p>", "Aid & trade"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("<b>To</b>kyo", "Tokyo"),
        ("&lt;p&gt;escaped&lt;/p&gt;", "escaped"),
        ("a<script>alert('x')</script>b<style>p{}</style>c", "abc"),
        ("a &lt;script&gt;alert(1)&lt;/script&gt; b", "a b"),
        ("<img src=x onerror=alert(1)>picture", "picture"),
        ("<!-- hidden -->shown", "shown"),
        ("unclosed <p>paragraph", "unclosed paragraph"),
        ("<a href='#'>»</a>", ""),
        ("Summary.&nbsp;<a class=more href='/1'> » </a>", "Summary."),
        ("«Слава» — відповіли", "«Слава» — відповіли"),
        ("soft\u00adhyphen zero\u200bwidth mark\ufeff", "softhyphen zerowidth mark"),
        ("right\u202eto left\u2066", "rightto left"),
        ("line\u2028break, return\rand\x0bfeed\x0c.", "line break, return and feed ."),
        ("nul\0and bell\x07", "nuland bell"),
        ("half \ud83d of a pair", "half of a pair"),
        ("e\u0301te\u0301", "été"),
        ("e" + "\u0316" * 40 + "x", "e" + "\u0316" * 30 + "x"),
        ("— " + "…" * 40, "— " + "…" * 40),
        (unicodedata.normalize("NFD", "한국"), "한국"),
        ("", ""),
    ],
)
def test_markup_becomes_one_line_of_plain_text(markup: str, text: str) -> None:
    assert plain(markup) == text


@settings(deadline=None, max_examples=200)
@given(ANY | st.text("<>&;/ apscriptl!-\u2028\0", max_size=100))
def test_plain_text_can_always_be_stored_and_is_one_line(markup: str) -> None:
    text = plain(markup)
    text.encode()
    assert "\0" not in text
    assert text == " ".join(text.split())
    assert whole(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<p",
        "<a ",
        "<a>",
        "<div>",
        "&",
        "&#1",
        "<!--",
        "漢",
        "x",
        "a\u0301",
        "\u0316\u0301",
        " ",
        "\ud800",
        "<font><p>",
    ],
)
def test_long_strings_take_no_longer_than_their_length(piece: str) -> None:
    text = plain(piece * (200_000 // len(piece)))
    fold(text)
    language(text, "ja")
    shingles(text[:20_000])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＮＡＴＯ　Ｅ", "nato e"),
        ("ｳｸﾗｲﾅ", "ウクライナ"),
        ("STRASSE Straße", "strasse strasse"),
        ("Прем’єр премʼєр прем'єр", "прем'єр прем'єр прем'єр"),
        ("①㈱", "1(株)"),
        ("U.S.", "u.s."),
    ],
)
def test_folding_makes_one_form_of_many(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        # what the script says, whatever is declared
        ("政府、ウクライナへ追加支援", None, "ja"),
        ("政府、ウクライナへ追加支援", "en", "ja"),
        ("정부, 우크라이나 추가 지원", None, "ko"),
        ("정부, 우크라이나 추가 지원", "ja", "ko"),
        ("李대통령, 우크라 재건 논의", "zh", "ko"),
        ("外交部長林佳龍與烏克蘭議員會談", None, "zh-Hant"),
        ("外交部长王毅与乌克兰外长通电话", None, "zh-Hans"),
        ("外交部長林佳龍與烏克蘭議員會談", "zh", "zh-Hant"),
        ("外交部长王毅与乌克兰外长通电话", "zh", "zh-Hans"),
        ("外交部長林佳龍與烏克蘭議員會談", "en", "zh-Hant"),
        ("台北市政府援助基輔", None, "zh-Hant"),
        ("Японія підтримує Україну", None, "uk"),
        ("Японія підтримує Україну", "ru", "uk"),
        ("Япония поддержала решение, объявил премьер", None, "ru"),
        ("Япония поддержала решение, объявил премьер", "uk", "ru"),
        # Han alone follows the declaration
        ("首相動静", "ja", "ja"),
        ("日本政府決定追加支援", "ja-JP", "ja"),
        ("大統領 訪日", "ko", "ko"),
        ("總統府新聞稿", "zh-Hant", "zh-Hant"),
        ("国务院新闻办", "zh-CN", "zh-Hans"),
        ("首相", "en", "en"),
        ("首相", None, "zh-Hant"),
        # a few foreign characters change nothing
        ("Xi Jinping (习近平) and Wang Yi (王毅) spoke in Beijing", "en", "en"),
        ("President Lee Jae-myung (이재명) left for Tokyo", "en", "en"),
        ("Президент Лі Чже Мьон (이재명) прибув до Києва", "uk", "uk"),
        ("President Lee visits 北京 for talks with leaders", None, "en"),
        ("NATO・EU首脳がキーウで会談", "en", "ja"),
        ("弗拉基米爾・普丁與亞歷山大・盧卡申科會談", None, "zh-Hant"),
        # Latin letters follow the declaration, or are looked at
        ("Tokyo pledges more winter aid", "en-GB", "en"),
        ("Tokyo pledges more winter aid for Ukraine", None, "en"),
        ("Tokyo pledges more winter aid for Ukraine", "mul", "en"),
        ("Tokyo pledges more winter aid for Ukraine", "ja", "ja"),
        # Cyrillic without a letter of either follows the declaration
        ("Рада", "uk", "uk"),
        ("Рада", "ru", "ru"),
        ("ア！", "en", "en"),
        ("2026", "ja", "ja"),
        ("", "ko", "ko"),
    ],
)
def test_a_language_is_named_by_declaration_and_script(text: str, declared: str | None, expected: str) -> None:
    assert language(text, declared) == expected


def test_chinese_that_only_the_detector_finds_has_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("py3langid.classify", lambda _: ("zh", 0.0))
    assert language("1", None) == "zh-Hant"


@settings(deadline=None, max_examples=100)
@given(ANY, st.none() | st.sampled_from(["ja", "mul", "zh", "", "x-klingon", "_-_"]) | st.text(max_size=8))
def test_any_text_has_a_language(text: str, declared: str | None) -> None:
    assert language(text, declared)


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        (None, None),
        ("", None),
        ("mul", None),
        ("und", None),
        ("english", None),
        ("zh", None),
        ("ja", "ja"),
        ("JA-jp", "ja"),
        ("ko_KR", "ko"),
        ("en-us", "en"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant"),
        ("zh-cn", "zh-Hans"),
        ("zh-Hans-TW", "zh-Hant"),
        ("zh-SG", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("ua", "uk"),
        ("jp", "ja"),
        ("kr", "ko"),
        ("uk-UA", "uk"),
    ],
)
def test_declared_tags_are_brought_to_ours(declared: str | None, tag: str | None) -> None:
    assert canonical_language(declared) == tag


def test_ideographs_kana_and_hangul_run_on_and_letters_do_not() -> None:
    assert all(map(is_ideographic, "漢かカ가ﾊ"))
    assert not any(map(is_ideographic, "aїé1 ・"))


def test_words_are_split_at_everything_but_letters_and_inner_marks() -> None:
    assert words("прем'єр зустрів-ся, u.s. 3,5 日本・台湾 a_b") == [
        "прем'єр", "зустрів-ся", "u", "s", "3", "5", "日本", "台湾", "a", "b",
    ]  # fmt: skip


def test_shingles_are_words_runs_of_letters_and_runs_of_ideographs() -> None:
    assert shingles("it") == ["=it", "<it", "it>", "<it>"]
    assert shingles("日本") == ["日", "本", "日本"]
    assert shingles("") == []


@settings(deadline=None, max_examples=200)
@given(ANY.map(fold))
def test_no_shingle_is_longer_than_one_word_or_five_characters(text: str) -> None:
    found = words(text)
    for piece in shingles(text):
        assert piece[1:] in found if piece.startswith("=") else len(piece) <= 5
        assert any(piece.strip("<>=") in word for word in found)


def test_half_a_character_is_folded_to_something_that_can_be_said() -> None:
    assert fold("Kyiv \ud800") == "kyiv ?"
