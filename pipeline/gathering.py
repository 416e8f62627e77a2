"""Articles whose copies and story are not known -> groups that are written: what `flows.dedup` hands articles to."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import structlog

from pipeline.dedup import match, story
from pipeline.domain import Article
from pipeline.services import Services

WIDEST = 4
"""So many windows to each side are looked through at most: a matter in the news every day would have no end."""

_ById = dict[str, Article]

log = structlog.get_logger()


def gather(services: Services, waiting: Sequence[Article]) -> Counter[str]:
    """Find and write the copies and the stories of articles that happened together; counts what each turned out."""
    store, fresh = services.store.articles, {one.article_id for one in waiting}
    before, copies = _copies(services, waiting)
    after = {i: replace(one, copy_id=copies[i], story_id=copies[i]) for i, one in before.items()}
    comparable = {one.copy_id for i, one in after.items() if i == one.copy_id and services.report(one).keys}
    lively = {i: one for i, one in after.items() if one.copy_id in comparable}
    if lively:
        around, stories = _stories(services, lively, before.keys())
        before |= around
        after |= {i: replace(after.get(i) or around[i], story_id=story_id) for i, story_id in stories.items()}
        comparable |= {one.copy_id for one in around.values()}
    regrouped = [(before[i], one) for i, one in after.items() if i not in fresh and before[i].story_id != one.story_id]
    store.gather(list(after.values()), comparable, regrouped, services.now())
    said = log.bind()
    for i in fresh:
        said.debug("gathered", article_id=i, copy_id=after[i].copy_id, story_id=after[i].story_id)
    return Counter([match.matched(after[i]) for i in fresh] + ["regrouped"] * len(regrouped))


def _copies(services: Services, waiting: Sequence[Article]) -> tuple[_ById, dict[str, str]]:
    """Return the articles whose copies these can change, whole stories of them, and the copy id of each."""
    store = services.store.articles
    # an edited text may leave its story: who stays in it is compared anew
    fresh = _by_id([*store.stories({one.story_id for one in waiting}), *waiting])
    since, until = match.happened_at(waiting[0]) - match.WINDOW, match.happened_at(waiting[-1]) + match.WINDOW
    standing = _by_id([one for one in store.between(since, until) if one.article_id not in fresh])
    pairs = match.pairs(fresh.values(), standing.values(), services.fingerprint)
    joined = _by_id(store.stories({standing[other].story_id for _, other in pairs if other in standing}))
    every = joined | fresh
    return every, match.copies(every.values(), [*pairs, *((i, one.copy_id) for i, one in joined.items())])


def _by_id(articles: Iterable[Article]) -> _ById:
    return {one.article_id: one for one in articles}


def _stories(services: Services, lively: _ById, known: Collection[str]) -> tuple[_ById, dict[str, str]]:
    """Return the other articles that these are compared with, and the story of each whose story they can change."""
    times = [match.happened_at(one) for one in lively.values()]
    first, last = min(times), max(times)
    for windows in range(2, WIDEST + 1):
        since, until = first - windows * story.WINDOW, last + windows * story.WINDOW
        around = _by_id([a for a in services.store.articles.comparable(since, until) if a.article_id not in known])
        there = around | lively
        reports = {i: services.report(one) for i, one in there.items()}
        copies = {i: one.copy_id for i, one in there.items()}
        touched = story.neighbourhood([reports[i] for i in lively], [reports[i] for i in around], copies)
        times = [match.happened_at(there[i]) for i in touched]
        if since + story.WINDOW <= min(times) and max(times) <= until - story.WINDOW:
            break  # nobody beyond what was looked through can be linked to those
    return {i: around[i] for i in touched if i in around}, story.gather([reports[i] for i in touched], copies)
