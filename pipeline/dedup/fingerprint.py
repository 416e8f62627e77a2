"""
Text -> a fingerprint: its script, its title and the start of its lead; a title -> the numbers, dates and actors in it.

An edit may exchange any word of a copy, but not a number, a date or an actor: those make another text. The names
are few and short here, because only a title's one exchanged word has to be noticed; who is who the concepts know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.language.text import fold

LEAD = 80
_WORDS_KEPT = 1 << 16
_LONGEST_NAME = 30
LATIN, CYRILLIC, HANGUL, HAN = range(4)
_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_APART = re.compile(
    r"[-–—―|｜【】［］\[\]()（）:：](?:(?<![-–—―])|(?<=\s.)(?=\s))"
)  # one set first: `re` skips the rest
_DENSE = re.compile("[\u3001-\U0010ffff]")
_PRESS = re.compile(
    r"\b(?:times|herald|post|news|daily|wire|journal|tribune|press|agency|gazette|ledger|today|online|вісник|новини"
    r"|правда|час|газета|[\w-]*інформ)\b|新聞|新闻|日報|日报|通信|通訊|通讯|時報|时报|電訊|电讯|郵報|邮报|タイムズ"
    r"|ニュース|ポスト|ワイヤ|일보|신문|뉴스|통신|타임스|포스트|와이어",
    re.IGNORECASE,
)

# What a name or a number word states: aACTOR, oOFFICE, nNUMBER, mMONTH, wWEEKDAY (and dDAY). Of a spaced script's
# word the first four letters count, or the whole word.
_STATED = {
    "aJP": "japa toky япон токі токи 日本 東京 东京 永田町 일본 도쿄",
    "aKR": "kore seou rok коре сеул 韓 韩 南韓 南韩 韓国 韓國 韩国 ソウル 首爾 首尔 한국 남한 서울",
    "aTW": "taiw taip тайв тайб тайп 台湾 台灣 臺灣 台北 臺北 대만 타이완 타이베이",
    "aCN": "chin beij prc кита пекі пеки кнр 中国 中國 北京 중국 베이징",
    "aKP": "dprk pyon кндр пхен 朝鮮 朝鲜 北朝鮮 北韓 北韩 平壌 平壤 북한 평양",
    "aSouth": "south southern півд",
    "aNorth": "north northern північ північн північна північної",
    "aUA": "ukra kyiv kiev укра київ києв ウクライナ 烏克蘭 乌克兰 キーウ キエフ 基輔 基辅 "
    "우크라 키이우 키예프",
    "aRU": "russ mosc krem росі росс моск крем рф ロシア モスクワ 対露 露軍 俄 俄羅斯 俄罗斯 莫斯科 "
    "러시아 모스크바 크렘린",
    "aUS": "amer wash us usa сша амер вашингтон 米国 米政 アメリカ 美國 美国 華盛頓 华盛顿 "
    "白宮 白宫 미국 워싱턴 백악관",
    "aGB": "brit lond uk брит лонд 英国 英國 ロンドン 倫敦 伦敦 영국 런던",
    "aDE": "germ berl німе берл ドイツ ベルリン 德國 德国 柏林 독일 베를린",
    "aFR": "fren fran paris фран париж フランス パリ 法國 法国 巴黎 프랑스 파리",
    "aPL": "pola polish wars поль варш ポーランド ワルシャワ 波蘭 波兰 華沙 华沙 폴란드 바르샤바",
    "aIN": "india indian delhi інді делі インド 印度 인도",
    "aVN": "viet hanoi вєтн ханой ベトナム 越南 베트남 하노이",
    "aPH": "phil manila філі маніл フィリピン 菲律賓 菲律宾 필리핀 마닐라",
    "aAU": "aust canb австрал канбер 豪州 オーストラリア 澳洲 澳大利亞 澳大利亚 호주",
    "aTR": "turk anka туре анка トルコ 土耳其 튀르키예 터키",
    "aEU": "eu brus єс брюс 欧州連合 ブリュッセル 歐盟 欧盟 유럽연합 브뤼셀",
    "aNATO": "nato нато 北約 北约 나토",
    "oforeign": "foreign diplomatic мзс закордонних 外務 外交 外相 外長 外长 외교 외무",
    "odefence": "defence defense оборони міноборони 防衛 国防 國防 防相 방위 국방",
    "ofinance": "finance treasury фінансів мінфін 財務 財政 财政 기재 재무",
    "otrade": "trade commerce економіки мінекономіки 経産 經濟部 経済産業 商務部 商务部 产业部 산업 통상",
    "opresident": "president presidential президент 大統領 總統 总统 대통령",
    "opremier": "premier prime прем 首相 総理 總理 总理 行政院長 총리",
    "oparliament": "parliament diet lawmakers assembly парламент рада 国会 國會 国会 立法院 국회",
    "n1": "one одна одного одному 하나 한",
    "n2": "two both twice дві два двох двом двоє 두 둘",
    "n3": "three thrice три трьо троє 세 셋",
    "n4": "four чотири чотирьох чотирма 네 넷",
    "n5": "five ять пять 다섯",
    "n6": "six шість шести 여섯",
    "n7": "seven сім семи 일곱",
    "n8": "eight вісім восьми 여덟",
    "n9": "nine дев 아홉",
    "n10": "ten десять десяти десятьох 열",
    "n11": "eleven одинадцять", "n12": "twelve dozen дванадцять", "n13": "thirteen", "n14": "fourteen",
    "n15": "fifteen", "n16": "sixteen", "n17": "seventeen", "n18": "eighteen", "n19": "nineteen",
    "n20": "twenty двадцять двадцяти 스무 스물", "n30": "thirty тридцять 서른", "n40": "forty сорок 마흔",
    "n50": "fifty 쉰", "n60": "sixty", "n70": "seventy", "n80": "eighty", "n90": "ninety",
    "n100": "hund сто сотня сотні", "n1000": "thou тис тися",
    "n10^6": "mill mln млн мільйон мільйони мільйонів мільйона",
    "n10^9": "bill bln bn млрд мільярд мільярди мільярдів мільярда", "n10^12": "tril трлн трильйон трильйонів",
    "wMon": "monday поне 月曜 週一 周一 星期一 禮拜一 礼拜一 월요일",
    "wTue": "tuesday вівт 火曜 週二 周二 星期二 禮拜二 礼拜二 화요일",
    "wWed": "wednesday середа середу середи 水曜 週三 周三 星期三 禮拜三 礼拜三 수요일",
    "wThu": "thursday четвер четверг 木曜 週四 周四 星期四 禮拜四 礼拜四 목요일",
    "wFri": "friday ятни 金曜 週五 周五 星期五 禮拜五 礼拜五 금요일",
    "wSat": "saturday субо 土曜 週六 周六 星期六 禮拜六 礼拜六 토요일",
    "wSun": "sunday неді 日曜 週日 周日 星期日 星期天 일요일",
    "m1": "january січн", "m2": "february люто", "m3": "march бере", "m4": "april квіт", "m5": "may трав",
    "m6": "june черв", "m7": "july липн", "m8": "august серп", "m9": "september вере", "m10": "october жовт",
    "m11": "november лист", "m12": "december груд",
}  # fmt: skip
_FACT_OF = {word: fact for fact, words in _STATED.items() for word in words.split()}
_FACT_OF |= {
    ten + one: f"n{i}{j}"
    for i, ten in enumerate(["열", "스물", "서른", "마흔", "쉰"], 1)
    for j, one in enumerate(["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"], 1)
}
_NAMES = {word for word, fact in _FACT_OF.items() if word[0] > "\u3000" and fact[0] != "n"}
_NAME = re.compile(
    "|".join(  # grouped by the first character: `re` then passes by all other characters at once
        f"{first}(?:{'|'.join(sorted((n[1:] for n in _NAMES if n[0] == first), key=len, reverse=True))})"
        for first in sorted({name[0] for name in _NAMES})
    )
)
_NUMERALS = "〇一二三四五六七八九十百千万萬億亿兆両兩两"
_NUMBER = re.compile(rf"[0-9{_NUMERALS}](?<![^a-z][a-z].)(?<!^[a-z].)[0-9.,{_NUMERALS}만억조]*[月日월일]?")
_AMOUNT = re.compile(r"(?:[^\W\d]{2,})?(\d[\d.,]*)[^\W\d]*")  # of "18mпартій" 18 is left, but G7 is a name
_DIGITS = str.maketrans("〇一二三四五六七八九両兩两萬亿만억조", "0123456789222万億万億兆")
_TENS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared: a title, squeezed, and a lead as it is, since few leads are ever looked at."""

    script: int
    title: str
    lead: str


