"""Stories as the flows make them, on a real store: they come together, come apart, and say so."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from pipeline import flows
from tests.factories import NOW
from tests.fakes import Item
from tests.house import FEEDS, HOUR, House, house, item

POLL = (flows.poll, flows.dedup)

TOKYO = "Tokyo pledges 18 million dollars for Ukrainian power grid repairs in Odesa"
AGENCY = "Japan to give Ukraine $18 mln to repair power grid in Odesa, foreign ministry says"
SEOUL = "South Korean parliament debates shells for Kyiv"


@pytest.fixture
def home(tmp_path: Path) -> House:
    built = House(tmp_path)
    for feed in FEEDS:
        built.publish(feed.name, item(f"{feed.name}-0"))
    built.run(*POLL)
    built.clock.forward(hours=6)
    return built


def news(guid: str, title: str, *, hours: float = 5) -> Item:
    return item(guid, title, lead="", published_at=NOW + hours * HOUR)


def stories(home: House) -> set[frozenset[str]]:
    """The titles of every story."""
    grouped: dict[str, set[str]] = {}
    for one in home.store.articles.between(NOW, NOW + 99 * HOUR):
        grouped.setdefault(one.story_id, set()).add(one.title)
    return {frozenset(titles) for titles in grouped.values()}


def test_two_outlets_own_reports_of_one_happening_are_one_story(home: House) -> None:
    home.publish("wire", news("a", TOKYO))
    home.publish("daily", news("b", AGENCY), news("c", SEOUL))
    counts = home.run(*POLL)["dedup"]
    assert stories(home) == {frozenset({TOKYO, AGENCY}), frozenset({SEOUL})}
    assert counts == {"joined": 1, "new": 2}


def test_a_late_report_joins_the_story_that_is_known(home: House) -> None:
    home.publish("wire", news("a", TOKYO))
    home.run(*POLL)
    (first,) = home.store.articles.between(NOW, NOW + 99 * HOUR)
    home.clock.forward(hours=6)
    home.publish("daily", news("b", AGENCY, hours=9))
    assert home.run(*POLL)["dedup"] == {"joined": 1}
    assert {one.story_id for one in home.store.articles.between(NOW, NOW + 99 * HOUR)} == {first.article_id}


def test_an_edited_report_leaves_its_story_and_what_stays_is_named_anew_where_it_came_first(home: House) -> None:
    home.publish("wire", news("a", TOKYO))
    home.run(*POLL)
    home.clock.forward(hours=6)
    home.publish("daily", news("b", AGENCY, hours=9))
    home.run(*POLL)
    home.clock.forward(hours=6)
    home.publish("wire", news("a", "Air raid alert over Kyiv lasts the night"))
    counts = home.run(*POLL)["dedup"]
    assert counts["regrouped"] == 1
    assert stories(home) == {frozenset({"Air raid alert over Kyiv lasts the night"}), frozenset({AGENCY})}
    assert home.store.counts()["regroupings"] == 1
    assert home.run(*POLL)["dedup"] == {}


def told_in(order: Sequence[tuple[str, str]]) -> set[frozenset[str]]:
    """The stories of texts that come one pass after another, each from a feed of its own."""
    with house() as home:
        for place, (feed, title) in enumerate(order):
            home.publish(feed, news(feed, title, hours=1))
            home.run(*POLL)
            home.clock.forward(hours=6 + place)
        return stories(home)


def test_stories_are_the_same_in_whatever_order_their_texts_come() -> None:
    texts = [("wire", TOKYO), ("daily", AGENCY), ("cabinet", f"{AGENCY}!")]
    assert {frozenset(told_in(order)) for order in permutations(texts)} == {
        frozenset({frozenset({TOKYO, AGENCY, f"{AGENCY}!"})})
    }
