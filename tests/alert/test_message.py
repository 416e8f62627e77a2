import html
import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from slack_sdk.models.blocks import Block

from pipeline.alert.blocks import escape
from pipeline.alert.matter import _DESK, known
from pipeline.alert.message import message, readable, reply
from pipeline.alert.wording import Capital, headline
from pipeline.domain import (
    Act,
    Actor,
    Balance,
    Development,
    DevelopmentKind,
    Evidence,
    Gloss,
    Message,
    Owner,
    ReportedShift,
    Shift,
    ShiftKind,
    Source,
)
from tests.factories import NOW, article, evidence, shift
from tests.slack.blocks import complaint, length, links, pings, texts_of

NAMES = {
    Actor.JP: "Japan",
    Actor.KR: "South Korea",
    Actor.TW: "Taiwan",
    Actor.CN: "China",
    Actor.KP: "North Korea",
}
SOURCES = {"Kyodo": Source(name="Kyodo", owner=Owner.PRIVATE, country="JP", tier=1)}
TOKYO = Capital(name="Tokyo", zone="Asia/Tokyo")
MARKUP = re.compile(r"<([^<>]*)>")


def of(one: Shift, public_url: str | None = None) -> Message:
    return message(one, NAMES, SOURCES, public_url, capital=TOKYO)


def mrkdwn(said: Message) -> list[str]:
    return [str(t["text"]) for block in said.blocks for t in texts_of(block) if t["type"] == "mrkdwn"]


def with_article(**over: object) -> Shift:
    return shift(evidence=(evidence(article=article(**over)),))


def piece(**over: object) -> str:
    """The text of the one piece of evidence."""
    return mrkdwn(of(with_article(**over)))[1]


def test_the_header_says_who_moved_and_which_way() -> None:
    one = shift(actor=Actor.KR, direction=ReportedShift.AWAY, balance=Balance.RUSSIA)
    assert headline(one, NAMES) == "South Korea · government · less pressure on Russia"
    assert of(one).blocks[0] == {
        "type": "header",
        "text": {"type": "plain_text", "text": headline(one, NAMES), "emoji": False},
    }


def test_a_piece_of_evidence_has_headline_link_outlet_and_time() -> None:
    assert piece() == (
        "<https://kyodo.example/1|政府、ウクライナへ防空装備を供与>\n"
        "» Tokyo · government · decides · toward Ukraine (our line, no translation)\n"
        "Kyodo (private, JP) · 12 May 2026 11:00 Kyiv, 17:00 Tokyo"
    )


def test_a_headline_that_readers_cannot_read_is_shown_as_an_outlet_that_they_can_read_has_it() -> None:
    other = article(lang="uk", source="Агенція", title="Токіо <передає> засоби ППО", url="https://uk.example/1")
    assert (
        "\n» <https://uk.example/1|Токіо &lt;передає&gt; засоби ППО> (Агенція, in Ukrainian)\n"
        in (mrkdwn(of(shift(evidence=(evidence(readable=other),))))[1])
    )


@pytest.mark.parametrize("lang", ["en", "uk"])
def test_what_readers_can_read_needs_no_line_beside_it(lang: str) -> None:
    assert "»" not in piece(lang=lang)


def test_a_piece_without_a_line_of_ours_shows_none() -> None:
    assert "»" not in mrkdwn(of(shift(evidence=(evidence(gloss=None),))))[1]


def test_copies_are_counted() -> None:
    said = of(shift(evidence=(evidence(articles=40),)))
    assert " · 40 articles · " in mrkdwn(said)[1]


def test_at_most_three_pieces_are_shown_and_the_rest_is_counted() -> None:
    pieces = tuple(evidence(article=article(article_id=str(n), title=f"headline {n}")) for n in range(5))
    said = of(shift(evidence=pieces))
    assert [block["type"] for block in said.blocks] == ["header", *["section"] * 4, "actions", "context"]
    assert "headline 2" in mrkdwn(said)[3]
    assert mrkdwn(said)[-1].startswith("and 2 more stories · ")


def test_the_record_is_linked_where_there_is_a_page_for_it() -> None:
    assert "<https://watch.example/shifts/shift-1|record>" in mrkdwn(of(shift(), "https://watch.example/"))[-1]
    assert "record" not in mrkdwn(of(shift()))[-1]


