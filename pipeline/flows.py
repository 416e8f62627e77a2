"""
One function per verb: read what has no outcome yet -> decide (pure) -> write by upsert -> count -> one log line.

Running any of them twice writes and sends nothing the second time. Each returns its counts, small enough for
Airflow's XCom; the database is the hand-over between them.
"""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

import structlog

from pipeline import daily, editions, glance, posting, sending, upkeep, weekly
from pipeline.alert.health import VERBS
from pipeline.collect import FINE, Batch
from pipeline.dedup import match
from pipeline.dedup.origin import trace
from pipeline.detect.settle import anew, withdrawn
from pipeline.detect.shifts import denials, find
from pipeline.domain import Article, Entry, Feed, FeedState, Terms
from pipeline.gathering import gather
from pipeline.poll import schedule
from pipeline.services import Counts, Services

BATCH = 256
CLAIM = 32
"""So many texts a worker takes at once: few enough that several end at about the same time."""
GATHER = 4096
SILENT_DAYS = 3
_LEASE_SECONDS = 600.0

log = structlog.get_logger()

_P = ParamSpec("_P")


class Unread(Counter[str]):
    """The counts of a poll that could read nothing: it ended, but not well."""


def _verb(
    flow: Callable[Concatenate[Services, _P], Counter[str]],
) -> Callable[Concatenate[Services, _P], Counts]:
    """Make a flow a verb: every pass leaves when it began and ended well, and one canonical line under one id."""
    name = flow.__name__

    @wraps(flow)
    def one_pass(services: Services, /, *args: _P.args, **kwargs: _P.kwargs) -> Counts:
        began_at, passes = services.now(), services.store.passes
        passes.began(name, began_at)
        with structlog.contextvars.bound_contextvars(pass_id=uuid.uuid4().hex[:8]):
            found = flow(services, *args, **kwargs)
            counts = {str(what): number for what, number in sorted(found.items())}
            ended_at = services.now()
            passes.ended(name, began_at, ended_at, counts, well=not isinstance(found, Unread))
            log.info(name, seconds=round((ended_at - began_at).total_seconds(), 3), **counts)
        return counts

    return one_pass


@_verb
def poll(services: Services, shard: int = 0, shards: int = 1) -> Counter[str]:
    """
    Ask every due feed of one shard; write the answers in batches as they come. Counts outcomes and entries.

    Each host is claimed, so that no two workers ask one at a time, however they are sharded; what another worker
    holds is counted as busy and stays due.
    """
    now, store, seconds = services.now(), services.store, services.settings.poll.shard_seconds + _LEASE_SECONDS
    wanted = [feed for feed in services.settings.feeds if schedule.shard_of(feed, shards) == shard]
    states = store.entries.states()
    due = {f.name: (f, states.get(f.name, FeedState(feed=f.name))) for f in schedule.due(wanted, states, now)}
    asked = [schedule.asked(feed, state, now) for feed, state in due.values()]
    gaps = dict[str, float]()
    for feed, _ in asked:
        gaps[_at(feed)] = max(feed.min_gap_s, gaps.get(_at(feed), 0))
    with store.claim(gaps, services.holder, services.now, seconds) as ours:
        done = store.entries.not_due(now) if ours else frozenset()  # by another worker, before this one had its claim
        mine = [(feed, state) for feed, state in asked if _at(feed) in ours and feed.name not in done]
        with Batch(services, due, now) as batch:
            services.fetch(mine, now, batch.take)
    if busy := sum(_at(feed) not in ours for feed, _ in asked):
        batch.counts["busy"] = busy
    rest = [states[feed.name].outcome for feed in wanted if feed.name not in due and feed.name in states]
    read = not wanted or any(batch.counts[outcome] or outcome in rest for outcome in FINE)
    return batch.counts if read else Unread(batch.counts)


def _at(feed: Feed) -> str:
    """Name what a worker claims to ask a feed."""
    return f"host {schedule.host(feed)}"[:100]


@_verb
def dedup(services: Services) -> Counter[str]:
    """Give every entry its article, every article its copies and its story. Counts what each turned out to be."""
    with services.store.lease("dedup", services.holder, services.now(), _LEASE_SECONDS) as ours:
        if not ours:
            return Counter(busy=1)
        counts, said = Counter[str](), log.bind()
        feeds = {feed.name: feed.source for feed in services.settings.feeds}
        while entries := services.store.entries.without_article(BATCH):
            placed = [(entry.entry_id, _article(services, entry, feeds.get(entry.feed))) for entry in entries]
            new = services.store.articles.record(placed)
            for entry_id, article in placed:
                said.debug("article", entry_id=entry_id, article_id=article.article_id, new=article.article_id in new)
            counts.update([match.Match.KNOWN] * (len(entries) - len(new)))
        while waiting := services.store.articles.ungathered(GATHER):
            counts.update(gather(services, match.together(waiting)))
    return counts


def _article(services: Services, entry: Entry, feed_source: str | None) -> Article:
    """Name the outlet that an entry ran in and the one that it rests on."""
    origin = trace(
        title=entry.title, lead=entry.lead, url=entry.url, source=feed_source or entry.source, index=services.origins
    )
    return match.article(entry, match.outlet(entry, feed_source, services.sources), origin.name)