def fingerprint(title: str, lead: str) -> Fingerprint:
    """Return the fingerprint of one text. A lead stands in for a title that is not there."""
    name, rest = squeezed(_own(title)), lead[:LEAD]
    if not name:
        name, rest = squeezed(rest), ""
    return Fingerprint(_script(name), name, rest)


def squeezed(text: str) -> str:
    """Return a text's words, folded, without punctuation; no space where the script has none."""
    words = _WORD.findall(text)
    joined = " ".join(words)
    # three bytes a character and one for any other: without this no half of them can be unspaced
    if len(joined.encode()) > 2 * len(joined) and sum(map(len, _UNSPACED.findall(joined))) * 2 > len(joined):
        return fold("".join(words))
    return fold(joined)


def stated(text: str) -> dict[str, str]:
    """Return the facts in a squeezed text, each with its words."""
    dense = not text.isascii() and _DENSE.search(text) is not None
    fact_in = _named if dense else _said
    found = {fact: word for word in text.split() if (fact := fact_in(word))}
    if dense:
        for name in _NAME.findall(text):
            found[_FACT_OF[name]] = name
        for sign in _NUMBER.findall(text):
            found[_number(sign)] = sign
        found.pop("", None)
    return found


@lru_cache(_WORDS_KEPT)
def _named(word: str) -> str:
    return _FACT_OF.get(word) or _FACT_OF.get(word[:4], "")


