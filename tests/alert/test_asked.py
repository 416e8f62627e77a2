"""What Slack sends is read or refused, whatever it is; modals keep within Slack's limits, whatever they ask of."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.alert import minister, modals
from pipeline.alert.asked import asked, payload_of
from pipeline.alert.asking import Ask, acted, buttons
from pipeline.alert.workspace import genuine
from pipeline.domain import (
    Act,
    Actor,
    Development,
    DevelopmentKind,
    Gloss,
    ReportedShift,
    Shift,
    ShiftKind,
    Track,
    Voice,
)
from pipeline.settings import load
from tests.factories import NOW, article, evidence, position, shift
from tests.slack.blocks import VIEW_BLOCKS, complaint, pings

CODEBOOK = load({}).codebook
NAMES = {actor: str(actor) for actor in Actor}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
HOSTILE = st.text(st.sampled_from("<!channel>@here|&*_`~#漢字 \n\U0001f600"), min_size=1, max_size=400)


@given(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["block_actions", "view_submission", "shortcut"]),
            "command": st.sampled_from(["/stance", "/other"]),
            "user": JSON | st.just({"id": "U1"}),
            "actions": JSON | st.just([{"action_id": "mute", "value": "x", "action_ts": "1"}]),
            "view": JSON
            | st.fixed_dictionaries({"callback_id": st.just("mute"), "private_metadata": JSON, "state": JSON}),
            "channel": JSON,
        }
    )
)
def test_a_payload_is_read_or_is_nobodys_and_never_an_error(payload: dict[str, Any]) -> None:
    found = asked(payload)
    assert found is None or found.ask in set(Ask)


def test_the_same_press_is_the_same_deed_and_another_press_another() -> None:
    def press(at: str, user: str = "U1") -> str:
        action = {"action_id": "mute", "value": "x", "action_ts": at}
        found = asked({"type": "block_actions", "user": {"id": user}, "actions": [action]})
        assert found
        return found.act_id

    assert press("1.0") == press("1.0")
    assert len({press("1.0"), press("2.0"), press("1.0", "U2")}) == 3


def test_a_signed_request_says_the_same_as_an_envelope() -> None:
    payload = {"type": "block_actions", "user": {"id": "U1"}, "actions": []}
    assert payload_of(urlencode({"payload": json.dumps(payload)}).encode()) == payload
    assert payload_of(b"payload=%7B") == payload_of(b"payload=1") == payload_of(b"\xff") == {}
    assert payload_of(b"command=%2Fstance&text=japan") == {"command": "/stance", "text": "japan"}


@pytest.mark.parametrize(
    ("over", "true"),
    [
        ({}, True),
        ({"body": b"other"}, False),
        ({"secret": "other"}, False),
        ({"at": NOW - timedelta(seconds=301)}, False),
        ({"stamp": "soon"}, False),
        ({"signature": "v0=ключ"}, False),
        ({"signature": ""}, False),
    ],
)
def test_only_what_slack_signed_less_than_five_minutes_ago_is_genuine(over: dict[str, Any], *, true: bool) -> None:
    at = over.get("at", NOW)
    stamp = over.get("stamp", str(int(at.timestamp())))
    signature = "v0=" + hmac.new(b"secret", f"v0:{stamp}:".encode() + b"body", hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": over.get("signature", signature)}
    assert genuine(over.get("body", b"body"), headers, over.get("secret", "secret"), NOW) == true


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    names = draw(st.lists(HOSTILE, min_size=1, max_size=40))
    pieces = [
        evidence(article=article(article_id=f"a{n}", story_id=f"s{n}", title=title, source=draw(HOSTILE)))
        for n, title in enumerate(names)
    ]
    return shift(
        kind=draw(st.sampled_from(list(ShiftKind))),
        voice=draw(st.sampled_from(list(Voice))),
        act=draw(st.sampled_from([None, *Act])),
        tracks=tuple(draw(st.sets(st.sampled_from(list(Track))))),
        direction=draw(st.sampled_from([ReportedShift.TOWARD, ReportedShift.AWAY])),
        evidence=tuple(pieces),
    )


@settings(max_examples=50)
@given(shifts())
def test_every_modal_is_within_slacks_limits_and_pings_nobody(one: Shift) -> None:
    for view in (
        modals.wrong_tag(one, position(), one.tracks, NAMES, CODEBOOK, "C000DESK"),
        modals.wrong_tag(one, None, (), NAMES, CODEBOOK, "C000DESK"),
        modals.not_relevant(one, NAMES, "C000DESK"),
        modals.mute(one, NAMES, "C000DESK"),
    ):
        assert complaint(view["blocks"], VIEW_BLOCKS) is None
        shown = [block for block in view["blocks"] if block["type"] == "section"]  # type: ignore[attr-defined, index]
        assert pings({"blocks": shown}) == []
        assert len(str(view["private_metadata"])) <= 3000


def test_the_modal_has_every_label_with_its_meaning_and_its_examples() -> None:
    view = modals.wrong_tag(shift(evidence=(evidence(),)), position(), (), NAMES, CODEBOOK, "C000DESK")
    words = json.dumps(view, ensure_ascii=False)
    for meanings in (CODEBOOK.voices, CODEBOOK.stances, CODEBOOK.shifts, CODEBOOK.acts, CODEBOOK.tracks):
        for label, one in meanings.items():
            assert f'"value": "{label}"' in words
            assert all(json.dumps(part, ensure_ascii=False)[1:-1] in words for part in (one.means, *one.examples))


@settings(max_examples=50)
@given(shifts(), st.lists(st.sampled_from(list(DevelopmentKind))))
def test_what_a_minister_gets_is_five_plain_lines_in_each_language(one: Shift, kinds: list[DevelopmentKind]) -> None:
    since = [Development(kind=kind, names=frozenset({"x"}), at=NOW, who="U000ANNA") for kind in kinds]
    lines = minister.copy(one, Gloss(en="Japan", uk="Японія"), {}, since)
    for some in (lines.en, lines.uk):
        assert len(some) == 5
        assert not set("".join(some)) & set("<>*_`~|\n&")
        assert "U000ANNA" not in "".join(some)
        assert all(0 < len(line) < 400 for line in some)
    assert not any("0.9" in line for line in lines.en)


def test_a_denial_is_told_to_a_minister_too() -> None:
    since = [Development(kind=DevelopmentKind.DENIED, names=frozenset({"x"}), at=NOW)]
    lines = minister.copy(shift(evidence=(evidence(),)), Gloss(en="Japan", uk="Японія"), {}, since)
    assert lines.en[3].endswith("denied since.")
    assert lines.uk[3].endswith("згодом заперечено.")


def test_a_message_ends_with_its_buttons_and_with_who_did_what() -> None:
    assert complaint([buttons("s" * 64)]) is None
    did = [Development(kind=kind, names=frozenset({"x"}), at=NOW, who="U1", was="") for kind in DevelopmentKind]
    assert acted(did) == (
        "<@U1> has it since 12 May 12:30 Kyiv · <@U1> had it until more became known, 12 May 12:30 Kyiv · "
        "<@U1> judged it 12 May 12:30 Kyiv"
    )
