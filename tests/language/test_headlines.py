"""The project's real lists, held to realistic headlines that nobody ever printed."""

from datetime import UTC, date, datetime

import pytest

from pipeline.domain import Actor, Text, Voice
from pipeline.language.concepts import Concepts
from pipeline.settings import load

ON = datetime(2026, 5, 12, tzinfo=UTC)
REAL = Concepts(load({}).concepts)


def text(title: str, lang: str, on: datetime = ON) -> Text:
    return Text(title=title, lead="", lang=lang, published_at=on)


HEADLINES = [
    # English
    ("en", "Tokyo to send winter generators to Kharkiv", "JP"),
    ("en", "Japan's Defense Ministry weighs demining gear for Ukraine", "JP"),
    ("en", "South Korea rules out shells for Kyiv, keeps demining aid", "KR"),
    ("en", "North Korea sends more sappers to Kursk, Seoul says", "KP KR"),
    ("en", "North Korean troops paraded in Moscow", "KP"),
    ("en", "N. Korea's Kim congratulates Putin", "KP"),
    ("en", "Taiwan's foreign minister meets Ukrainian lawmakers in Taipei", "TW"),
    ("en", "Beijing repeats call for talks; Wang Yi phones Sybiha", "CN"),
    ("en", "Hong Kong firm denies shipping chips to Russia", ""),
    ("en", "People's Republic of China abstains at the UN", "CN"),
    ("en", "South China Morning Post names a new editor", ""),
    ("en", "Korea Herald and Korea Times merge newsrooms", ""),
    ("en", "We learn Korean in a shelter in Lviv", "KR"),
    ("en", "Sea of Japan drill worries Moscow", ""),
    # Japanese
    ("ja", "高市首相、ウクライナ大統領と電話会談", "JP"),
    ("ja", "髙市首相、キーウ訪問を検討", "JP"),
    ("ja", "韓国政府、ウクライナへの殺傷兵器供与を否定", "KR"),
    ("ja", "北朝鮮、ロシアへ追加派兵か", "KP"),
    ("ja", "日韓外相、ロシア制裁で協議", "JP KR"),
    ("ja", "頼総統「ウクライナは民主主義の砦」", "TW"),
    ("ja", "中国外務省、停戦協議を支持", "CN"),
    ("ja", "英首相がキーウ入り", ""),
    # Korean
    ("ko", "이재명 대통령, 우크라이나 재건 지원 재확인", "KR"),
    ("ko", "다카이치 총리, 우크라 지원 지속 표명", "JP"),
    ("ko", "북한군 포로 2명, 한국행 희망", "KP KR"),
    ("ko", "북러, 무기 거래 정황 또 포착", "KP"),
    ("ko", "트럼프 대통령, 젤렌스키와 통화", ""),
    ("ko", "대만 외교부, 우크라이나 난민 지원", "TW"),
    ("ko", '中외교부 "대화로 해결해야"', "CN"),
    ("ko", "태평양 연안국, 제재 동참", ""),
    # traditional Chinese
    ("zh-Hant", "外交部：將續援烏克蘭發電機", "TW"),
    ("zh-Hant", "賴清德會見烏克蘭議員", "TW"),
    ("zh-Hant", "中國外交部：中方立場一貫", "CN"),
    ("zh-Hant", "南韓擬提供掃雷設備予基輔", "KR"),
    ("zh-Hant", "北韓再派工兵赴庫斯克", "KP"),
    ("zh-Hant", "香港特區政府回應制裁", ""),
    # simplified Chinese
    ("zh-Hans", "外交部发言人毛宁：中方一贯主张对话", "CN"),
    ("zh-Hans", "高市早苗同泽连斯基通话", "JP"),
    ("zh-Hans", "乌兹别克斯坦总统谈铁路", ""),
    ("zh-Hans", "朝鲜向俄罗斯增派士兵", "KP"),
    ("zh-Hans", "韩国国防部否认提供炮弹", "KR"),
    ("zh-Hans", "韩国瑜谈乌克兰局势", ""),
    # Ukrainian
    ("uk", "Японія виділить гранти на розмінування", "JP"),
    ("uk", "Уряд Південної Кореї відмовився передавати зброю", "KR"),
    ("uk", "Південнокорейська розвідка: військові КНДР під Курськом", "KP KR"),
    ("uk", "Північна Корея направить саперів", "KP"),
    ("uk", "Тайвань передав генератори Україні", "TW"),
    ("uk", "Китаєм пройшла хвиля заяв: МЗС КНР закликає до переговорів", "CN"),
    ("uk", "Київ вітає рішення Вашингтона", ""),
    # Russian
    ("ru", "Япония ввела новые санкции против России", "JP"),
    ("ru", "Северная Корея направит саперов в Курскую область", "KP"),
    ("ru", "Южная Корея отказалась поставлять снаряды", "KR"),
    ("ru", "Китай призвал к переговорам", "CN"),
]


@pytest.mark.parametrize(("lang", "title", "actors"), HEADLINES, ids=[title for _, title, _ in HEADLINES])
def test_the_real_lists_find_the_actors_of_a_headline(lang: str, title: str, actors: str) -> None:
    mentions = REAL.find(text(title, lang))
    assert {mention.actor for mention in mentions if mention.actor} == {Actor(actor) for actor in actors.split()}


@pytest.mark.parametrize(
    ("lang", "title", "named"),
    [
        ("zh-Hans", "商务部长访乌兹别克斯坦", False),
        ("zh-Hans", "驻乌鲁木齐记者", False),
        ("zh-Hant", "外長赴烏茲別克", False),
        ("zh-Hant", "對烏龍茶加稅", False),
        ("zh-Hant", "外長赴烏會談", True),
        ("zh-Hans", "中乌外长通电话，乌方致谢", True),
        ("ja", "日宇宙協力で合意", False),
        ("ja", "日宇首脳が会談", True),
        ("ko", "러·우즈베크 정상회담", False),
        ("ko", "러·우 종전 협상", True),
        ("en", "Ukrainska Pravda moves its newsroom", False),
        ("uk", "Українська правда змінила редактора", False),
        ("uk", "Підтримка України триває", True),
        ("ru", "Переговоры с украинцами в Стамбуле", True),
    ],
)
def test_ukraine_is_told_from_what_looks_like_it(lang: str, title: str, named: bool) -> None:
    assert ("UA" in {mention.concept.id for mention in REAL.find(text(title, lang))}) is named


@pytest.mark.parametrize(
    ("on", "voice"), [(date(2025, 6, 3), Voice.OPPOSITION), (date(2025, 6, 4), Voice.RULING_PARTY)]
)
def test_a_party_changes_its_voice_on_the_day_it_comes_to_power(on: date, voice: Voice) -> None:
    mentions = REAL.find(text("더불어민주당, 결의안 발의", "ko", datetime(on.year, on.month, on.day, tzinfo=UTC)))
    assert [mention.voice for mention in mentions if mention.concept.kind == "party"] == [voice]
