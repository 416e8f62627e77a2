"""A week's digest with something in every part, and as a mail; name only what a test is about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline.alert.message import headline, how_sure
from pipeline.digest.build import week_of
from pipeline.digest.message import mail
from pipeline.domain import Actor, Balance, Evidence, Mail, OldDigest, OldStanding, Reported, Track, Voice, Watching
from tests.detect.told import backs
from tests.factories import article, evidence, shift

SENDER, LIST_ID, ZONE = "Stancewatch <digest@stancewatch.example>", "weekly.stancewatch.example", "Europe/Kyiv"
NOW = datetime(2026, 5, 18, 5, 0, tzinfo=UTC)
NAMES = {
    Actor.JP: "Japan",
    Actor.KR: "South Korea",
    Actor.TW: "Taiwan",
    Actor.CN: "China",
    Actor.KP: "North Korea",
}


def line(number: int, voice: Voice = Voice.GOVERNMENT, *, allegation: bool = False, **over: Any) -> Reported:
    known = {"article_id": f"a{number}", "title": f"headline {number}", "url": f"https://kyodo.example/{number}"}
    return Reported(
        position=backs(voice=voice, allegation=allegation),
        evidence=Evidence(
            article=article(**{**known, **over}),
            articles=1 + number,
            stance=backs().stance,
            gloss=backs().gloss,
            influence=0,
        ),
        tracks=(Track.AID, Track.NATO_EU),
    )


def issue(**over: Any) -> OldDigest:
    week, since, until = week_of(NOW, ZONE)
    whole = OldDigest(
        week=week,
        since=since,
        until=until,
        shifts=(shift(evidence=tuple(evidence(article=line(n).evidence.article) for n in range(70, 75))),),
        standings=(
            OldStanding(actor=Actor.JP, balance=Balance.SUPPORT, stories=14, now=0.5, before=-0.25, start="backs"),
            OldStanding(actor=Actor.KR, balance=Balance.RUSSIA, stories=2, now=None, before=None, start=""),
            OldStanding(actor=Actor.CN, balance=Balance.SUPPORT, stories=0, now=None, before=1.0, start=""),
        ),
        governments=(line(1), line(2)),
        debate=(line(3, Voice.OPPOSITION),),
        allegations=(line(4, allegation=True),),
        watching=Watching(feeds=20, healthy=18, silent=("kyodo", "nhk")),
    )
    return replace(whole, **over)


def written(digest: OldDigest | None = None, recipient: str = "desk@example.org", **over: Any) -> Mail:
    known: dict[str, Any] = {
        "names": NAMES,
        "headline": lambda one: headline(one, NAMES),
        "how_sure": how_sure,
        "sender": SENDER,
        "list_id": LIST_ID,
        "zone": ZONE,
        "now": NOW,
    }
    return mail(digest or issue(), recipient, **{**known, **over})
