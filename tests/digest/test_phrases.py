from datetime import UTC, date, datetime
from string import Formatter

import pytest
from hypothesis import given, strategies as st

from pipeline.digest.phrases import TABLES, Phrases, both, phrases
from pipeline.domain import (
    LANGUAGES,
    Act,
    Actor,
    Balance,
    CellState,
    Column,
    Held,
    ReportedShift,
    Review,
    Section,
    Stance,
    Track,
    Voice,
)

EN, UK = (phrases(lang, "Europe/Kyiv") for lang in ("en", "uk"))
FORMS = {"en": {"one", "other"}, "uk": {"one", "few", "many", "other"}}


def fields(phrase: object) -> set[str]:
    texts = phrase.values() if isinstance(phrase, dict) else [str(phrase)]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things_with_the_same_fields() -> None:
    assert set(TABLES) == set(LANGUAGES)
    assert TABLES["en"].keys() == TABLES["uk"].keys()
    for key, phrase in TABLES["en"].items():
        assert fields(phrase) == fields(TABLES["uk"][key]), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_is_counted_has_every_plural_form_of_its_language(lang: str) -> None:
    counted = {key: phrase for key, phrase in TABLES[lang].items() if not isinstance(phrase, str)}
    assert {key for key in TABLES["en"] if key.startswith("n.")} == set(counted)
    assert all(set(phrase) == FORMS[lang] for phrase in counted.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_label_of_the_domain_has_words(lang: str) -> None:
    wanted = {
        **{f"actor.{each}": each for each in Actor},
        **{f"about.{each}": each for each in Actor},
        **{f"voice.{each}": each for each in Voice},
        **{f"track.{each}": each for each in Track},
        **{f"column.{each}": each for each in Column},
        **{f"balance.{each}": each for each in Balance},
        **{f"stance.{each}": each for each in Stance},
        **{f"act.{each}": each for each in Act},
        **{f"way.{each}": each for each in ReportedShift},
        **{f"arrow.{each}": each for each in ReportedShift},
        **{f"held.{each}": each for each in Held},
        **{f"section.{each}": each for each in Section},
        **{f"review.{each}": each for each in Review},
        **{f"cell.{each}": each for each in CellState if each is not CellState.STATED},
    }
    assert wanted.keys() <= TABLES[lang].keys()


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 днів"), (1, "1 день"), (3, "3 дні"), (5, "5 днів"), (11, "11 днів"), (21, "21 день"), (112, "112 днів")],
)
def test_ukrainian_plural_forms(number: int, said: str) -> None:
    assert UK.count("days", number) == said


@given(st.integers(0, 10_000), st.sampled_from(["days", "stories", "reports", "alerts", "more", "lines"]))
def test_everything_can_be_counted(number: int, noun: str) -> None:
    for say in (EN, UK):
        assert str(number) in say.count(noun, number)


def test_dates_are_told_in_the_language_and_the_place_of_the_reader() -> None:
    late = datetime(2026, 5, 12, 22, 30, tzinfo=UTC)
    assert (EN.day(late), UK.day(late)) == ("13 May", "13 трав.")
    assert Phrases("en", "America/New_York").day(late) == "12 May"
    assert EN.long_day(date(2026, 5, 12)) == "12 May 2026"
    assert UK.long_day(date(2026, 5, 12)) == "12 травня 2026"
    assert EN.moment(late) == "13 May 2026, 01:30 (Kyiv)"
    assert UK.moment(late) == "13 травня 2026, 01:30 (Київ)"
    assert Phrases("uk", "Asia/Tokyo").moment(late) == "13 травня 2026, 07:30 (Tokyo)"
    assert UK.weekday(late) == "середа, 13 травня"


def test_numbers_are_told_as_each_language_writes_them() -> None:
    assert (EN.balance(-0.25), UK.balance(0.5)) == ("−0.25", "+0,50")
    assert EN.balance(-0.001) == "0.00"
    assert (EN.percent(0.934), UK.percent(0.934)) == ("93%", "93%")


def test_abbreviations_keep_their_capitals_inside_a_sentence() -> None:
    assert EN.within("NATO and EU formats") == "NATO and EU formats"
    assert EN.within("K-diplomacy") == "K-diplomacy"
    assert UK.within("Тиск на Росію") == "тиск на Росію"


def test_who_has_no_phrase_is_named_as_a_country() -> None:
    assert (EN.speaker("RU"), EN.speaker("PL"), UK.speaker("PL")) == ("Moscow", "Poland", "Польща")
    assert EN.speaker("?") == "An outlet that we do not know"


def test_what_is_written_is_written_in_both_languages() -> None:
    assert both("Europe/Kyiv", lambda say: say.lang) == {"en": "en", "uk": "uk"}
