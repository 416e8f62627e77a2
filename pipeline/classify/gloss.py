"""
A read text and what a tag says of one voice -> one line in English and Ukrainian. Pure.

The line is ours, made of the labels of concepts and of the codebook; it translates nothing.
"""

from collections.abc import Iterable, Mapping

from pipeline.classify.features import Reading, related
from pipeline.domain import Act, Actor, Gloss, Position, ReportedShift, Stance, Voice
from pipeline.shapes import ActorSettings
from pipeline.vocabulary import Concept

_WHO = frozenset({"agency", "office", "house", "party"})
_VOICES = {
    Voice.GOVERNMENT: Gloss(en="government", uk="уряд"),
    Voice.RULING_PARTY: Gloss(en="ruling party", uk="правляча партія"),
    Voice.OPPOSITION: Gloss(en="opposition", uk="опозиція"),
    Voice.PARLIAMENT: Gloss(en="parliament", uk="парламент"),
    Voice.BUSINESS: Gloss(en="business", uk="бізнес"),
    Voice.SOCIETY: Gloss(en="society", uk="суспільство"),
}
_ACTS = {
    Act.SAID: Gloss(en="says", uk="заявляє"),
    Act.CONSIDERING: Gloss(en="considers", uk="розглядає"),
    Act.DECIDED: Gloss(en="decides", uk="вирішує"),
    Act.CARRIED_OUT: Gloss(en="carries out", uk="виконує"),
    Act.REFUSED: Gloss(en="refuses", uk="відмовляє"),
    Act.DENIED: Gloss(en="denies", uk="заперечує"),
}
_WAYS: Mapping[ReportedShift | Stance, Gloss] = {
    ReportedShift.TOWARD: Gloss(en="toward Ukraine", uk="у бік України"),
    ReportedShift.AWAY: Gloss(en="away from Ukraine", uk="від України"),
    Stance.SUPPORTIVE: Gloss(en="supports Ukraine", uk="за Україну"),
    Stance.HEDGING: Gloss(en="hedges", uk="вагається"),
    Stance.OPPOSING: Gloss(en="against Ukraine", uk="проти України"),
    Stance.NEUTRAL: Gloss(en="neutral", uk="нейтрально"),
}
_CLAIMED = Gloss(en="as others claim", uk="як твердять інші")
_NEAREST = ("after", "before", "next", "far", "alone")


class Glossary:
    """Makes the lines; knows the actors' names and capitals."""

    def __init__(self, actors: Mapping[Actor, ActorSettings]) -> None:
        self._capitals = {a: Gloss(en=known.capital.en, uk=known.capital.uk) for a, known in actors.items()}
        self._countries = {
            a: Gloss(en=known.labels["en"], uk=known.labels.get("uk", known.labels["en"]))
            for a, known in actors.items()
        }

    def line(self, reading: Reading, position: Position) -> Gloss:
        """Say who does what, about what, which way: "Seoul · foreign ministry · considers · PURL · toward Ukraine"."""
        actor, voice, shift = position.actor, position.voice, position.reported_shift
        speakers = (p for p in reading.placed if p.mention.actor is actor and p.mention.voice is voice)
        matters = sorted(related(reading, actor), key=lambda found: _NEAREST.index(found[1]))
        matter = _label(p.mention.concept for p, _ in matters if p.mention.concept.kind == "instrument")
        parts = [
            (self._capitals if voice is Voice.GOVERNMENT else self._countries)[actor],
            _label(p.mention.concept for p in speakers if p.mention.concept.kind in _WHO) or _VOICES[voice],
            _ACTS[position.act],
            matter,
            _WAYS[position.stance if shift is ReportedShift.NONE else shift],
            _CLAIMED if position.allegation else None,
        ]
        said = [part for part in parts if part is not None]
        return Gloss(
            en=" · ".join(part.en for part in said),
            uk=" · ".join(part.uk for part in said),
            matter_en=matter.en if matter else "",
            matter_uk=matter.uk if matter else "",
        )


def _label(concepts: Iterable[Concept]) -> Gloss | None:
    return next((Gloss(en=label.en, uk=label.uk) for concept in concepts if (label := concept.label)), None)
