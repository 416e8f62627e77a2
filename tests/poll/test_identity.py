from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st

from pipeline.domain import Entry
from pipeline.poll.identity import own_id, settled
from tests.factories import PUBLISHED, entry

TITLE = "Cabinet approves winter aid for Kharkiv"


def one(**over: str) -> Entry:
    return entry(**{"entry_id": "a", "guid": "a", "url": "https://kyodo.example/1", "title": TITLE, **over})


def settle(*entries: Entry, known: tuple[Entry, ...] = (), printed: tuple[str, ...] = ()) -> list[str]:
    there: dict[tuple[str, str], list[Entry]] = {}
    for each in known:
        there.setdefault((each.feed, each.url), []).append(each)
    return [e.entry_id for e in settled(entries, {each.entry_id: each for each in known}, there, printed)]


def test_an_entry_is_known_by_its_id() -> None:
    assert settle(one(), known=(one(),)) == ["a"]
    assert settle(one(title="Quite other words"), known=(one(),)) == ["a"]
    assert settle(one(url="https://kyodo.example/moved"), known=(one(),)) == ["a"]
    assert settle(one()) == ["a"]


def test_a_guid_that_changes_with_an_edit_names_the_same_entry() -> None:
    edited = one(entry_id="b", guid="b", title="Cabinet approves more winter aid for Kharkiv")
    assert settle(edited, known=(one(),)) == ["a"]
    rewritten = one(entry_id="b", guid="b", title="Blackouts: Tokyo acts")
    assert settle(rewritten, known=(one(),)) == ["a"]  # its date is the same


def test_another_text_at_the_same_address_is_another_entry() -> None:
    other = replace(
        one(entry_id="b", guid="b", title="Trains stop in snow"), published_at=PUBLISHED + timedelta(days=1)
    )
    assert settle(other, known=(one(),)) == ["b"]


def test_what_is_still_printed_beside_it_is_not_its_earlier_form() -> None:
    assert settle(one(entry_id="b", guid="b"), known=(one(),), printed=("a", "b")) == ["b"]


def test_where_items_share_an_address_it_names_none() -> None:
    twins = [one(entry_id="b", guid="b"), one(entry_id="c", guid="c", title=f"{TITLE} again")]
    assert settle(*twins, known=(one(),)) == ["b", "c"]


def test_where_two_entries_had_an_address_it_names_neither() -> None:
    assert settle(one(entry_id="c"), known=(one(), one(entry_id="b"))) == ["c"]


def test_one_guid_for_two_items_overwrites_neither() -> None:
    other = one(url="https://kyodo.example/2", title="Trains stop in snow")
    (name,) = settle(other, known=(one(),))
    assert name == own_id("kyodo", "a", "https://kyodo.example/2", "Trains stop in snow")
    assert settle(other, known=(one(), replace(other, entry_id=name))) == [name]


def test_another_address_and_date_under_one_guid_is_another_item_though_its_title_is_like_it() -> None:
    known, later = one(), one(url="https://kyodo.example/2", title=f"{TITLE} city")
    assert settle(later, known=(known,)) == ["a"]  # an edit that changed its address too
    assert settle(replace(later, published_at=PUBLISHED + timedelta(hours=1)), known=(known,)) != ["a"]


def test_an_item_that_shared_its_guid_for_a_while_is_the_same_when_it_stands_alone() -> None:
    shared = one(entry_id=own_id("kyodo", "a", "https://kyodo.example/1", TITLE))
    assert settle(one(), known=(shared,)) == [shared.entry_id]


@given(st.lists(st.sampled_from("abc"), max_size=4, unique=True))
def test_what_is_settled_stays_so(names: list[str]) -> None:
    entries = tuple(one(entry_id=name, guid=name, url=f"https://kyodo.example/{name}") for name in names)
    assert settle(*entries) == names
    assert settle(*entries, known=entries) == names
