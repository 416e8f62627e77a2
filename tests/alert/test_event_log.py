"""Events that are played again make the same messages, however often each of them is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st

from pipeline import flows
from pipeline.domain import Act, LinkKind, Route, Severity, Silence
from tests.house import House, house
from tests.slack.told import confirm, deny, matter, tell

DESK = Route(
    name="desk", channel="#desk", single=frozenset({Severity.A}), messages_per_week=5, roll_up_at=time(17), shifts=True
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to one of a few matters, so many minutes after the event before."""

    what: str
    name: str
    minutes: int


events = st.lists(
    st.builds(
        Event,
        st.sampled_from(
            ["decided", "considered", "confirmed", "denied", "corrected", "withdrawn", "silenced", "nothing"]
        ),
        st.sampled_from("abc"),
        st.sampled_from([1, 20, 300, 1500]),
    ),
    max_size=8,
)


def decided(home: House, event: Event) -> None:
    tell(home.store, matter(event.name))


def considered(home: House, event: Event) -> None:
    tell(home.store, replace(matter(event.name), act=Act.CONSIDERING))


def confirmed(home: House, event: Event) -> None:
    confirm(home.store, matter(event.name), f"{event.name}-more", home.clock())


def denied(home: House, event: Event, kind: LinkKind = LinkKind.DENIES) -> None:
    tell(home.store, matter(event.name))
    deny(home.store, matter(event.name), f"{event.name}-{kind}", home.clock(), kind)


def corrected(home: House, event: Event) -> None:
    denied(home, event, LinkKind.CORRECTS)


def withdrawn(home: House, event: Event) -> None:
    home.store.shifts.withdraw({f"shift-{event.name}": "found no more"}, home.clock())


def silenced(home: House, event: Event) -> None:
    silence = Silence(
        silence_id=f"{event.name} {home.clock()}",
        author="desk",
        comment="known",
        created_at=home.clock(),
        ends_at=home.clock() + timedelta(hours=1),
        stories=frozenset({f"story-{event.name}"}),
    )
    home.store.silences.add(silence)


HAPPEN: dict[str, Callable[[House, Event], None]] = {
    "decided": decided,
    "considered": considered,
    "confirmed": confirmed,
    "denied": denied,
    "corrected": corrected,
    "withdrawn": withdrawn,
    "silenced": silenced,
    "nothing": lambda _home, _event: None,
}


def played(log: list[Event], *, times: int) -> list[Any]:
    """Let the events happen, each told so many times and followed by as many passes; returns all that was said."""
    with house(routes=(DESK,)) as home:
        for event in [*log, Event("nothing", "a", 1500), Event("nothing", "a", 1500)]:
            home.clock.forward(minutes=event.minutes)
            for _ in range(times):
                HAPPEN[event.what](home, event)
            for _ in range(times):
                flows.alert(home.services)
        return [(each.key, each.operation, each.route, each.told, each.message) for each in home.posts]


@settings(max_examples=8)
@given(events)
def test_an_event_log_that_is_played_again_gives_the_same_messages(log: list[Event]) -> None:
    first = played(log, times=1)
    assert played(log, times=1) == first
    assert played(log, times=2) == first
    assert len({key for key, *_ in first}) == len(first)
