"""
Door: a digest x reader -> subject, plain text, HTML and charts, by Jinja and css-inline. Same digest, same bytes.

Both parts say the same and carry every link. What comes from feeds is escaped. Styles stand inline; what only dark mode
and narrow screens need stands in one style block, without which the mail is whole. Gmail hides what comes after 102 kB:
where a week is too much, evidence is shown more briefly until it fits.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from pipeline.digest import charts, view
from pipeline.digest.phrases import Phrases, phrases
from pipeline.digest.standing import value
from pipeline.digest.view import Brevity, shown
from pipeline.domain import (
    Actor,
    Digest,
    Image,
    Imprint,
    Occasion,
    Reader,
    Rendered,
    Review,
    Section,
    Stance,
    Standing,
)

MOST_BYTES = 95_000
"""Of HTML; headers and the lines between the parts are not counted by Gmail."""

BREVITIES = (
    *(Brevity(160, 3, 60), Brevity(110, 3, 60), Brevity(90, 2, 60), Brevity(70, 1, 40)),
    *(Brevity(50, 1, 20), Brevity(40, 1, 10), Brevity(30, 0, 10)),
)
_AT = {Stance.SUPPORTIVE: 1.0, Stance.HEDGING: 0.0, Stance.OPPOSING: -1.0}


def render(digest: Digest, reader: Reader, imprint: Imprint) -> Rendered:
    """Write a digest for one reader."""
    say = phrases(reader.lang, reader.timezone)
    images = tuple(_images(digest, reader, say))
    subject = say.say("subject", week=digest.week)
    banner = {
        "lang": reader.lang,
        "subject": subject,
        "period": say.say(
            "period",
            since=say.long_day(digest.since),
            until=say.long_day(digest.until - timedelta(seconds=1)),
            moment=say.moment(digest.until),
        ),
        "review": say.say(f"review.{imprint.review}", initials=imprint.initials),
        "reviewed": imprint.review is Review.APPROVED,
        "chosen": _chosen(reader, say),
        "sender": say.say("sender", sender=imprint.sender),
        "page_url": imprint.page_url,
        "say": say.say,
        "images": {image.cid.split(".")[1].partition("@")[0]: image for image in images},
        "marked": {actor: _marked(digest, actor, say) for actor in {one.actor for one in digest.standings}},
        "size": (charts.WIDTH, charts.HEIGHT),
    }
    for brevity in BREVITIES:
        page = {**banner, "parts": view.parts(digest, reader, say, brevity)}
        html = _inlined(_templates().get_template("digest.html").render(**page))
        if len(html.encode()) <= MOST_BYTES:
            break
    text = _templates().get_template("digest.txt").render(**page)
    return Rendered(subject=subject, text=text, html=html, images=images)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.digest"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _inlined(html: str) -> str:
    return _inliner().inline(html)


def _chosen(reader: Reader, say: Phrases) -> str:
    """Say what a reader chose, in the order of the domain; nothing where that is everything."""
    actors = (
        [say.say(f"actor.{actor}") for actor in type(next(iter(reader.actors))) if actor in reader.actors]
        if reader.actors
        else []
    )
    tracks = [say.say(f"track.{track}") for track in sorted(reader.tracks)]
    return say.say("chosen", chosen=", ".join([*actors, *tracks])) if actors or tracks else ""


def _images(digest: Digest, reader: Reader, say: Phrases) -> Iterator[Image]:
    """Yield a chart for every government whose standing is shown and of which there is enough to draw."""
    actors = [item.actor for item in shown(digest, reader) if item.section is Section.STANDING]
    for actor in actors:
        some = [one for one in digest.standings if one.actor is actor]
        if actor and any(point.value is not None for one in some for point in one.weeks):
            yield _image(actor, some, _marks(digest, actor), say)


def _image(actor: Actor, some: Sequence[Standing], marks: Sequence[Occasion], say: Phrases) -> Image:
    start = next((one.start for one in some if one.start), None)
    weeks = some[0].weeks
    chart = charts.Chart(
        lines=tuple(
            charts.Line(
                say.say(f"balance.{one.balance}"), tuple((point.until.date(), point.value) for point in one.weeks)
            )
            for one in some
        ),
        marks=tuple((each.on, str(number)) for number, each in enumerate(marks, start=1)),
        start=_AT.get(start) if start else None,
        start_label=say.say("chart.start"),
        ticks=tuple((point.until.date(), say.day(point.until)) for point in weeks[::3]),
    )
    told = "; ".join(_spoken(one, say) for one in some)
    alt = say.say("chart.alt", actor=say.say(f"actor.{actor}"), until=say.long_day(weeks[-1].until), lines=told)
    return Image(cid=f"standing.{actor}@stancewatch", alt=alt, png=charts.draw(chart))


def _marked(digest: Digest, actor: Actor, say: Phrases) -> str:
    """Say what the numbers in a chart stand for."""
    marks = enumerate(_marks(digest, actor), start=1)
    named = "; ".join(f"{number}: {say.day(each.on)}, {each.words[say.lang]}" for number, each in marks)
    return say.say("chart.marked", marks=named) if named else ""


def _spoken(one: Standing, say: Phrases) -> str:
    """Say a line of a chart to who cannot see it: where it began and where it ends."""
    known = [point for point in one.weeks if point.value is not None]
    balance = say.say(f"balance.{one.balance}")
    if not known:
        return say.say("chart.little", balance=balance)
    (first, first_day), (last, last_day) = ((value(say, p), say.day(p.until)) for p in (known[0], known[-1]))
    fields = {"balance": balance, "first": first, "first_day": first_day, "last": last, "last_day": last_day}
    return say.say("chart.line" if len(known) > 1 else "chart.point", **fields)


def _marks(digest: Digest, actor: Actor) -> list[Occasion]:
    """Return the occasions that a chart has room for in time."""
    weeks = next(one.weeks for one in digest.standings if one.actor is actor)
    first: date = weeks[0].until.date()
    return [
        each
        for each in digest.calendar
        if first <= each.on <= digest.until.date() and (not each.actors or actor in each.actors)
    ]
