"""
One function per verb: read what has no outcome yet -> decide (pure) -> write by upsert -> count -> one log line.

Running any of them twice writes and sends nothing the second time. Each returns its counts, small enough for
Airflow's XCom; the database is the hand-over between them.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from pipeline import daily, sending, upkeep
from pipeline.alert.health import VERBS
from pipeline.alert.wording import headline, how_sure
from pipeline.around import around
from pipeline.collect import FINE, Batch
from pipeline.dedup import match
from pipeline.dedup.links import FOLLOWED, Telling, links
from pipeline.dedup.origin import trace
from pipeline.detect.series import balances, standings, stories
from pipeline.detect.settle import anew, withdrawn
from pipeline.detect.shifts import balance_of_votes, denials, shifts, standing
from pipeline.digest import build, smtp
from pipeline.digest.message import mail
from pipeline.domain import Article, Digest, Entry, FeedState, Link, Mail, TaggedArticle, Terms, Voice
from pipeline.gathering import gather
from pipeline.poll import schedule
from pipeline.services import Counts, Services

BATCH = 256
GATHER = 4096
PERSONAL_DAYS = 30
_LEASE_SECONDS = 600.0

log = structlog.get_logger()


def poll(services: Services, shard: int = 0, shards: int = 1) -> Counts:
    """Ask every due feed of one shard; write the answers in batches as they come. Counts outcomes and entries."""
    now, store = services.now(), services.store
    wanted = [feed for feed in services.settings.feeds if schedule.shard_of(feed, shards) == shard]
    with store.lease(f"poll {shard}/{shards}", services.holder, now, _LEASE_SECONDS) as ours:
        if not ours:
            return _done(services, "poll", Counter(busy=1))
        states = store.entries.states()
        due = {f.name: (f, states.get(f.name, FeedState(feed=f.name))) for f in schedule.due(wanted, states, now)}
        with Batch(services, due, now) as batch:
            services.fetch([schedule.asked(feed, state, now) for feed, state in due.values()], now, batch.take)
    rest = [states[feed.name].outcome for feed in wanted if feed.name not in due and feed.name in states]
    read = not wanted or any(batch.counts[outcome] or outcome in rest for outcome in FINE)
    return _done(services, "poll", batch.counts, succeeded=read)


def dedup(services: Services) -> Counts:
    """Give every entry its article, every article its copies and its story. Counts what each turned out to be."""
    with services.store.lease("dedup", services.holder, services.now(), _LEASE_SECONDS) as ours:
        if not ours:
            return _done(services, "dedup", Counter(busy=1))
        counts = Counter[str]()
        feeds = {feed.name: feed.source for feed in services.settings.feeds}
        while entries := services.store.entries.without_article(BATCH):
            placed = [(entry.entry_id, _article(services, entry, feeds.get(entry.feed))) for entry in entries]
            new = services.store.articles.record(placed)
            counts.update([match.Match.KNOWN] * (len(entries) - len(new)))
        while waiting := services.store.articles.ungathered(GATHER):
            counts.update(gather(services, match.together(waiting)))
    return _done(services, "dedup", counts)


def _article(services: Services, entry: Entry, feed_source: str | None) -> Article:
    """Name the outlet that an entry ran in and the one that it rests on."""
    origin = trace(
        title=entry.title, lead=entry.lead, url=entry.url, source=feed_source or entry.source, index=services.origins
    )
    return match.article(entry, match.outlet(entry, feed_source, services.sources), origin.name)


def classify(services: Services) -> Counts:
    """Tag every article that the current model has not tagged. Counts articles and relevant ones."""
    counts, tagger = Counter[str](), services.tagger()
    while articles := services.store.articles.untagged(tagger.version, BATCH):
        tags = tagger.tag([article.text for article in articles])
        services.store.articles.record_tags({a.article_id: tag for a, tag in zip(articles, tags, strict=True)})
        counts.update(tagged=len(tags), relevant=sum(tag.relevant for tag in tags))
    return _done(services, "classify", counts)


def detect(services: Services) -> Counts:
    """Look for shifts in all that is tagged. Counts shifts found, new, held, and withdrawn since the last pass."""
    now, store, wanted = services.now(), services.store, services.settings.detect
    tagged = store.articles.relevant()
    linked = store.articles.record_links(_links(services, tagged), now)
    seen, known = around(services), store.shifts.all()
    found = shifts(tagged, wanted, seen)
    gone = withdrawn(
        found,
        known,
        model=tagged[-1].tag.model if tagged else "",
        false_alarms_per_quarter=wanted.false_alarms_per_quarter,
        taken_back=seen.taken_back | {story_id for story_id, _ in denials(tagged)},
        judged=store.corrections.touched(),
    )
    said = anew(found, known)
    counts = Counter(shifts=len(said), new=store.shifts.record(said), links=linked)
    seldom = {"held": sum(shift.held is not None for shift in said), "withdrawn": store.shifts.withdraw(gone, now)}
    counts.update({name: number for name, number in seldom.items() if number})
    return _done(services, "detect", counts)


def _links(services: Services, tagged: Sequence[TaggedArticle]) -> list[Link]:
    """Find what the stories of the last weeks are to earlier ones: relevant ones, so that few are compared."""
    since = services.now() - 2 * FOLLOWED
    told: dict[str, list[Telling]] = {}
    for article in (one.article for one in tagged if match.happened_at(one.article) >= since):
        told.setdefault(article.story_id, []).append(Telling(article=article, report=services.report(article)))
    return links(told)


def alert(services: Services) -> Counts:
    """Decide on every shift for every route, follow up what was said, send what is due. Counts reasons, deliveries."""
    with services.store.lease(sending.LEASE, services.holder, services.now(), sending.LEASE_S) as ours:
        if not ours:
            return _done(services, "alert", Counter(busy=1))
        prepared = sending.prepare(services) + daily.prepare(services) + upkeep.prepare(services)
        return _done(services, "alert", prepared + sending.send(services))


def digest(services: Services) -> Counts:
    """Write last week's digest once and send it to whoever has not had it. Counts what was sent and refused."""
    now, counts, settings = services.now(), Counter[str](), services.settings
    with services.store.lease("digest", services.holder, now, _LEASE_SECONDS) as ours:
        if not ours:
            return _done(services, "digest", Counter(busy=1))
        issue = _issue(services, now)
        reached = services.store.digests.reached(issue.week)
        for recipient in dict.fromkeys(settings.digest.subscribers or ("desk@localhost",)):
            if recipient in reached:
                counts["had_it"] += 1
                continue
            written = mail(
                issue,
                recipient,
                names=services.names,
                headline=lambda shift: headline(shift, services.names),
                how_sure=lambda shift: how_sure(shift, services.sources),
                sender=settings.digest.sender,
                list_id=settings.digest.list_id,
                zone=settings.digest.timezone,
                now=now,
            )
            copy = services.store.digests.record(issue.week, written, now)
            error = _deliver(services, copy)
            services.store.digests.delivered(issue.week, copy, error, now)
            counts["failed" if error else "sent"] += 1
    return _done(services, "digest", counts)


