"""
Tagged articles -> what others say about each government, counted by who says it. Pure.

An allegation never votes and never is a shift of the government that it is about. Who says it is the actor whose own
government speaks in the same text, else the country of the outlet that the text rests on: "CN", "RU", "KP".
"""

from collections.abc import Iterable, Mapping

from pipeline.detect.series import stories
from pipeline.domain import Actor, Allegation, Evidence, Position, Source, Stance, TaggedArticle

UNKNOWN = "?"


def allegations(tagged: Iterable[TaggedArticle], sources: Mapping[str, Source]) -> list[Allegation]:
    """Count the stories in which somebody says something about a government, the most told first."""
    told: dict[tuple[str, Actor, Stance], list[Evidence]] = {}
    for story in stories(tagged):
        counted = set[tuple[str, Actor, Stance]]()
        for one in story:
            for position in one.tag.positions:
                about = (_by(one, position, sources), position.actor, position.stance)
                if position.allegation and about not in counted:
                    counted.add(about)
                    told.setdefault(about, []).append(_evidence(one, position, len(story)))
    found = [
        Allegation(by=by, actor=actor, stance=stance, stories=len(evidence), evidence=tuple(evidence))
        for (by, actor, stance), evidence in told.items()
    ]
    return sorted(found, key=lambda each: (-each.stories, each.by, each.actor, each.stance))


def _by(one: TaggedArticle, position: Position, sources: Mapping[str, Source]) -> str:
    speaks = [other.actor for other in one.tag.positions if other.official and other.actor is not position.actor]
    if speaks:
        return str(speaks[0])
    known = sources.get(one.article.origin) or sources.get(one.article.source)
    return known.country if known else UNKNOWN


def _evidence(one: TaggedArticle, position: Position, articles: int) -> Evidence:
    return Evidence(article=one.article, articles=articles, stance=position.stance, gloss=position.gloss, influence=0.0)
