"""What the line of ours says about a position."""

from collections.abc import Iterator

import pytest

from pipeline.classify.features import read
from pipeline.classify.gloss import Glossary
from pipeline.domain import Act, Actor, Gloss, ReportedShift, Stance, Text, Voice
from pipeline.language.concepts import Concepts
from pipeline.settings import Settings, load
from tests.factories import position


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    return load({})


def _line(settings: Settings, title: str, lang: str, **said: object) -> Gloss:
    reading = read(Text(title=title, lead="", lang=lang), Concepts(settings.concepts))
    return Glossary(settings.actors).line(reading, position(**said))


def test_a_line_names_capital_ministry_act_matter_and_way(settings: Settings) -> None:
    said = {"actor": Actor.KR, "act": Act.CONSIDERING, "reported_shift": ReportedShift.TOWARD}
    assert _line(settings, "외교부, 우크라 무기지원 PURL 참여 검토", "ko", **said) == Gloss(
        en="Seoul · foreign ministry · considers · PURL · toward Ukraine",
        uk="Сеул · МЗС · розглядає · PURL · у бік України",
        matter_en="PURL",
        matter_uk="PURL",
    )


def test_a_voice_that_is_not_the_government_carries_the_country_and_its_stance(settings: Settings) -> None:
    said = {
        "actor": Actor.TW,
        "voice": Voice.OPPOSITION,
        "act": Act.SAID,
        "stance": Stance.HEDGING,
        "reported_shift": ReportedShift.NONE,
    }
    line = _line(settings, "國民黨立委質疑援烏預算", "zh-Hant", **said)
    assert line == Gloss(en="Taiwan · KMT camp · says · hedges", uk="Тайвань · табір Гоміндану · заявляє · вагається")


def test_a_claim_of_others_is_marked_as_one(settings: Settings) -> None:
    said = {"actor": Actor.KP, "act": Act.CARRIED_OUT, "reported_shift": ReportedShift.AWAY, "allegation": True}
    line = _line(settings, "Kyiv says North Korean troops clear mines in Kursk", "en", **said)
    assert line.en.startswith("Pyongyang · government · carries out · ")
    assert line.en.endswith("away from Ukraine · as others claim")
    assert line.uk.endswith("від України · як твердять інші")


def test_every_body_and_instrument_has_a_name_in_both_languages(settings: Settings) -> None:
    bodies = [c for c in settings.concepts if c.kind in {"agency", "office", "house", "party"} and c.actor]
    instruments = [c for c in settings.concepts if c.kind == "instrument"]
    assert bodies
    assert instruments
    assert not [concept.id for concept in bodies + instruments if concept.label is None]
