import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from pipeline import settings
from pipeline.dedup.origin import Origin, SourceIndex, Trace, trace
from pipeline.domain import Owner, Source

SOURCES = settings.load({}).sources
INDEX = SourceIndex(SOURCES)
BY_NAME = {source.name: source for source in SOURCES}
ELSEWHERE = "Imagined Gazette"


def traced(title: str = "", lead: str = "", *, url: str = "", source: str | None = ELSEWHERE) -> Origin:
    return trace(title=title, lead=lead, url=url, source=source, index=INDEX)


@pytest.mark.parametrize(
    ("lead", "name"),
    [
        ("TOKYO, May 12 (Kyodo) -- The ministry said it would send generators.", "Kyodo News"),
        ("SEOUL, May 12 (Yonhap) -- The office said so.", "Yonhap News Agency"),
        ("(Reuters) - The ministry said it would send generators.", "Reuters"),
        ("TAIPEI (AP) — The ministry said it would send generators.", "Associated Press"),
        ("Taipei, May 12 (CNA) The foreign ministry said so.", "Central News Agency"),
        ("Kyiv. May 12. Interfax-Ukraine - The ministry said so.", "Interfax-Ukraine"),
        ("By Reuters", "Reuters"),
        ("The ministry will send generators. Source: Kyodo", "Kyodo News"),
        ("【東京共同】外務省は発電機の供与を決めた。", "Kyodo News"),
        ("【ソウル時事】韓国外務省は発電機の供与を決めた。", "Jiji Press"),
        ("【ソウル聯合ニュース】韓国外交部は発電機の供与を決めた。", "Yonhap News Agency"),
        ("［東京　１２日　ロイター］　-　外務省は発電機の供与を決めた。", "Reuters"),
        ("【ＡＦＰ＝時事】外務省は発電機の供与を決めた。", "AFP"),
        ("外務省は発電機の供与を決めた。（共同）", "Kyodo News"),
        ("(서울=연합뉴스) 가상기자 기자 = 외교부는 발전기를 보내기로 했다.", "Yonhap News Agency"),
        ("[서울=뉴시스] 외교부는 발전기를 보내기로 했다.", "Newsis"),
        ("(서울=뉴스1) 외교부는 발전기를 보내기로 했다.", "News1"),
        ("(도쿄 교도=연합뉴스) 외무성은 발전기를 보내기로 했다.", "Kyodo News"),
        ("（中央社台北12日電）外交部決定提供發電機。", "Central News Agency"),
        ("(中央社記者某某台北12日電)外交部決定提供發電機。", "Central News Agency"),
        ("外交部決定提供發電機。（法新社）", "AFP"),
        ("新华社东京5月12日电 外务省决定提供发电机。", "Xinhua"),
        ("中新网5月12日电 外务省决定提供发电机。", "China News Service"),
        ("КИЇВ, 12 травня. /Укрінформ/. Міністерство повідомило про допомогу.", "Ukrinform"),
        ("ТОКИО, 12 мая. /ТАСС/. Министерство сообщило о помощи.", "TASS"),
        ("ТОКИО, 12 мая - РИА Новости. Министерство сообщило о помощи.", "RIA Novosti"),
        ("Джерело: Kyodo. Міністерство передасть генератори.", "Kyodo News"),
    ],
)
def test_a_credit_line_names_whose_text_it_is(lead: str, name: str) -> None:
    assert traced(lead=lead) == Origin(name, Trace.AGENCY)