def test_a_text_stands_for_the_blocks_in_a_notification() -> None:
    one = shift()
    assert of(one).text == (
        "Japan · government · more support for Ukraine. "
        "Was hedging (20 stories until 12 May); now mostly supportive (6 stories since). "
        "Likely real; 6 stories since 12 May 2026 11:00 Kyiv."
    )


def test_the_numbers_of_a_series_are_the_small_print() -> None:
    assert shift().words in mrkdwn(of(shift()))[-1]
    assert REPORTED.words not in mrkdwn(of(REPORTED))[-1]


def test_a_condition_is_quoted_with_the_outlet_that_prints_it() -> None:
    told = evidence(article=article(lang="en", title="Tokyo may send <arms> if R&D firms agree, Kyodo says"))
    said = of(replace(REPORTED, act=Act.CONSIDERING, evidence=(told,)))
    assert "*Condition:* “if R&amp;D firms agree” (Kyodo)" in mrkdwn(said)[0]
    assert "Condition" not in "".join(mrkdwn(of(REPORTED)))


def test_a_message_ends_with_its_buttons_and_who_has_it_before_them() -> None:
    owned = Development(kind=DevelopmentKind.OWNED, names=frozenset({"owned"}), at=NOW, who="U123")
    said = message(REPORTED, NAMES, SOURCES, None, [owned])
    assert [block["type"] for block in said.blocks][-3:] == ["context", "actions", "context"]
    assert "<@U123> has it since" in mrkdwn(said)[-2]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("<@U123> <#C123>", "&lt;@U123&gt; &lt;#C123&gt;"),
        ("<https://evil.example|Kyodo>", "&lt;https://evil.example¦Kyodo&gt;"),
        ("a|b", "a¦b"),
        ("R&D &lt;!here&gt;", "R&amp;D &amp;lt;!here&amp;gt;"),
        (">quoted", "&gt;quoted"),
    ],
)
def test_a_hostile_headline_is_only_text(hostile: str, shown: str) -> None:
    assert piece(title=hostile).startswith(f"<https://kyodo.example/1|{shown}>\n")


def test_a_hostile_outlet_is_only_text() -> None:
    assert "&lt;!everyone&gt; · " in piece(source="<!everyone>")


def test_a_link_cannot_end_itself_early() -> None:
    shown = piece(url="https://kyodo.example/a?x=1&y=2|Fake> <!channel>\n|")
    assert shown.startswith("<https://kyodo.example/a?x=1&amp;y=2%7CFake%3E%20%3C!channel%3E%0A%7C|")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "ftp://kyodo.example/1", "https://x.example/" + "a" * 1500])
def test_what_is_no_web_address_or_too_long_is_not_linked(url: str) -> None:
    assert piece(url=url, title="headline").startswith("headline\n")


def test_a_text_without_a_headline_shows_its_address() -> None:
    assert piece(title="").startswith("<https://kyodo.example/1|https://kyodo.example/1>")


def test_slack_is_told_to_link_nothing_by_itself() -> None:
    said = of(with_article(title="see #general and @channel at evil.example"))
    for block in said.blocks:
        assert all(text.get("verbatim") is True for text in texts_of(block) if text["type"] == "mrkdwn")


def test_a_cut_never_leaves_half_an_entity() -> None:
    for many in range(215, 225):
        title = piece(title="a" * (many - 218) + "&" * many).partition("|")[2].partition(">\n")[0]
        assert len(title) <= 220
        assert re.fullmatch(r"a*(&amp;)*…?", title)


huge = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["<!channel>", "&", "|", "a", "<", ">", "日本", "🇺🇦", "`*_~", "https://x.example/?a=1&b=<2>|"]
    ).flatmap(lambda piece: st.integers(1, 20_000).map(lambda times: piece * times)),
)
pieces = st.lists(
    st.builds(
        lambda title, url, source, articles: Evidence(
            article=article(title=title, url=url, source=source),
            articles=articles,
            stance=evidence().stance,
            influence=0.5,
            gloss=None,
            readable=article(title=source, url=f"https://{title}", source=url, lang="en"),
        ),
        huge,
        st.one_of(huge, huge.map(lambda tail: f"https://{tail}")),
        huge,
        st.integers(1, 10**6),
    ),
    max_size=9,
).map(tuple)