@lru_cache(_WORDS_KEPT)
def _said(word: str) -> str:
    return _named(word) or (_amount(word) if not word.isalpha() else "")


def _script(text: str) -> int:
    size = len(text.encode()) / (len(text) or 1)  # 1 byte is a Latin letter, 2 a Cyrillic one, 3 the others
    if size > 2:  # noqa: PLR2004
        return HANGUL if max(text) >= "\uac00" else HAN
    return CYRILLIC if size > 1.4 else LATIN  # noqa: PLR2004


def _own(title: str) -> str:
    """Return a title without the parts that name a paper."""
    parts = _APART.split(title)
    if len(parts) == 1:
        return title
    return " ".join([p for p in parts if len(p) > _LONGEST_NAME or not _PRESS.search(p)]) or title


def _amount(word: str) -> str:
    found = _AMOUNT.fullmatch(word)
    return "n" + found[1].replace(",", "").rstrip(".") if found else ""


def signs(facts: Mapping[str, str], script: int) -> frozenset[str]:
    """Take numbers apart into digits: of two copies one may have lost some, but not each some that the other has."""
    return _signs(tuple(facts), script)


@lru_cache(4096)
def _signs(facts: tuple[str, ...], script: int) -> frozenset[str]:
    return frozenset([part for fact in facts for part in _parts(fact, script)])


def _parts(fact: str, script: int) -> tuple[str, ...]:
    if fact[0] in "ao":
        return (fact,)
    if fact[0] == "w" or (fact[0] == "m" and script < HANGUL):
        return ("#" + fact,)
    if script >= HANGUL:  # a digit lost between ideographs leaves no trace of where it stood
        return tuple({f"#{character}" for character in fact[1:]})
    return tuple(f"#{fact[0]}{place}{character}" for place, character in enumerate(fact[1:]))


@lru_cache(4096)
def _number(sign: str) -> str:
    """Return what a number states, digits or ideographs; "" for what is no number."""
    if sign[-1] in "月日월일" and len(sign) > 1:
        return ("m" if sign[-1] in "月월" else "d") + _number(sign[:-1])[1:]
    plain = sign.translate(_DIGITS)
    if sign in "百千万萬億亿兆":
        return ""
    if plain.isascii():
        return _amount(plain)
    units, total, run = "", 0, 0
    for character in plain:
        if character in _TENS:
            total, run = total + (run or 1) * _TENS[character], 0
        elif character.isdigit():
            run = run * 10 + int(character)
        elif character in "万億兆":
            units, total, run = f"{units}{total + run or ''}{character}", 0, 0
        else:
            return "n" + plain
    return f"n{units}{total + run or ''}"
