"""
What a person does in Slack -> what is written, opened, shown: one `Outcome` each, however often Slack tells of it.

Each deed is an upsert on the id of one press, so that a replay writes nothing and says nothing; questions that write
nothing are remembered for a while. What a correction changes is found anew at once, before the next pass.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any, Protocol

import structlog

from pipeline import explain, flows
from pipeline.alert import minister, stance
from pipeline.alert.asked import Asked, asked, payload_of
from pipeline.alert.asking import Ask
from pipeline.alert.blocks import fit, section, verbatim
from pipeline.alert.deeds import settled
from pipeline.alert.respond import DEEDS, respond
from pipeline.alert.response import Deed, Known, Outcome, Response, message
from pipeline.alert.route import every
from pipeline.alert.workspace import genuine
from pipeline.around import around
from pipeline.detect.allegations import allegations
from pipeline.detect.shifts import outlooks
from pipeline.domain import EMAIL, Actor, Gloss, Message, Notification, NotificationState, Operation
from pipeline.services import Services

REMEMBERED = 1_000
PARAGRAPHS, PARAGRAPH = 6, 1_900
"""Of *Why?*: 11,400 characters at most; Slack takes about 13,000."""

_CHANGES = frozenset({Outcome.CORRECTED, Outcome.SETTLED, Outcome.UNDONE})

log = structlog.get_logger()


class Workspace(Protocol):
    """What Slack is asked: `pipeline.alert.workspace` is the real one."""

    def members(self, channel: str) -> frozenset[str]:
        """Return the ids of a channel's members."""
        ...

    def open(self, trigger: str, view: Mapping[str, object]) -> bool:
        """Open a modal."""
        ...

    def show(self, message: Message, *, user: str, channel: str, url: str, replaces: bool) -> bool:
        """Show a message to one person alone."""
        ...


class Answers:
    """Answers people, one deed at a time."""

    def __init__(self, services: Services, workspace: Workspace) -> None:
        self._services, self._workspace = services, workspace
        self._done = OrderedDict[str, None]()
        self._seen, self._deeds, self._finding = Lock(), Lock(), Lock()

    def __call__(self, payload: Mapping[str, Any]) -> Outcome:
        """Answer one payload of Slack's, over whatever it came; what fails is logged, raised and may be retried."""
        one = asked(payload)
        if one is None:
            return Outcome.NOT_OURS
        with self._seen:
            if one.act_id in self._done:
                return Outcome.REPEATED
            self._done[one.act_id] = None
            while len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
        try:
            outcome = self._answer(one)
        except Exception:
            with self._seen:
                self._done.pop(one.act_id, None)
            log.exception("not_answered", ask=one.ask, about=one.about)
            self._show(one, message("This did not work. Please try again."))
            raise
        log.info("answered", ask=one.ask, about=one.about, by=one.by.id, outcome=outcome)
        return outcome

    def over_http(self, body: bytes, headers: Mapping[str, str]) -> Callable[[], Outcome] | None:
        """Return what answers a request, to be called once Slack has its 200; None for one that Slack did not sign."""
        secret = self._services.settings.slack.signing_secret
        if not secret or not genuine(body, headers, secret, self._services.now()):
            return None
        return partial(self, payload_of(body))

    def _answer(self, one: Asked) -> Outcome:
        services = self._services
        if one.ask not in DEEDS:
            return self._tell(one, Response(outcome=Outcome.TOLD, say=_TOLD[one.ask](services, one)))
        with self._deeds:  # what a deed is judged by has to hold until it is written
            response = respond(one, _known(services, self._workspace, one))
            if not _written(services, response):
                return Outcome.REPEATED
        self._tell(one, response)
        if response.outcome in _CHANGES:
            with self._finding:
                flows.detect(services)
        return response.outcome

    def _tell(self, one: Asked, response: Response) -> Outcome:
        if response.view is not None and not self._workspace.open(one.trigger, response.view):
            self._show(one, message("The form could not be opened in time. Please press again."))
        if response.say is not None:
            self._show(one, response.say, replaces=response.replaces)
        return response.outcome

    def _show(self, one: Asked, say: Message, *, replaces: bool = False) -> None:
        self._workspace.show(say, user=one.by.id, channel=one.channel, url=one.answer_url, replaces=replaces)


