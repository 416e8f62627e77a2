from datetime import timedelta

from hypothesis import given, strategies as st

from pipeline.digest import token
from pipeline.domain import Actor, Choice, Track
from tests.digest.weeks import NOW, SECRET

CHOICE = Choice(lang="uk", timezone="Asia/Tokyo", actors=frozenset({Actor.JP}), tracks=frozenset({Track.AID}))
CONFIRM = token.to_confirm(SECRET, "a@x.example", 3, CHOICE, NOW)
LEAVE = token.to_leave(SECRET, "a@x.example")


def test_a_token_says_whose_it_is_and_what_was_chosen() -> None:
    assert token.leaves(SECRET, LEAVE) == "a@x.example"
    assert token.confirms(SECRET, CONFIRM, NOW) == ("a@x.example", 3, CHOICE)


def test_a_token_of_one_purpose_serves_no_other() -> None:
    assert token.leaves(SECRET, CONFIRM) is None
    assert token.confirms(SECRET, LEAVE, NOW) is None


def test_a_token_to_confirm_ends_after_two_weeks() -> None:
    last = NOW + timedelta(days=token.CONFIRM_DAYS)
    assert token.confirms(SECRET, CONFIRM, last)
    assert token.confirms(SECRET, CONFIRM, last + timedelta(seconds=1)) is None


def test_a_token_signed_with_another_secret_is_none_of_ours() -> None:
    assert token.leaves("another secret", LEAVE) is None


@given(st.integers(0, len(LEAVE) - 1), st.characters(codec="ascii"))
def test_a_token_with_another_letter_is_void_or_the_same(place: int, letter: str) -> None:
    changed = LEAVE[:place] + letter + LEAVE[place + 1 :]
    allowed = {None, "a@x.example"} if changed[:-1] == LEAVE[:-1] else {None}  # two bits of the last letter say nothing
    assert token.leaves(SECRET, changed) in allowed


def test_a_link_to_leave_stays_short_enough_for_any_mail_program() -> None:
    assert len(token.to_leave(SECRET, "a.name.of.ordinary.length@ministry.example")) < 110
