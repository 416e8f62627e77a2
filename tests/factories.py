"""Valid nouns with defaults from one imagined afternoon; name only the fields that a test is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.domain import (
    Act,
    Actor,
    Article,
    Balance,
    Decision,
    Entry,
    Evidence,
    Feed,
    FeedKind,
    FeedState,
    Gloss,
    Message,
    Poll,
    PollOutcome,
    Position,
    Reason,
    ReportedShift,
    Shift,
    ShiftKind,
    Stance,
    Tag,
    Terms,
    Track,
    Voice,
)

if TYPE_CHECKING:
    from pipeline.storage.store import Store

NOW = datetime(2026, 5, 12, 9, 30, 15, 123456, tzinfo=UTC)
PUBLISHED = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)


def feed(**over: Any) -> Feed:
    return replace(
        Feed(
            name="kyodo",
            url="https://kyodo.example/rss",
            lang="ja",
            country="JP",
            kind=FeedKind.WIRE,
            terms=Terms.HEADLINES,
            timezone="Asia/Tokyo",
        ),
        **over,
    )


def feed_state(**over: Any) -> FeedState:
    return replace(
        FeedState(
            feed="kyodo",
            etag='W/"5f3-abc"',
            last_modified="Tue, 12 May 2026 08:00:00 GMT",
            body_sha256="0" * 64,
            outcome=PollOutcome.NEW,
            polled_at=NOW,
            succeeded_at=NOW,
            next_poll_at=NOW,
        ),
        **over,
    )


def entry(**over: Any) -> Entry:
    return replace(
        Entry(
            entry_id="entry-1",
            feed="kyodo",
            guid="tag:kyodo.example,2026:1",
            url="https://kyodo.example/1",
            title="政府、ウクライナへ防空装備を供与",
            lead="政府は12日、供与を決めた。",
            lang="ja",
            source=None,
            published_at=PUBLISHED,
            seen_at=NOW,
        ),
        **over,
    )


def article(**over: Any) -> Article:
    return replace(
        Article(
            article_id="article-1",
            copy_id="story-1",
            story_id="story-1",
            source="Kyodo",
            origin="Kyodo",
            url="https://kyodo.example/1",
            lang="ja",
            title="政府、ウクライナへ防空装備を供与",
            lead="政府は12日、供与を決めた。",
            published_at=PUBLISHED,
            seen_at=NOW,
            history=False,
        ),
        **over,
    )


def position(**over: Any) -> Position:
    """Make a position whose distributions put 0.85 and 0.9 on its stance and its reported shift."""
    stance = over.get("stance", Stance.SUPPORTIVE)
    shifted = over.get("reported_shift", ReportedShift.TOWARD)
    return replace(
        Position(
            actor=Actor.JP,
            voice=Voice.GOVERNMENT,
            stance=stance,
            stance_probabilities={each: 0.85 if each is stance else 0.05 for each in Stance},
            reported_shift=shifted,
            shift_probabilities={each: 0.9 if each is shifted else 0.05 for each in ReportedShift},
            act=Act.DECIDED,
            allegation=False,
            unsure=False,
            gloss=Gloss(
                en="Tokyo · government · decides · toward Ukraine", uk="Токіо · уряд · вирішує · у бік України"
            ),
        ),
        **over,
    )


def tag(**over: Any) -> Tag:
    return replace(
        Tag(
            relevant=True,
            relevance=0.97,
            positions=(position(),),
            tracks=(Track.MILITARY, Track.AID),
            model="model-1",
        ),
        **over,
    )


def evidence(**over: Any) -> Evidence:
    return replace(
        Evidence(article=article(), articles=1, stance=Stance.SUPPORTIVE, gloss=position().gloss, influence=0.4), **over
    )


def shift(**over: Any) -> Shift:
    return replace(
        Shift(
            shift_id="shift-1",
            kind=ShiftKind.SERIES,
            actor=Actor.JP,
            balance=Balance.SUPPORT,
            direction=ReportedShift.TOWARD,
            act=Act.DECIDED,
            tracks=(Track.MILITARY,),
            onset_at=PUBLISHED,
            detected_at=NOW,
            before=0.1,
            after=0.6,
            stories_before=20,
            stories_after=6,
            certainty=0.93,
            false_alarms_per_quarter=0.5,
            confirmed=False,
            history=False,
            words="Japan moved toward Ukraine.",
        ),
        **over,
    )


def decision(**over: Any) -> Decision:
    return replace(
        Decision(shift_id="shift-1", route="desk", channel="#ukraine", send=True, reason=Reason.FIRST), **over
    )


def message(**over: Any) -> Message:
    return replace(Message(text="Japan moved toward Ukraine.", blocks=({"type": "divider"},)), **over)


def record(store: "Store", state: FeedState, entries: Sequence[Entry]) -> tuple[int, int]:
    """Write one poll; how many entries were new and edited."""
    (one,) = store.entries.record([Poll(state=state, entries=tuple(entries))])
    return one.new, one.edited


def untagged(store: "Store", model: str, limit: int = 10) -> list[Article]:
    """What a worker would tag next; nothing stays claimed for others."""
    return store.articles.claim(model, limit, "factory", NOW, 0)
