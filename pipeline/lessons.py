"""
Corrections that hold -> labelled texts, which the next training learns from beside the corpus.

Only what a person said in full: a text that is not relevant, or whose one position is as a person gave it. The texts
stay in the memory of the installation; a model keeps hashes of them.
"""

from pipeline.classify.corpus import Label, Sample
from pipeline.domain import TaggedArticle
from pipeline.storage.store import Store


def lessons(store: Store) -> list[Sample]:
    """Return a labelled text for each article that people said everything of, in order of first sight."""
    return [_sample(one) for one in store.articles.judged() if len(one.tag.positions) <= 1]


def _sample(one: TaggedArticle) -> Sample:
    return Sample(
        name=one.article.article_id,
        story=one.article.story_id,
        text=one.article.text,
        relevant=one.tag.relevant,
        positions=tuple(
            Label(
                actor=p.actor,
                voice=p.voice,
                stance=p.stance,
                reported_shift=p.reported_shift,
                act=p.act,
                allegation=p.allegation,
            )
            for p in one.tag.positions
        ),
        tracks=frozenset(one.tag.tracks),
    )
