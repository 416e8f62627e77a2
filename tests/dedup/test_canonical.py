import pytest
from hypothesis import given, settings, strategies as st

from pipeline.dedup.canonical import canonical


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://paper.example/a", "https://paper.example/a"),
        ("http://paper.example/a", "https://paper.example/a"),
        ("HTTPS://Paper.Example/A", "https://paper.example/A"),
        ("  https://paper.example/a\n", "https://paper.example/a"),
        ("https://paper.example/", "https://paper.example"),
        ("https://paper.example", "https://paper.example"),
        ("https://paper.example/a/", "https://paper.example/a/"),
        ("https://paper.example/a#comments", "https://paper.example/a"),
        ("http://paper.example:80/a", "https://paper.example/a"),
        ("https://paper.example:443/a", "https://paper.example/a"),
        ("http://paper.example:443/a", "https://paper.example/a"),
        ("https://paper.example:8443/a", "https://paper.example:8443/a"),
        ("https://paper.example:/a", "https://paper.example/a"),
        ("https://reader:secret@paper.example/a", "https://paper.example/a"),
        ("http://[2001:DB8::1]:80/a", "https://[2001:db8::1]/a"),
        ("https://paper.example/a?utm_source=rss&id=7&UTM_Medium=feed", "https://paper.example/a?id=7"),
        ("https://paper.example/a?fbclid=x&gclid=y&spm=z&from_rss=1", "https://paper.example/a"),
        ("https://paper.example/a?iref=comtop&n=1", "https://paper.example/a?n=1"),
        ("https://paper.example/a?utm%5Fsource=rss&id=7", "https://paper.example/a?id=7"),
        ("https://paper.example/a?id=7&section=2", "https://paper.example/a?id=7&section=2"),
        ("https://paper.example/a?b=2&a=1", "https://paper.example/a?b=2&a=1"),
        ("https://paper.example/a?20261121", "https://paper.example/a?20261121"),
        ("https://paper.example/a?q=", "https://paper.example/a?q="),
        ("https://paper.example/a?&&id=7&", "https://paper.example/a?id=7"),
        ("https://paper.example/a?q=%B1%B9%C8%B8", "https://paper.example/a?q=%B1%B9%C8%B8"),
        ("https://新聞.example/頁?問=答", "https://新聞.example/頁?問=答"),
    ],
)
def test_a_link_loses_what_names_the_readers_way_and_nothing_else(url: str, same: str) -> None:
    assert canonical(url) == same


@pytest.mark.parametrize(
    "url",
    ["", "words", "/a/b", "mailto:desk@paper.example", "ftp://paper.example/a", "javascript:alert(1)", "https://",
     "http://[paper.example/a", "https://paper.example:port/a", "urn:uuid:1", "https:paper.example"],
)  # fmt: skip
def test_what_is_no_web_address_comes_back_unchanged(url: str) -> None:
    assert canonical(url) == url


def test_queries_in_a_legacy_encoding_stay_apart() -> None:
    one, other = ("https://paper.example/a?q=" + word for word in ("%B1%B9%C8%B8", "%C1%A4%BA%CE"))
    assert canonical(one) != canonical(other)


ADDRESSES = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp", ""]),
    st.sampled_from(
        ["a.example", "A.example:80", "u:p@a.example:443", "[::1]:80", "a.example:81", " ", "a b", "é.example"]
    ),
    st.sampled_from(["", "/", "/ ", "//x", "/a b", "/%20", "/\u3000"]),
    st.lists(st.sampled_from(["?", "&", "a=1", "utm_x=1", " ", "b", ";c", "%FF", "=", "é"])).map("".join),
    st.sampled_from(["", "#", " #x", "#?a", "?x#"]),
)


@settings(deadline=None, max_examples=500)
@given(ADDRESSES | st.text(max_size=60) | st.text(" :/?#[]@&=ahtps.utm_0\u3000\x1f", max_size=40))
def test_the_canonical_form_of_a_canonical_form_is_itself(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)
    assert canonical("https://" + url) == canonical(canonical("https://" + url))