developments = st.lists(
    st.builds(
        lambda kind, title, url, who, was: Development(
            kind=kind,
            names=frozenset({title}),
            at=article().seen_at,
            article=article(title=title, url=url, source=who),
            who=who,
            was=was,
        ),
        st.sampled_from([kind for kind in DevelopmentKind if kind not in _DESK]),
        huge,
        huge.map(lambda tail: f"https://{tail}"),
        huge,
        huge,
    ),
    max_size=9,
)


def taken(said: Message) -> int:
    return length(list(said.blocks)) + len(said.text)


@given(words=huge, pieces=pieces, kind=st.sampled_from(list(ShiftKind)), confirmed=st.booleans(), later=developments)
def test_any_shift_makes_a_message_that_slack_takes_and_that_calls_nobody(
    words: str, pieces: tuple[Evidence, ...], kind: ShiftKind, *, confirmed: bool, later: list[Development]
) -> None:
    one = shift(words=words, evidence=pieces, kind=kind, confirmed=confirmed)
    whole = known(one, later)
    for said in (
        message(one, NAMES, SOURCES, "https://watch.example", whole),
        reply(one, NAMES, SOURCES, whole or later),
    ):
        assert complaint(list(said.blocks)) is None
        assert [block.to_dict() for block in Block.parse_all([dict(block) for block in said.blocks])]
        assert 0 < len(said.text) <= 3000
        assert taken(said) <= 12_000
        shown = {"text": said.text, "blocks": list(said.blocks)}
        assert pings(shown) == []
        assert all(address.startswith(("https://", "http://")) and label for address, label in links(shown))


def test_the_longest_message_that_can_be_made_stays_within_what_slack_takes() -> None:
    long = article(title="&" * 9_000, url="https://" + "a" * (800 - 8), source="<" * 9_000)
    piece = evidence(
        article=long, articles=10**9, gloss=Gloss(en=">" * 9_000, uk=""), readable=replace(long, lang="en")
    )
    later = [
        Development(
            kind=DevelopmentKind.DENIED,
            names=frozenset({str(n)}),
            at=NOW,
            article=long,
            who="|" * 9_000,
            was="&" * 9_000,
        )
        for n in range(4)
    ]
    judged = Development(kind=DevelopmentKind.JUDGED, names=frozenset("j"), at=NOW, who="U1", was="&" * 9_000)
    gone = shift(words="&" * 9_000, evidence=(piece,) * 9, withdrawn_at=NOW, withdrawn_why="<" * 9_000)
    for said in (message(gone, NAMES, SOURCES, None, [*later, judged]), reply(gone, NAMES, {}, later)):
        assert complaint(list(said.blocks)) is None
        assert 8_000 < taken(said) <= 12_000


# --- what became of it ---


def denial(**over: object) -> Development:
    said = Development(
        kind=DevelopmentKind.DENIED,
        names=frozenset({"denied"}),
        at=NOW,
        article=article(article_id="article-2", title="Kyiv pledge report is baseless, office says", source="Daily"),
        who="foreign ministry, Seoul",
    )
    return replace(said, **over)  # type: ignore[arg-type]


REPORTED = shift(kind=ShiftKind.REPORTED, evidence=(evidence(),))


def test_a_denial_stands_in_front_of_what_it_denies() -> None:
    said = message(REPORTED, NAMES, SOURCES, None, known(REPORTED, [denial()]))
    assert str(texts_of(said.blocks[0])[0]["text"]).startswith("DENIED · Japan · government · ")
    assert mrkdwn(said)[0] == (
        "*DENIED by foreign ministry, Seoul, 12 May*\n"
        "<https://kyodo.example/1|Kyiv pledge report is baseless, office says>\n"
        "Daily · 12 May 2026 11:00 Kyiv"
    )
    assert "政府、ウクライナへ防空装備を供与" in mrkdwn(said)[2]
    assert ". DENIED by foreign ministry, Seoul, 12 May. " in said.text