def _issue(services: Services, now: datetime) -> Digest:
    """Put last week together."""
    settings, tagged, seen = services.settings, services.store.articles.relevant(), around(services)
    told = standing(tagged, seen)
    week = build.week_of(now, settings.digest.timezone)
    starts = {
        actor: "; ".join(s.words for s in known.start if s.voice is Voice.GOVERNMENT)
        for actor, known in settings.actors.items()
    }
    states = services.store.entries.states()
    return build.build(
        week,
        services.store.shifts.all(until=week[2]),
        stories(tagged),
        standings(balances(told), week[2], starts, balance_of_votes(told, seen.confusion)),
        [states.get(feed.name, FeedState(feed=feed.name)) for feed in settings.feeds],
        len(settings.feeds),
    )


def _deliver(services: Services, copy: Mail) -> str | None:
    try:
        services.deliver(copy)
    except smtp.MailError as error:
        log.warning("digest_refused", recipient=copy.recipient, error=str(error))
        return str(error)
    return None


def housekeeping(services: Services) -> Counts:
    """
    Delete what terms allow no longer, report the feeds' health, and say so where no verb has run for hours.

    Counts leads forgotten and feeds by state.
    """
    now, settings = services.now(), services.settings
    personal = [feed.name for feed in settings.feeds if feed.terms is Terms.PERSONAL]
    forgotten = services.store.entries.forget_leads(personal, now - timedelta(days=PERSONAL_DAYS))
    counts = Counter(leads_forgotten=forgotten)
    states = services.store.entries.states()
    for feed in settings.feeds:
        state = states.get(feed.name)
        if state is None or state.succeeded_at is None:
            counts["feeds_never_read"] += 1
        elif now - state.succeeded_at > timedelta(days=build.SILENT_DAYS):
            counts["feeds_silent"] += 1
            log.warning("feed_silent", feed=feed.name, since=str(state.succeeded_at), outcome=state.outcome)
        else:
            counts["feeds_healthy"] += 1
    with services.store.lease(sending.LEASE, services.holder, now, sending.LEASE_S) as ours:
        if ours:  # else there is a sender, and it looks itself
            counts.update(upkeep.prepare(services, VERBS) + sending.send(services))
    return _done(services, "housekeeping", counts)


def _done(services: Services, verb: str, counts: Counter[str], *, succeeded: bool = True) -> Counts:
    """Write the one canonical line of a pass, and when it succeeded: one that left the work to another did not."""
    if succeeded and not counts["busy"]:
        services.store.passes.record(verb, services.now())
    plain = {str(name): number for name, number in sorted(counts.items())}
    log.info(verb, **plain)
    return plain