@_verb
def classify(services: Services) -> Counter[str]:
    """
    Tag every article that the current model has not tagged. Counts articles and relevant ones.

    Any number of workers may do so at once: each claims a few texts at a time.
    """
    counts, tagger, known, said = Counter[str](), services.tagger(), services.store.articles, log.bind()
    while articles := known.claim(tagger.version, CLAIM, services.holder, services.now(), _LEASE_SECONDS):
        tags = tagger.tag([article.text for article in articles])
        known.record_tags({a.article_id: tag for a, tag in zip(articles, tags, strict=True)}, services.holder)
        for article, tag in zip(articles, tags, strict=True):
            said.debug("tag", article_id=article.article_id, model=tag.model, relevant=tag.relevant)
        counts.update(tagged=len(tags), relevant=sum(tag.relevant for tag in tags))
    return counts


@_verb
def detect(services: Services) -> Counter[str]:
    """
    Look for shifts in all that is tagged. Counts shifts found, new, held, and withdrawn since the last pass.

    A look that cannot find anything else than the last one is not taken: it is counted as short.
    """
    glanced = glance.glance(services)
    if glanced.counts is not None:
        return glanced.counts
    now, store, wanted = services.now(), services.store, services.settings.detect
    token = store.checkpoints.begin()
    tagged, seen, known = store.articles.relevant(), glanced.seen, store.shifts.all()
    found = find(tagged, wanted, seen)
    gone = withdrawn(
        found.shifts,
        known,
        model=tagged[-1].tag.model if tagged else "",
        false_alarms_per_quarter=wanted.false_alarms_per_quarter,
        taken_back=seen.taken_back | {story_id for story_id, _ in denials(tagged)},
        judged=store.corrections.touched(),
    )
    said, before = anew(found.shifts, known), {shift.shift_id for shift in known}
    for shift in said:
        if shift.shift_id not in before:
            rests_on = [piece.article.article_id for piece in shift.evidence]
            log.info("shift", shift_id=shift.shift_id, kind=shift.kind, actor=shift.actor, articles=rests_on)
    counts = Counter(shifts=len(said), new=store.shifts.record(said), links=glanced.linked)
    seldom = {"held": sum(shift.held is not None for shift in said), "withdrawn": store.shifts.withdraw(gone, now)}
    counts.update({name: number for name, number in seldom.items() if number})
    glance.leave(services, glanced, token, tagged, found, counts)
    return counts


@_verb
def alert(services: Services) -> Counter[str]:
    """Decide on every shift for every route, follow up what was said, send what is due. Counts reasons, deliveries."""
    with services.store.lease(sending.LEASE, services.holder, services.now(), sending.LEASE_S) as ours:
        if not ours:
            return Counter(busy=1)
        prepared = sending.prepare(services) + daily.prepare(services) + upkeep.prepare(services)
        return prepared + sending.send(services)


@_verb
def digest(services: Services) -> Counter[str]:
    """Write the draft, issue and corrections that are due, and send what is written. Counts what became of mails."""
    with services.store.lease("digest", services.holder, services.now(), _LEASE_SECONDS) as ours:
        counts = editions.write(services, weekly.put_together) if ours else Counter(busy=1)
    return counts + posting.send(services)


@_verb
def housekeeping(services: Services) -> Counter[str]:
    """
    Delete what is kept no longer, report the feeds' health, and say so where no verb has run for hours.

    Counts what was deleted, and feeds by state.
    """
    now, settings = services.now(), services.settings
    counts = _retained(services, now)
    states = services.store.entries.states()
    for feed in settings.feeds:
        state = states.get(feed.name)
        if state is None or state.succeeded_at is None:
            counts["feeds_never_read"] += 1
        elif now - state.succeeded_at > timedelta(days=SILENT_DAYS):
            counts["feeds_silent"] += 1
            log.warning("feed_silent", feed=feed.name, since=str(state.succeeded_at), outcome=state.outcome)
        else:
            counts["feeds_healthy"] += 1
    with services.store.lease(sending.LEASE, services.holder, now, sending.LEASE_S) as ours:
        if ours:  # else there is a sender, and it looks itself
            counts.update(upkeep.prepare(services, VERBS) + sending.send(services))
    return counts


def _retained(services: Services, now: datetime) -> Counter[str]:
    """Delete what is too old, by kind."""
    wanted, retention = services.settings.retention, services.store.retention
    personal = [feed.name for feed in services.settings.feeds if feed.terms is Terms.PERSONAL]
    counts = Counter(leads_forgotten=retention.leads(personal, now - timedelta(days=wanted.personal_leads)))
    for kind, delete in (
        ("irrelevant_texts", retention.irrelevant_texts),
        ("superseded_tags", retention.superseded_tags),
        ("messages", retention.messages),
        ("incidents", retention.incidents),
        ("silences", retention.silences),
    ):
        days = getattr(wanted, kind)
        if days is not None and (number := delete(now - timedelta(days=days))):
            counts[f"{kind}_deleted"] = number
    return counts