def test_a_denial_that_readers_cannot_read_has_a_line_of_ours() -> None:
    ours = Gloss(en="Tokyo · foreign ministry · denies · <PURL>", uk="")
    said = mrkdwn(message(REPORTED, NAMES, SOURCES, None, [denial(gloss=ours)]))[0]
    assert "\n» Tokyo · foreign ministry · denies · &lt;PURL&gt; (our line, no translation)\n" in said


def test_a_denial_by_nobody_we_can_name_is_its_outlets() -> None:
    said = message(REPORTED, NAMES, SOURCES, None, [denial(who="")])
    assert mrkdwn(said)[0].startswith("*DENIED, as Daily reports, 12 May*")


def test_one_denied_story_does_not_end_a_series() -> None:
    series = shift(evidence=(evidence(),))
    said = message(series, NAMES, SOURCES, None, [denial()])
    assert texts_of(said.blocks[0])[0]["text"] == headline(series, NAMES)
    assert mrkdwn(said)[0].startswith("*DENIED by ")


def test_a_changed_headline_is_shown_as_it_was_and_as_it_is() -> None:
    changed = denial(
        kind=DevelopmentKind.REWRITTEN, article=REPORTED.evidence[0].article, who="", was="<!here> as it was"
    )
    said = mrkdwn(message(REPORTED, NAMES, SOURCES, None, [changed]))[0]
    assert said.startswith(
        "*HEADLINE CHANGED by Kyodo, 12 May*\nwas: &lt;!here&gt; as it was\n<https://kyodo.example/1|"
    )


def test_a_report_that_was_taken_down_is_said_to_be() -> None:
    gone = denial(kind=DevelopmentKind.REMOVED, article=REPORTED.evidence[0].article, who="")
    assert mrkdwn(message(REPORTED, NAMES, SOURCES, None, [gone]))[0].startswith("*REPORT TAKEN DOWN by Kyodo, 12 May*")


def test_a_reply_tells_what_is_new_the_gravest_first_and_counts_the_rest() -> None:
    pieces = tuple(
        evidence(article=article(article_id=f"a{n}", story_id=f"s{n}", copy_id=f"c{n}", title=f"headline {n}"))
        for n in range(4)
    )
    one = replace(REPORTED, evidence=pieces, confirmed=True)
    said = reply(one, NAMES, SOURCES, known(one, [denial()]))
    assert mrkdwn(said)[0] == (
        "New on Japan · government · decides · arms: closer to Ukraine\n"
        "*How sure:* very likely; two sources or more; no official source yet"
    )
    assert mrkdwn(said)[1].startswith("*DENIED by ")
    assert mrkdwn(said)[2].startswith("*A further report by Kyodo, 12 May*\n")
    assert mrkdwn(said)[-1] == "and 2 more"


@given(title=huge, url=huge, source=huge)
def test_every_piece_of_markup_in_a_message_is_ours(title: str, url: str, source: str) -> None:
    one = with_article(title=title, url=f"https://{url}", source=source)
    for text in mrkdwn(of(one)):
        for inside in MARKUP.findall(text):
            link, bar, label = inside.partition("|")
            assert link.startswith("https://")
            assert bar
            assert "|" not in label
        rest = MARKUP.sub("", text)
        assert "<" not in rest
        assert ">" not in rest


@given(st.text())
def test_escaping_can_be_undone(text: str) -> None:
    escaped = escape(text)
    assert not set("<>") & set(escaped)
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_the_same_shift_gives_the_same_message() -> None:
    assert of(with_article()) == of(with_article())


def test_a_headline_reads_as_it_was_printed_once_slack_has_undone_the_escapes() -> None:
    title = "«Токіо» & 서울 <速報> \"quoted\" 'single'"
    label = piece(title=title).partition("|")[2].partition(">\n")[0]
    assert html.unescape(label) == title


def test_a_message_can_be_read_on_a_terminal() -> None:
    told = message(shift(evidence=(evidence(),)), NAMES, {})
    shown = readable(told)

    assert evidence().article.title in shown
    assert evidence().article.url in shown
    assert not any(mark in shown for mark in ("<http", "&amp;", "`"))
