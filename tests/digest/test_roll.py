import pytest
from hypothesis import given, strategies as st

from pipeline.digest.roll import after, may_ask, readers, roll
from pipeline.domain import Circle, Handover, Review, SubscriberState
from pipeline.places import address_of
from tests.digest.weeks import person

LISTED = person(address="aide@ministry.example", circle=Circle.INTERNAL, listed=True)


def test_whoever_left_stays_out_though_the_file_names_them() -> None:
    left = person(address=LISTED.address, state=SubscriberState.LEFT, listed=True, version=1)
    people = roll([LISTED], [left])
    assert people[LISTED.address].state is SubscriberState.LEFT
    assert readers(people.values(), Review.APPROVED) == []


def test_whoever_the_file_no_longer_names_gets_nothing() -> None:
    known = person(address=LISTED.address, listed=True, version=1)
    assert roll([], [known]) == {}


def test_whoever_came_by_mail_needs_no_place_in_the_file() -> None:
    invited = person(address="guest@other.example")
    assert list(roll([LISTED], [invited])) == [LISTED.address, "guest@other.example"]


def test_the_file_speaks_for_those_who_never_chose_and_no_longer_for_those_who_did() -> None:
    chose = person(address=LISTED.address, lang="uk", listed=True, version=1)
    bounced = person(address=LISTED.address, lang="uk", listed=True, bounces=2)
    assert roll([LISTED], [chose])[LISTED.address].lang == "uk"
    found = roll([LISTED], [bounced])[LISTED.address]
    assert (found.lang, found.bounces) == ("en", 2)


def test_the_list_that_somebody_is_on_is_the_files_to_say() -> None:
    chose = person(address=LISTED.address, circle=Circle.EXTERNAL, listed=True, version=1)
    assert roll([LISTED], [chose])[LISTED.address].circle is Circle.INTERNAL


@pytest.mark.parametrize(
    ("review", "who"),
    [(Review.DRAFT, []), (Review.UNREVIEWED, ["in@x"]), (Review.APPROVED, ["in@x", "out@x"])],
)
def test_an_edition_that_nobody_approved_stays_in_the_house(review: Review, who: list[str]) -> None:
    people = [person(address="out@x"), person(address="in@x", circle=Circle.INTERNAL)]
    assert [one.address for one in readers(people, review)] == who


@pytest.mark.parametrize("state", [one for one in SubscriberState if one is not SubscriberState.CONFIRMED])
def test_only_a_confirmed_subscription_is_served(state: SubscriberState) -> None:
    assert readers([person(state=state, circle=Circle.INTERNAL)], Review.APPROVED) == []


def test_the_third_refusal_in_a_row_ends_a_subscription() -> None:
    one = person()
    for handover in (Handover.BOUNCED, Handover.BOUNCED, Handover.TAKEN, Handover.BOUNCED, Handover.BOUNCED):
        one = after(one, handover)
        assert one.state is SubscriberState.CONFIRMED
    assert after(one, Handover.BOUNCED).state is SubscriberState.BOUNCED


@given(st.lists(st.sampled_from([one for one in Handover if one is not Handover.BOUNCED])))
def test_what_is_no_refusal_of_the_mailbox_never_ends_a_subscription(handovers: list[Handover]) -> None:
    one = person()
    for handover in handovers:
        one = after(one, handover)
    assert one == person()


def test_only_domains_that_are_allowed_may_ask_with_their_parts() -> None:
    allowed = ("Ministry.example",)
    assert may_ask("a@ministry.example", allowed)
    assert may_ask("a@press.ministry.example", allowed)
    assert not may_ask("a@otherministry.example", allowed)
    assert not may_ask("a@ministry.example.evil.example", allowed)


@pytest.mark.parametrize(
    "given_address",
    ["", "a", "a@", "@b", "a b@c.example", "a@b\nBcc: c@d", "а@приклад.укр", "a@b<c>", "x" * 250 + "@b.example"],
)
def test_what_no_mail_can_be_sent_to_is_no_address(given_address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        address_of(given_address)


def test_an_address_is_one_however_it_is_capitalised() -> None:
    assert address_of(" Aide@Ministry.Example ") == "aide@ministry.example"