@pytest.mark.parametrize(
    ("title", "lead", "name"),
    [
        ("", "Tokyo will send generators, according to Reuters.", "Reuters"),
        ("", "Tokyo will send generators, Kyodo News reported on Tuesday.", "Kyodo News"),
        ("", "Japan's public broadcaster NHK reported that generators will be sent.", "NHK"),
        ("", "The minister told NHK in an interview that generators will be sent.", "NHK"),
        ("", "Seoul may send generators, the Yonhap news agency said.", "Yonhap News Agency"),
        ("", "Kyodo, citing officials, reported that generators will be sent.", "Kyodo News"),
        ("Tokyo mulls sending generators: Kyodo", "", "Kyodo News"),
        ("Tokyo mulls sending generators – Bloomberg", "", "Bloomberg"),
        ("Yonhap: Seoul mulls sending generators", "", "Yonhap News Agency"),
        ("", "Reuters reports, citing KCNA, that generators were seen.", "KCNA"),
        ("", "共同通信によると、政府は発電機の供与を決めた。", "Kyodo News"),
        ("", "政府が発電機の供与を決めたとＮＨＫが報じた。", "NHK"),
        ("", "読売新聞は12日、政府が発電機を供与すると報じた。", "Yomiuri Shimbun"),
        ("", "首相は日本経済新聞のインタビューで発電機の供与に触れた。", "Nikkei"),
        ("政府、発電機の供与を検討＝ロイター", "", "Reuters"),
        ("", "연합뉴스에 따르면 정부는 발전기를 보내기로 했다.", "Yonhap News Agency"),
        ("", "일본 정부가 발전기를 보낸다고 교도통신이 보도했다.", "Kyodo News"),
        ("", "NHK는 정부가 발전기를 보내기로 했다고 12일 전했다.", "NHK"),
        ('요미우리신문 "일본 정부, 발전기 지원 검토"', "", "Yomiuri Shimbun"),
        ("", "據日本放送協會報導，政府決定提供發電機。", "NHK"),
        ("", "路透社12日報導，外交部決定提供發電機。", "Reuters"),
        ("英國《衛報》：政府考慮提供發電機", "", "The Guardian"),
        ("", "据共同社报道，政府决定提供发电机。", "Kyodo News"),
        ("", "韩联社援引朝中社消息说，双方举行会谈。", "KCNA"),
        ("", "外长接受路透社专访时提到发电机。", "Reuters"),
        ("", "За даними Kyodo, уряд передасть генератори.", "Kyodo News"),
        ("", "Про це повідомляє Yonhap.", "Yonhap News Agency"),
        ("", "Уряд передасть генератори, пише «Європейська правда» з посиланням на Укрінформ.", "Ukrinform"),
        ("", "Про це міністр розповів в інтерв’ю агентству Кіодо.", "Kyodo News"),
        ("Токіо передасть генератори — Reuters", "", "Reuters"),
        ("", "Сеул передаст генераторы, сообщает агентство Ёнхап.", "Yonhap News Agency"),
        ("", "Токио передаст генераторы, сообщило РИА «Новости» со ссылкой на NHK.", "NHK"),
        ("", "Об этом министр рассказал ТАСС.", "TASS"),
        ("", "По данным газеты «Известия», Токио передаст генераторы.", "Izvestia"),
    ],
)
def test_a_text_that_tells_what_another_outlet_told_counts_as_that_ones(title: str, lead: str, name: str) -> None:
    assert traced(title, lead) == Origin(name, Trace.QUOTED)


@pytest.mark.parametrize(
    ("title", "lead"),
    [
        ("Reuters reporter expelled from an imagined city", "The ministry said on Tuesday that the visa had ended."),
        ("", "The head of NHK will visit Kyiv, the ministry said."),
        ("", "The BBC said it would open a bureau in Kyiv."),
        ("", "The ministry denied a Kyodo report on generators."),
        ("", "The Times of change have come, according to the ministry."),
        ("", "Korean Central News Agency (KCNA) staff visited a fair."),
        ("", "The Nikkei average rose after the ministry's report."),
        ("", "APEC leaders will meet in an imagined city."),
        ("ＮＨＫ会長がキーウを訪問へ", "首相は12日、ＮＨＫの番組で発電機の供与に触れた。"),
        ("", "日経平均は反発した。政府は発電機の供与を決めた。"),
        ("", "外務省は共同通信の報道を否定した。"),
        ("", "両政府は共同で発電機を供与する。時事問題の討論会も開く。"),
        ("", "연합 훈련이 열렸다. KBS 보도국은 문을 닫는다."),
        ("", "정부는 한국경제가 회복한다고 밝혔다."),
        ("", "외교부는 로이터 보도를 부인했다."),
        ("", "聯合國與共同社會責任論壇登場，說明報告指出需求增加。"),
        ("外交部否認路透社報導", ""),
        ("", "外交部发言人表示，新华社记者将访问基辅。"),
        ("", "Громадська рада повідомляє про генератори. Відомо, що їх сто."),
        ("", "Міністерство спростувало повідомлення Reuters."),
        ("", "Известно, что ведомости опубликованы. Министр встретился с главой ТАСС."),
        ("", "Міністр відвідав редакцію Укрінформу."),
        ("", "외교부는 발전기를 보냈다. (사진=연합뉴스)"),
        ("", "外務省は発電機を供与した。（写真：ロイター）"),
        ("", "外交部提供發電機。（圖／路透社）"),
    ],
)
def test_a_text_that_only_names_an_outlet_is_its_own(title: str, lead: str) -> None:
    assert traced(title, lead) == Origin(ELSEWHERE, Trace.UNKNOWN)


@pytest.mark.parametrize(
    ("url", "source", "origin"),
    [
        ("https://english.kyodonews.net/a/1", None, Origin("Kyodo News", Trace.OWN)),
        ("https://feeds.feedburner.com/a/1", "Central News Agency", Origin("Central News Agency", Trace.OWN)),
        ("https://news.google.com/rss/a/1", "共同通信", Origin("Kyodo News", Trace.OWN)),
        ("https://news.google.com/rss/a/1", "Imagined Gazette", Origin("Imagined Gazette", Trace.UNKNOWN)),
        ("https://asia.nikkei.com/a/1", "Nikkei Asia", Origin("Nikkei", Trace.MIRROR)),
        ("https://kcnawatch.org/a/1", "KCNA Watch", Origin("KCNA", Trace.MIRROR)),
        ("https://www-yna-co-kr.cdn.ampproject.org/c/1", None, Origin("Yonhap News Agency", Trace.MIRROR)),
        ("https://ria-ru.translate.goog/1", None, Origin("RIA Novosti", Trace.MIRROR)),
        ("https://news.yahoo.co.jp/articles/1", None, Origin("Yahoo News", Trace.PORTAL)),
        ("https://korea.news-pravda.com/1", None, Origin("Pravda network", Trace.PORTAL)),
        ("https://www.gazette.example/1", None, Origin("gazette.example", Trace.UNKNOWN)),
        ("https://[broken", None, Origin("", Trace.UNKNOWN)),
        ("", None, Origin("", Trace.UNKNOWN)),
    ],
)
def test_a_text_without_credits_is_its_outlets(url: str, source: str | None, origin: Origin) -> None:
    assert traced("Tokyo sends generators", url=url, source=source) == origin