def _known(services: Services, workspace: Workspace, one: Asked) -> Known:
    """Read what a deed rests on."""
    store, channels = services.store, {route.channel for route in every(services.settings.routes)} - {EMAIL}
    shift = store.shifts.of([one.about]).get(one.about)
    articles = [piece.article.article_id for piece in shift.evidence] if shift else []
    lasting = store.acknowledgements.lasting() if shift else []
    return Known(
        now=services.now(),
        names=services.names,
        codebook=services.settings.codebook,
        head=services.settings.desk_head,
        member=any(one.by.id in workspace.members(channel) for channel in sorted(channels)),
        gloss=services.gloss,
        shift=shift,
        owner=next((each for each in lasting if each.shift_id == one.about), None),
        tags=store.articles.tags(articles) if one.ask is Ask.WRONG_TAG else {},
        others=store.corrections.about(articles) if one.ask in {Ask.WRONG_TAG, Ask.NOT_RELEVANT} else {},
        chosen=store.corrections.act(one.about) if one.ask is Ask.SETTLE else (),
    )


def _written(services: Services, response: Response) -> bool:
    """Write what is to be written; False where it had been written before."""
    store, now = services.store, services.now()
    settle = partial(settled, head=services.settings.desk_head)
    if response.take is not None:
        return bool(store.acknowledgements.record(response.take))
    if response.silence is not None:
        return bool(store.silences.add(response.silence))
    if response.corrections:
        new = bool(store.corrections.record(response.corrections, settle))
        if new and response.to_head is not None:
            _ask_the_head(services, response.corrections[0].shift_id, response.corrections[0].act_id, response.to_head)
        return new
    if response.undo is not None:
        deed, act_id = response.undo
        if deed is Deed.JUDGE:
            return bool(store.corrections.undo(act_id, settle))
        return bool((store.acknowledgements if deed is Deed.TAKE else store.silences).end(act_id, now))
    return True


def _ask_the_head(services: Services, shift_id: str, act_id: str, question: Message) -> None:
    """Put the question into the matter's thread, by the outbox: nothing is lost, nothing is asked twice."""
    replies = [
        Notification(
            key=hashlib.sha256(f"{key}\0{act_id}".encode()).hexdigest()[:32],
            shift_id=shift_id,
            route=route,
            channel=channel,
            message=question,
            state=NotificationState.PENDING,
            operation=Operation.REPLY,
            matter=key,
        )
        for route, channel, key in services.store.matters.posted(shift_id)
        if channel != EMAIL
    ]
    services.store.outbox.follow(replies, services.now())


def _why(services: Services, one: Asked) -> Message:
    shift = services.store.shifts.of([one.about]).get(one.about)
    if shift is None:
        return _gone()
    paragraphs = explain.why(services.store.records.of(one.about), services.sources)
    more = len(paragraphs) - PARAGRAPHS
    blocks = [section(fit(paragraph, PARAGRAPH)) for paragraph in paragraphs[:PARAGRAPHS]]
    foot = f"and {more} more stories; " if more > 0 else ""
    blocks.append(section(f"{foot}the whole record: `./run explain {shift.shift_id}`"))
    return Message(text=fit(paragraphs[0], PARAGRAPH), blocks=tuple(blocks))


def _copy(services: Services, one: Asked) -> Message:
    store = services.store
    shift = store.shifts.of([one.about]).get(one.about)
    if shift is None:
        return _gone()
    labels = services.settings.actors[shift.actor].labels
    country = Gloss(en=labels["en"], uk=labels.get("uk", labels["en"]))
    lines = minister.copy(shift, country, services.sources, store.matters.developments([one.about]).get(one.about, ()))
    return Message(text=lines.en[0], blocks=(verbatim("\n".join(lines.en)), verbatim("\n".join(lines.uk))))


def _stance(services: Services, one: Asked) -> Message:
    store = services.store
    actor = stance.actor_of(one.about)
    if actor is not None:
        return stance.told(_stances(services, actor), services.names)
    if one.about != "open":
        return stance.manual()
    lasting = store.acknowledgements.lasting()
    shifts = store.shifts.of(each.shift_id for each in lasting)
    return stance.owned([(each, shifts[each.shift_id]) for each in lasting], services.names)


def _stances(services: Services, actor: Actor) -> stance.Stances:
    every_one, seen = services.store.articles.relevant(), around(services)
    tagged = [one for one in every_one if any(p.actor is actor for p in one.tag.positions)]
    since = services.now() - timedelta(days=stance.MOVED_DAYS)
    moved = services.store.shifts.all(since=since)
    return stance.Stances(
        actor=actor,
        outlooks=[each for each in outlooks(tagged, services.settings.detect, seen) if each.series.actor is actor],
        shifts=[each for each in moved if each.actor is actor and not each.history],
        allegations=[each for each in allegations(tagged, services.sources) if each.actor is actor],
    )


def _gone() -> Message:
    return message("This is not in the memory any more.")


_TOLD = {Ask.WHY: _why, Ask.COPY: _copy, Ask.STANCE: _stance}
