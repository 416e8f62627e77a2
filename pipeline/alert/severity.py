"""
Shift and rubric -> `Severity`. Pure and total: the first rule that fits answers, and what fits none waits as C.

The rubric is the table ``rubric:`` of ``config/routes.yaml``; ``docs/severity.md`` says it in words.
"""

from collections.abc import Iterable

from pipeline.alert.amount import amount_usd
from pipeline.domain import Pattern, Rule, Severity, Shift


def severity(shift: Shift, rubric: Iterable[Rule]) -> Severity:
    """Return how grave a shift is."""
    amount = max((amount_usd(piece.article.title) for piece in shift.evidence), default=0.0)
    fitting = (rule for rule in rubric if fits(rule, shift) and amount >= rule.amount_usd)
    return next((rule.severity for rule in fitting), Severity.C)


def fits(pattern: Pattern, shift: Shift) -> bool:
    """Say whether a shift is what a pattern asks for; an empty set asks for nothing."""
    tracks = {*shift.tracks, *([shift.track] if shift.track else [])}
    return (
        (not pattern.actors or shift.actor in pattern.actors)
        and (not pattern.voices or shift.voice in pattern.voices)
        and (not pattern.acts or shift.act in pattern.acts)
        and (not pattern.tracks or bool(pattern.tracks & tracks))
        and (not pattern.directions or shift.direction in pattern.directions)
        and (not pattern.kinds or shift.kind in pattern.kinds)
    )
