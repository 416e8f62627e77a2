"""
Door: the public pages. ``/healthz``, ``/u/TOKEN`` (leave, choose), ``/confirm/TOKEN``, ``/slack`` where it is wanted.

GET never changes anything, since scanners follow links. One POST of ``List-Unsubscribe=One-Click`` leaves (RFC 8058).
Every answer forbids scripts, frames and everything from elsewhere, is kept by nobody, and tells no referrer.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.datastructures import FormData

from pipeline import posting, subscriptions
from pipeline.domain import Actor, Answer, Choice, LetterKind, Subscriber, Track
from pipeline.services import Services
from pipeline.web.guard import Guard
from pipeline.web.page import page

_STYLE = Path(__file__).with_name("page.css")
_STATUS = {Answer.VOID: 404, Answer.WRONG: 422, Answer.TOO_MANY: 429}


OverHttp = Callable[[bytes, Mapping[str, str]], Callable[[], object] | None]
"""Takes a request's body and headers; returns what answers it, None for one that Slack did not sign."""


def pages(services: Services, slack: OverHttp | None = None) -> FastAPI:
    """Make the app; without ``slack`` it does not hear Slack."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)
    app.get("/healthz")(lambda: _health(services))
    app.get("/page.css")(lambda: FileResponse(_STYLE, media_type="text/css"))
    _own_page(app, services)
    _confirmation(app, services)
    if slack is not None:
        _slack(app, slack)
    return app


def _health(services: Services) -> Response:
    try:
        services.store.editions.latest()
    except Exception:  # noqa: BLE001 - whatever it is, it is not for strangers
        return PlainTextResponse("not well", 503)
    return PlainTextResponse("well")


def _slack(app: FastAPI, slack: OverHttp) -> None:
    @app.post("/slack")
    async def act(request: Request, later: BackgroundTasks) -> Response:
        answer = slack(await request.body(), request.headers)
        if answer is None:
            return Response(status_code=401)
        later.add_task(answer)  # Slack waits for three seconds
        return Response()


def _own_page(app: FastAPI, services: Services) -> None:
    sending = Lock()  # one connection to the mail server, however many ask at once

    def send() -> None:
        with sending:
            posting.send(services, [LetterKind.REQUEST])

    @app.get("/u/{token}")
    def show(token: str) -> Response:
        person = subscriptions.owner(services, token)
        return _shown(services, Answer.OPEN if person else Answer.VOID, person)

    @app.post("/u/{token}")
    def act(token: str, form: Annotated[FormData, Depends(_form)], later: BackgroundTasks) -> Response:
        person = subscriptions.owner(services, token)
        answer = _done(services, token, form)
        later.add_task(send)
        return _shown(services, answer, person)


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=50)


def _done(services: Services, token: str, form: FormData) -> Answer:
    do = form.get("do")
    if form.get("List-Unsubscribe") == "One-Click" or do == "leave":
        return subscriptions.leave(services, token)
    if do == "choose":
        return _choose(services, token, form)
    if do == "subscribe":
        return subscriptions.ask(services, token, str(form.get("address", "")))
    return Answer.WRONG


def _choose(services: Services, token: str, form: FormData) -> Answer:
    try:
        choice = Choice(
            lang=str(form.get("lang")),
            timezone=str(form.get("timezone")),
            actors=frozenset(Actor(str(one)) for one in form.getlist("actors")),
            tracks=frozenset(Track(str(one)) for one in form.getlist("tracks")),
        )
    except ValueError:
        return Answer.WRONG
    return subscriptions.choose(services, token, choice)


def _confirmation(app: FastAPI, services: Services) -> None:
    @app.get("/confirm/{token}")
    def show(token: str) -> Response:
        found = subscriptions.confirmable(services, token)
        if found is None:
            return _shown(services, Answer.VOID, None)
        person, choice = found
        return HTMLResponse(page(None, person, subscriptions.names(choice.lang), choice=choice))

    @app.post("/confirm/{token}")
    def act(token: str) -> Response:
        found = subscriptions.confirmable(services, token)
        answer = subscriptions.confirm(services, token)
        return _shown(services, answer, replace(found[0], lang=found[1].lang) if found else None)


def _shown(services: Services, answer: Answer, person: Subscriber | None) -> Response:
    names = subscriptions.names(person.lang if person else "en")
    may_ask = bool(services.settings.digest.domains)
    return HTMLResponse(page(answer, person, names, may_ask=may_ask), _STATUS.get(answer, 200))
