"""
The record of one shift -> what an analyst reads: from the fetch of a feed to the message, in the order of happening.

`text` and `row` are pure. Every time is UTC, every id is one that the store knows.
"""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.alert.decide import decide
from pipeline.alert.wording import headline, how_sure, owned
from pipeline.domain import (
    Acknowledgement,
    Actor,
    Correction,
    Evidence,
    Link,
    Position,
    Reason,
    RefusalError,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
    Tag,
)
from pipeline.services import Services
from pipeline.storage.record import Answer, Record, Seen, Traced

LATEST = 20
OTHERS_SHOWN = 12
_TIME = "%Y-%m-%d %H:%M:%S"
_REASON = {
    "first": "said for the first time",
    "history": "not said: it rests on entries published before we watched",
    "no_route": "not said: no route wants to hear of it",
    "below_threshold": "not said: the route asks for more certainty",
    "stale": "not said: it became known too long ago",
    "already_said": "not said: the route was told of this matter under another name",
    "inhibited": "not said: the series shift that it is part of was",
    "rolled_up": "not said by itself: in the day's roll-up",
    "digest": "not said by itself: in the week's digest",
    "over_budget": "not said by itself: the route had had its messages; in the day's roll-up",
    "silenced": "not said: a person silenced it",
    "omitted": "left out of the day's roll-up: a person silenced it",
    "follows": "rewrites or answers what was said",
}
_WAITS = {
    Reason.QUIET: "not said yet: the route's quiet hours",
    Reason.OWNED: "not said anew: a person has it, till independent evidence comes",
    Reason.GROUPING: "not said yet: its matter may grow, or its group was told of another just now",
}


def latest(services: Services) -> list[str]:
    """Return a line for each of the shifts that became known last."""
    return [row(shift, services.names) for shift in services.store.shifts.latest(LATEST)]


def explained(services: Services, prefix: str) -> str:
    """Return the record of the one shift whose id begins so; refuses an id that is unknown or too short."""
    named = services.store.records.named(prefix)
    if not named:
        raise RefusalError(f"{prefix}: no shift has this id; `./run explain` lists the latest {LATEST}")
    if len(named) > 1 and prefix not in named:
        raise RefusalError(f"{prefix}: {len(named)} shifts begin so; write more of the id: {', '.join(named[:5])}")
    record = services.store.records.of(prefix if prefix in named else named[0])
    return text(record, services.names, services.sources, list(_waiting(services, record)))


def why(record: Record, sources: Mapping[str, Source]) -> list[str]:
    """Say in paragraphs why a shift was found: how sure that is, then each story with its part in it."""
    shift, traced = record.shift, {one.article.article_id: one for told in record.traced.values() for one in told}
    found = "\n".join(line.strip() for line in _found(shift, sources))
    told = [_part(piece, traced.get(piece.article.article_id), shift, sources) for piece in shift.evidence]
    return [f"{shift.words}\n{found}", *told]


def row(shift: Shift, names: Mapping[Actor, str]) -> str:
    """Put a shift on one line: its id, when it became known, what it is."""
    return f"{shift.shift_id}  {shift.detected_at:%Y-%m-%d %H:%M}  {shift.kind:8}  {headline(shift, names)}"


def text(record: Record, names: Mapping[Actor, str], sources: Mapping[str, Source], waits: Sequence[str] = ()) -> str:
    """Write the whole record; ``waits`` are the routes that have not answered yet, and why."""
    lines = [headline(record.shift, names), f"  {record.shift.words}", *_found(record.shift, sources)]
    lines += ["", f"EVIDENCE: {_count(len(record.shift.evidence), 'story', 'stories')}, the weightiest first"]
    for number, piece in enumerate(record.shift.evidence, 1):
        lines += _story(number, piece, record, sources)
    lines += ["", "SAID"]
    lines += [f"  {_answer(answer)}" for answer in record.answers]
    lines += [f"  {each}" for each in waits] or ([] if record.answers else [f"  {_unsaid(record.shift)}"])
    lines += ["", "ACTED", *(f"  {each}" for each in _acted(record))]
    return "\n".join(lines)