def test_a_portals_text_is_whoevers_its_title_names() -> None:
    url = "https://news.yahoo.co.jp/articles/1"

    assert traced("政府、発電機を供与へ（共同通信）", url=url, source=None) == Origin("Kyodo News", Trace.AGENCY)
    assert traced("政府、発電機を供与へ（読売新聞オンライン） - Yahoo!ニュース", url=url, source=None) == Origin(
        "Yomiuri Shimbun", Trace.AGENCY
    )


def test_an_outlets_own_name_credits_nobody_else() -> None:
    lead = "TOKYO, May 12 (Kyodo) -- The ministry told Kyodo News that generators will be sent."

    assert traced(lead=lead, source="共同通信") == Origin("Kyodo News", Trace.OWN)
    assert traced(lead="Nikkei reported that generators will be sent.", source="Nikkei Asia").name == "Nikkei"


def test_a_known_outlet_that_is_no_agency_is_quoted_in_brackets() -> None:
    assert traced("政府、発電機を供与へ（NHK）", source="朝日新聞") == Origin("NHK", Trace.QUOTED)


def test_a_ministrys_own_text_stays_its_own_whomever_it_quotes() -> None:
    lead = "According to Reuters, the minister said so."

    assert traced(lead=lead, source="外務省") == Origin("Ministry of Foreign Affairs of Japan", Trace.OWN)
    assert traced(lead="According to NATO, generators are needed.").why is Trace.UNKNOWN


def test_what_the_title_credits_outweighs_the_lead_and_the_agencys_mark() -> None:
    assert traced("Yonhap: Seoul weighs aid", "TOKYO, May 12 (Kyodo) -- According to Reuters, so.").name == (
        "Yonhap News Agency"
    )


@pytest.mark.parametrize(
    ("one", "other", "independent"),
    [
        ("Kyodo News", "Jiji Press", True),
        ("Xinhua", "People's Daily", False),
        ("TASS", "RT", False),
        ("TASS", "Xinhua", True),
        ("Nikkei", "Nikkei Asia", False),
        ("European Pravda", "Ukrainska Pravda", False),
        ("Voice of America", "Radio Free Asia", True),
        ("Kyodo News", "Yahoo News", False),
    ],
)
def test_two_outlets_of_one_house_are_one_witness_and_a_portal_is_none(one: str, other: str, independent: bool) -> None:
    houses = {BY_NAME[one].house, BY_NAME[other].house} - {None}

    assert (len(houses) > 1) is independent


def test_a_name_stands_for_one_outlet_and_so_does_a_host() -> None:
    hosts = [host for source in SOURCES for host in source.domains]

    assert len(hosts) == len(set(hosts))
    assert all(INDEX.outlet(source.name, "") == source for source in SOURCES)
    assert all(INDEX.outlet(None, f"https://www.{host}/1") == s for s in SOURCES for host in s.domains)


def test_without_sources_nothing_is_known() -> None:
    origin = trace(title="Reuters: a", lead="", url="", source="one", index=SourceIndex([]))

    assert origin == Origin("one", Trace.UNKNOWN)


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60), st.none() | st.text(max_size=20))
def test_any_text_has_an_origin(title: str, lead: str, url: str, source: str | None) -> None:
    assert traced(title, lead, url=url, source=source).why in Trace


@given(st.sampled_from([s for s in SOURCES if not (s.institution or s.portal)]), st.sampled_from(["", "May"]))
def test_every_outlet_can_be_quoted_by_name(source: Source, word: str) -> None:
    assert traced(f"{source.name}: {word} generators are sent").name == INDEX.root(source).name


def test_an_edition_counts_as_the_house_it_belongs_to() -> None:
    house = Source(name="Imagined", owner=Owner.PRIVATE, country="JP", tier=1)
    edition = Source(name="Imagined Asia", owner=Owner.PRIVATE, country="JP", tier=1, edition_of="Imagined")
    index = SourceIndex([house, edition])

    assert index.root(edition) is house
    assert trace(title="", lead="According to Imagined Asia, so.", url="", source="x", index=index).name == "Imagined"


def test_real_texts_credit_outlets_about_as_often_as_was_counted_by_hand(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    why = [traced(row["title"], row["lead"], url=row["url"] or "", source=None).why for row in rows]

    assert 16 <= why.count(Trace.QUOTED) <= 24
    assert why.count(Trace.AGENCY) <= 2  # the leads are reworded: no dateline is left
