"""A desk: the flows, a shift that was found and said in the stand-in's channel, and colleagues who see its message."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import flows
from pipeline.alert import slack
from pipeline.alert.response import Outcome
from pipeline.alert.workspace import Workspace
from pipeline.answering import Answers
from pipeline.domain import Shift
from pipeline.settings import Slack
from tests.house import House, turn, watch
from tests.slack.people import DESK, Colleague
from tests.slack.place import Answer, Place
from tests.slack.wire import serve

ANNA, BORY, HEAD, EVE = "U000ANNA", "U000BORY", "U000HEAD", "U0000EVE"


@dataclass(slots=True)
class Desk:
    """What a test of acting on messages needs; people's deeds reach us without a socket."""

    home: House
    place: Place
    answers: Answers
    anna: Colleague
    bory: Colleague
    head: Colleague
    eve: Colleague

    @property
    def message(self) -> Answer:
        """The message that is talked about, as it stands now."""
        return self.place.top()[0]

    def shift(self) -> Shift:
        """The shift that it tells."""
        (found,) = (one for one in self.home.store.shifts.all() if not one.history)
        return found

    def passes(self, minutes: float = 0.0) -> dict[str, int]:
        """Let a pass of the sender run, some minutes later."""
        self.home.clock.forward(minutes=minutes, seconds=2)
        return flows.alert(self.home.services)

    def private(self) -> Answer:
        """What was shown to one person last."""
        return self.place.answered[-1]


@contextmanager
def desk(folder: Path, signing_secret: str | None = None, **over: Any) -> Iterator[Desk]:
    """Find a shift in an official source's headline, and say it to a channel."""
    home = House(folder, **over)
    with serve(now=lambda: home.clock().timestamp()) as place:
        known = Slack(token=place.token, base_url=place.url, signing_secret=signing_secret)
        place.members[DESK] = {ANNA, BORY, HEAD, "U0000BOT"}
        home.settings = replace(home.settings, slack=known)
        posts = partial(slack.post, slack=home.settings.slack, show=lambda _: None)
        home.services = replace(home.of("one"), post=posts)
        watch(home)
        home.publish("cabinet", turn())
        home.run()
        answers = Answers(home.services, Workspace(home.settings.slack))

        def send(_: str, payload: dict[str, Any]) -> Outcome:
            home.clock.forward(seconds=1)
            return answers(payload)

        people = [Colleague(place, send, id_, name) for id_, name in _PEOPLE]
        try:
            yield Desk(home, place, answers, *people)
        finally:
            home.store.close()


_PEOPLE = ((ANNA, "anna"), (BORY, "bory"), (HEAD, "head"), (EVE, "eve"))