def _found(shift: Shift, sources: Mapping[str, Source]) -> Iterator[str]:
    yield f"  How sure: {how_sure(shift, sources)}; certainty {shift.certainty:.2f}"
    yield f"  id        {shift.shift_id} ({shift.kind})"
    yield f"  known     {shift.detected_at:{_TIME}} UTC" + (", history: never said" if shift.history else "")
    between = ""
    if shift.onset_from and shift.onset_until:
        between = f", nine times in ten between {shift.onset_from:{_TIME}} and {shift.onset_until:{_TIME}}"
    yield f"  since     {shift.onset_at:{_TIME}} UTC{between}"
    if shift.kind is ShiftKind.SERIES:
        yield from _numbers(shift)
    if shift.tracks:
        yield f"  tracks    {', '.join(shift.tracks)}"
    yield f"  model     {shift.model or 'not recorded'}"
    if shift.held is not None:
        yield f"  held      {shift.held}: our own pipeline may explain it; asked again at each pass, not said till then"
    if shift.withdrawn_at is not None:
        yield f"  withdrawn {shift.withdrawn_at:{_TIME}} UTC: {shift.withdrawn_why}"


def _numbers(shift: Shift) -> Iterator[str]:
    about = f"{shift.stories_before} stories before, {shift.stories_after} since"
    if shift.before is not None and shift.after is not None:
        size = ""
        if shift.size_low is not None and shift.size_high is not None:
            size = f", a change of {shift.size_low:+.2f} to {shift.size_high:+.2f} nine times in ten"
        about = f"{shift.before:+.2f} before, {shift.after:+.2f} since{size}; {about}"
    yield f"  balance   {about}"
    if shift.false_alarms_per_quarter is not None:
        yield f"  rate      {shift.false_alarms_per_quarter:g} false alarms a quarter accepted, over all series"
    if shift.rests_on is not None:
        which = "weightiest story" if shift.rests_on == 1 else f"{shift.rests_on} weightiest stories"
        yield f"  rests on  without the {which} below it would not have been found"


def _story(number: int, piece: Evidence, record: Record, sources: Mapping[str, Source]) -> Iterator[str]:
    article = piece.article
    yield ""
    yield f"{number}. {article.headline}"
    yield f"   {owned(article.source, sources)}, {article.lang}, {article.url}"
    yield f"   says {piece.stance}; influence {piece.influence:+.2f}; story {article.story_id}"
    if piece.gloss:
        yield f"   » {piece.gloss.en}"
    traced = record.traced.get(article.story_id, ())
    own = next((one for one in traced if one.article.article_id == article.article_id), None)
    if own is not None:
        yield from _chain(own, record.shift)
    others = [one for one in traced if one is not own]
    for one in others[:OTHERS_SHOWN]:
        told = one.article
        yield f"   also  {owned(told.source, sources)}, seen {told.seen_at:{_TIME}}: {told.headline}"
    if others[OTHERS_SHOWN:]:
        yield f"   also  {len(others) - OTHERS_SHOWN} more articles of this story"
    yield from (f"   link  {_link(link, article.story_id)}" for link in record.links if article.story_id in _ends(link))


def _part(piece: Evidence, one: Traced | None, shift: Shift, sources: Mapping[str, Source]) -> str:
    article = piece.article
    lines = [article.title or article.url, f"{owned(article.source, sources)}, {article.lang}"]
    lines.append(f"says {piece.stance}; influence {piece.influence:+.2f}")
    lines += [_tag(tag, shift.actor) for tag in one.tags if tag.model == one.current] if one else []
    return "\n".join(lines)


def _chain(one: Traced, shift: Shift) -> Iterator[str]:
    article = one.article
    for seen in one.seen:
        yield from _fetched(seen)
    if not one.seen:
        yield "   fetch   no entry leads here any more: its outlet has edited it since"
    origin = f", resting on {article.origin}" if article.origin not in {"", article.source} else ""
    copy = f", a near-copy of {article.copy_id}" if article.copy_id != article.article_id else ""
    yield f"   article {article.article_id}{origin}{copy}"
    for tag in one.tags:
        used = ", the one in use" if tag.model == one.current else ""
        found = ", the one it was found with" if tag.model == shift.model else ""
        yield f"   tag     by {tag.model}{used}{found}: {_tag(tag, shift.actor)}"


def _fetched(seen: Seen) -> Iterator[str]:
    published = f"dated {seen.published_at:{_TIME}}" if seen.published_at else "without a date"
    history = ", history" if seen.history else ""
    yield f"   fetch   feed {seen.feed} at {seen.seen_at:{_TIME}} UTC: entry {seen.entry_id}, {published}{history}"
    for version in seen.versions:
        yield f"   version {version.number} seen {version.seen_at:{_TIME}} UTC: {version.title or '(text deleted)'}"
    for each in seen.alterations:
        yield f"   {each.kind} by its outlet at {each.seen_at:{_TIME}} UTC, after a route had been told"


def _tag(tag: Tag, actor: Actor) -> str:
    said = [_position(position) for position in tag.positions if position.actor is actor]
    return "; ".join([*said, f"relevant {tag.relevance:.2f}", f"tracks {', '.join(tag.tracks) or 'none'}"])


def _position(position: Position) -> str:
    stance = position.stance_probabilities.get(position.stance, 0.0)
    parts = [f"{position.actor} {position.voice} {position.stance} {stance:.2f}"]
    if position.reported_shift is not ReportedShift.NONE:
        sure = position.shift_probabilities.get(position.reported_shift, 0.0)
        parts.append(f"reports a shift {position.reported_shift} {sure:.2f}")
    parts += [position.act, *["allegation"] * position.allegation, *["unsure, not counted"] * position.unsure]
    return ", ".join(parts)


def _ends(link: Link) -> Sequence[str]:
    return link.story_id, link.other_id


def _link(link: Link, story: str) -> str:
    return f"{link.kind} story {link.other_id}" if link.story_id == story else f"story {link.story_id} {link.kind} it"


def _answer(answer: Answer) -> str:
    why = _REASON.get(answer.reason, answer.reason)
    grave = f", severity {answer.severity}" if answer.severity else ""
    line = f"{answer.route}: {answer.reason}: {why}; decided {answer.decided_at:{_TIME}} UTC{grave}"
    if answer.state is None:
        return line
    line += f"; {answer.channel}: {answer.state} after {_count(answer.attempts, 'attempt', 'attempts')}"
    if answer.sent_at:
        line += f" at {answer.sent_at:{_TIME}} UTC" + (f", message {answer.ts}" if answer.ts else "")
    return f"{line}; {answer.error}" if answer.error else line


def _acted(record: Record) -> Sequence[str]:
    """Say what people did, in the order of doing."""
    done = [(one.at, _taken(one)) for one in record.taken]
    done += [(one.at, _corrected(one)) for one in record.corrections]
    return [f"{at:{_TIME}} UTC {said}" for at, said in sorted(done)] or ["nobody"]


def _taken(one: Acknowledgement) -> str:
    end = f"; ended {one.ended_at:{_TIME}} UTC: {one.ended_why or 'by a person'}" if one.ended_at else ""
    return f"{one.owner.name} has it{end}"


def _corrected(one: Correction) -> str:
    instead = f": {_position(one.position)}, tracks {', '.join(one.tracks) or 'none'}" if one.position else ""
    return f"{one.author.name} on article {one.article_id}: {one.verdict}{instead}; {one.state}"


def _waiting(services: Services, record: Record) -> Iterator[str]:
    """Ask the routes that have not answered, as the next pass will."""
    shifts, outbox = services.store.shifts.all(), services.store.outbox
    policy = services.policy(taken=services.store.acknowledgements.lasting())
    routes, now = services.settings.routes, services.now()
    for one in decide(shifts, routes, outbox.decided(), now, outbox.to_be_said(), policy, outbox.lesser()):
        if one.shift_id == record.shift.shift_id and one.reason in _WAITS:
            at = f"{one.again_at:{_TIME}} UTC" if one.again_at else "each pass"
            yield f"{one.route}: {one.reason}: {_WAITS[one.reason]}; asked again at {at}, severity {one.severity}"


def _unsaid(shift: Shift) -> str:
    if shift.withdrawn_at is not None:
        return "no route has been told: withdrawn"
    return "no route has been told: held" if shift.held is not None else "no route has been asked yet"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
