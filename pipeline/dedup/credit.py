"""
An outlet's name in a text, with the words around it -> how it is credited there, or not at all. Pure.

Seven languages, told apart by the cues themselves. A cue stands right beside the name, or on its side of the
sentence with no other outlet between. Text is NFKC with its case kept.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_NEAR, _FAR = 90, 120
"""So many characters beside a name are looked at: for a cue right there, and for a verb at the sentence's end."""
_STARTS, _ENDS = 64, 3
"""A dateline takes up so many characters at most; so many may follow a credit at the end."""


class Credit(StrEnum):
    """How a name is credited."""

    LINE = "line"  # in a dateline, brackets, "Source:"
    TOLD = "told"  # "X reported", "told X", "... - X"
    CITED = "cited"  # "citing X"


@dataclass(frozen=True, slots=True)
class Span:
    """A name's place in a title or lead; ``after`` is where the next outlet's name begins."""

    text: str
    start: int
    end: int
    after: int


def _cues(*alternatives: str) -> re.Pattern[str]:
    """Compile alternatives that are written with free white space."""
    return re.compile("|".join(f"(?:{one})" for one in alternatives), re.VERBOSE)


# what may stand between a cue and the name that follows it
_EN_OF = r"""
    (?: (?: an? | the | its | [a-z]* (?:agenc|newspaper|paper|outlet|broadcast|wire|tabloid|magazine|network)[a-z]*
    | news | daily | weekly | business | financial | local | media | state | state-run | public | private | official
    | national | international | television | TV | radio | site | website | reports? | article | by | from | in | with
    | (?:[A-Z]\.)+ | North | South | Hong | [A-Z][a-z]+ (?:'s|ese|an|ish|nch) )\s ){0,5} ["“'‘«]? $"""
_CYRILLIC_OF = r"""
    (?: (?: (?:інформ|информ)?аген | видан | издан | газет | (?:теле)?канал | теле | рад[іи] | мед[іи] | сми | змі
    | портал | журнал | новин | новост | місцев | местн | власн | собствен | державн | государ | центральн
    | інформац | информац | кореспондент | корреспондент | джерел | источник | ділов | делов | економічн | экономич
    | впливов | влиятельн | щоденн | ежедневн | [а-яіїєґ'-]+ (?:ськ|ск|цьк|цк) [а-яіїєґ]{1,3}\b
    | про\sце | об\sэтом | це | у | в | на | із | из | ще | також | сьогодні | сегодня )[а-яіїєґ]*\s ){0,5} ["«„“]? $"""
_CHINESE_OF = r"""[^,。:;!?()、據据称稱\s]{0,8} [《「『“"]? $"""
# what may stand between a name and the cue that follows it
_EN_HOUSE = r"""
    (?:'s)? (?:\s (?: [Nn]ews | [Aa]gency | newspaper | business | daily | television | TV | broadcaster | [Ss]himbun
    )){0,2} (?:\s\([^)]{2,12}\))? (?:,[^.,]{3,60},)? (?:\s (?: on | late | early | this | last | earlier | previously
    | first | also | has | had | have | exclusively | week | month | [A-Z][a-z]+day )){0,4} \s"""
_JA_HOUSE = r"(?:通信社?|新聞社?|テレビ|放送|紙|電子版|ニュース)? (?:\([^)]{0,20}\))? (?:など)?"
_KO_HOUSE = r"\s?(?:통신|신문|방송|뉴스|TV)? (?:\([^)]{0,20}\))? \s?등?"
_ZH_HOUSE = r"""
    [》」』”]? (?:\([^)]{0,20}\))? (?:通[訊讯信]社 | 新[聞闻]網?网? | 電視台? | 电视台? | 網站 | 网站 | 中文[網网]
    | 客户端 | 等 | \s)? (?: 的 | \d{1,2}[月日] | [今昨][天日] | [週周]\w | 稍?早前? | 此前 | 獨家 | 独家 | 率先 )*"""

_CITED_BEFORE = _cues(
    r"(?:citing | cites | cited | quoting | quotes | with\sreference\sto | referring\sto)\s(?!by)" + _EN_OF,
    r"""(?:посиланн?ям?и?\sна | посила(?:ючись|ються|ється)\sна | ссылк\w+\sна | ссыла(?:ясь|ются|ется)\sна)\s"""
    + _CYRILLIC_OF,
    r"(?:援引|引述|引用|轉引|转引|轉述|转述)" + _CHINESE_OF,
)
_CITED_AFTER = _cues(_KO_HOUSE + r"[을를]\s?인용", _JA_HOUSE + r"[」』》]? (?:の報道|の記事|電)? を(?:引用|引い)")

_TOLD_BEFORE = _cues(
    r"""(?: \b(?: [Aa]ccording\sto | (?:[Aa]s\s)?reported\s(?:by|in) | reports?\sby
    | (?:quoted|cited|published|obtained|seen|carried|aired)\s(?:by|in|on) | told | tells
    | interview(?:ed)?\s(?:with|to|by|for|in) | (?:spoke|speaking|comments?|remarks|statement|confirmed|said)\sto
    | (?:wrote|writes|writing|article|column|op-ed)\s(?:in|for) | informs | [Pp]er ) )\s"""
    + _EN_OF,
    r"""[,”"»–—-]\s? (?:reports|reported|writes|wrote|says|said)\s (?:the\s)? $""",
    r"""\b(?: [Зз]а\s(?:даними|інформацією|повідомлення[мх]и?|версією|оцінк\w+) | [Яя]к\s(?:повідомля|пиш|переда
    |інформу|зазнача)\w+ | повідомля[юєл]\w* | повідоми\w+ | переда(?:є|ють|ло|в) | пиш(?:е|уть) | написал[аио]
    | інформу\w+ | зазнача\w+ | розпові\w+ | сказа\w+ | заяви\w+ | дізнал\w+ | в\sінтерв'ю(?:\sдля)?
    | [Уу]\sрозмові\sз | в\sкоментарі
    | [ув]\sматеріалі | [Дд]жерел[аоу]м?и? )\s"""
    + _CYRILLIC_OF,
    r"""\b(?: [Пп]о\s(?:данным|информации|сообщени\w+|сведениям|версии) | [Кк]ак\s(?:сообща|пиш|переда)\w+
    | сообща\w+ | сообщи\w+ | переда[её]т | передают | передал[аио]? | пиш[еу]т | информиру\w+ | отмеча\w+ | приводит
    | узнал\w* | выяснил\w* | рассказа\w+ | заяви\w+ | уточни\w+ | в\sинтервью | [Вв]\sбеседе\sс | в\sкомментарии
    | в\sматериале | [Ии]сточник\w* )\s"""
    + _CYRILLIC_OF,
    r"(?:^|[^占收数數證证論论考票単单]) (?:[據据依]|[綜综]合) (?![點点理說说])" + _CHINESE_OF,
    r"(?:告訴|告诉|透露給|透露给|向) [《「“]? $",
)
_TOLD_AFTER = _cues(
    _EN_HOUSE
    + r"""(?: report(?:s|ed) | says | said | writes | wrote | claims | claimed | reveal(?:s|ed) | disclosed | learned
    | informs | was\stold | quoted | quotes | cites | commentary | editorial )\b
    (?!\s(?:\w+\s){0,3}(?:it|its|in\sa\sstatement|profit|loss)\b)""",
    r"""["»”]? (?:\s(?:у|в|во|також|также|\d+\s\w+))? (?:\s\w+у)? \s(?: повідомля | повідоми | переда[єв] | переда[её]т
    | передал | передают | пиш[еу] | написал | інформу | информиру | стверджу | утвержда | зазнача | отмеча | дізнал
    | узнал | выяснил | сообща | сообщи | розповіл | рассказал )""",
    r"""["»”]? ,? \s(?:і?з\sпосил | со\sссылк)""",
    _JA_HOUSE
    + r"""(?: に(?:よると|よれば|よりますと|語っ|明らか|述べ|話し|答え)
    | の(?:報道|取材|インタビュー|記事|社説|論評|世論調査)(?![陣官局])
    | [がも](?:\d{1,2}日)?(?:報じ|伝え|報道|配信|速報) | \d{0,2}日?報道(?![の官陣機局部被番]) | 電(?:に|$) )""",
    _KO_HOUSE
    + r"""(?:\s?(?:\w+\s)?(?:언론|매체|외신)들?)? (?: 에\s(?:따르면|의하면|말했|밝혔|전했|["“])
    | [와과]의\s?(?:\w+\s)?(?:인터뷰|통화) | \s인터뷰[에를서]
    | [이가]?\s(?:\d+일\s|\w{1,4}발\s)?보도(?:[했하에가를로]|$)
    | [이가]\s(?:\d+일[^.]{0,9}\s)?(?:전했|보도) | \s(?:사설|논평|여론조사)(?!위원|실) )""",
    _ZH_HOUSE
    + r"""(?: 報導 | 報道 | 报道 | 报导 | 引述 | 援引 | 消息 | 披露 | 獨家 | 独家 | 指出 | [稱称说說引] | 刊[文登]
    | 發文 | 发文 | 專訪 | 专访 | 採訪 | 采访 | (?:文章|評論|评论|社[評评論论]|民[調调])(?![員员])
    | [記记]者[^,。]{0,24}[獲获]悉 )""",
)
_TOLD_FAR = _cues(
    _JA_HOUSE
    + r"""[はが、] [^。]{0,70}? (?: [とをに](?:報じ|伝え|報道(?![陣官])|速報|紹介|掲載|論評)
    | (?:報じ|伝え|報道し)(?:た|てい) )""",
    _KO_HOUSE + r"[은는이가]\s [^.]{0,80}? [고를을다]\s (?:\d+일(?:\(현지\s?시간\))?\s)? (?:보도|전)[했한하]",
    r"""["»”]? ,\s (?:посилаючись|ссылаясь|citing|quoting)\b""",
)
_DENIED_BEFORE = _cues(
    r"\b(?:den|reject|refut|dismiss|disput|rebut)\w+\s (?:\w+\s){0,3}? (?:reports?\s)? (?:by|from|in|of)?\s?" + _EN_OF,
    r"""(?:опровер|спростув|спростов|запереч|отверг)\w*\s (?:\w+\s){0,4} ["«]? $""",
    r"(?:否認|否认|駁斥|驳斥|反駁|反驳|澄清|批評|批评|譴責|谴责) [^,。]{0,6} $",
)
_DENIED_AFTER = _cues(
    r"""[のの的의]? (?:'s)? \s? (?:\w{0,4}\s)? (?:報道|報導|报道|보도|report|story) (?:内容|內容)? [^。.,]{0,14}?
    (?: 否定 | 否認 | 否认 | 부인 | 반박 | 아니 | 不實 | 不实 | 誤り | false | 交涉 | 交渉 | 抗[議议] )"""
)

_OPENS_BEFORE = _cues(
    r"""(?: [\[【(] [^\])】]{1,12} [\])】] \s? )? (?: [\u3400-\u9fff]{0,4} | [A-ZА-Я]{2,4}\s ) [《「『“"«]? $"""
)
_OPENS_AFTER = _cues(
    r"""[》」』”"»]? (?: \s? (?:通信|新聞|紙|통신|신문|News|news\sagency|\([^)]{1,12}\)) )? \s? (?:\d{1,2}月)?
    (?:\d{1,2}日)? \s? (?: :(?!\d) | \s?[“"‘'](?!s\b) )"""
)
_CLOSES_BEFORE = _cues(r"""(?: \s[-–—]+ | [=―|:/─ー] ) \s* (?:the\s)? [«“"]? $""")
_CLOSES_AFTER = _cues(
    r"""(?: \s? (?:News|news\sagency|通信|新聞|紙|電|통신) )? (?: \s? (?:報道|報導|报道|보도|reports?) )?
    [»”".]* \s* $"""
)
_DATELINE = _cues(
    r"""(?: [A-ZА-ЯІЇЄҐ][\w'-]* (?:[ ,./:]+|$) ){0,6} (?: \d{1,2} (?:[ ,./]+|$) )?
    (?: [a-zа-яіїєґ]{3,10} (?:[ ,./]+|$) )?
    (?: \d{4} [ ,./]* )? [—–-]* \s* $"""
)
_DATELINE_ENDS = _cues(r"\s*[—–-]+\s", r"\.\s")
_BRACKET_BEFORE = _cues(r"(?: [(\[【〔] | (?:^|(?<=[\s.]))/ ) ([^()\[\]【】〔〕]{0,32}) $")
_BRACKET_AFTER = _cues(
    r"""(?: \s? (?: 通信社? | 新聞社? | 통신 | [Nn]ews(?:\s[Aa]gency)? | 時事 | 電 | 电 | 発 | 配信 | 記者[^)\]】]{0,24}
    | 特約[^)\]】]{0,12} | [=・·,、/|\s][^)\]】〕/]{0,24} | \d[^)\]】]{0,12} )? )? \s? [)\]】〕/]"""
)
_PHOTO = re.compile(
    r"사진|그래픽|영상|제공|캡처|写真|資料|提供|映像|動画|照片|圖|图|図|攝|摄|фото|відео|видео|photo|image|picture|video",
    re.IGNORECASE,
)
_WIRE = _cues(
    r"[^,。:;!?)]{0,20}? \d{1,2}(?:日|/\d{1,2}) [^,。:;!?日]{0,6}? [电電讯訊]",
    r"[記记]者 [^,。:]{2,10} /",
)
_LINE_BEFORE = _cues(
    r"""(?: \b[Ss]ource | 来源 | 來源 | 出典 | 配信元? | 출처 | [Дд]жерело | [Ии]сточник | \([cC]\) )
    \s?:?\s? [«"]? $""",
    r"^By\s (?:[A-Z][\w.]+\s){0,3} $",
)


def kind(span: Span, *, short: bool, again: bool) -> Credit | None:
    """Say how a name is credited. ``short`` names need a credit line; ``again``: the same outlet stands just before."""
    before = span.text[max(0, span.start - _NEAR) : span.start]
    near = span.text[span.end : span.end + _NEAR]
    if not short and not (_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(near)):
        if _CITED_BEFORE.search(before) or _CITED_AFTER.match(near):
            return Credit.CITED
        far = span.text[span.end : min(span.end + _FAR, span.after)]
        if _TOLD_BEFORE.search(before) or _TOLD_AFTER.match(near) or _TOLD_FAR.match(far) or _opens(span, near):
            return Credit.TOLD
    if not again and _line(span, before, near):
        return Credit.LINE
    return Credit.TOLD if span.start and _CLOSES_AFTER.match(near) and _CLOSES_BEFORE.search(before) else None


def _opens(span: Span, near: str) -> bool:
    """Say whether the text opens with the name and a colon, or with the name and a quotation."""
    return span.start <= _STARTS and bool(_OPENS_BEFORE.match(span.text[: span.start]) and _OPENS_AFTER.match(near))


def _line(span: Span, before: str, near: str) -> bool:
    """Say whether the name stands in a credit line: in brackets at either end, a dateline, or after "Source:"."""
    if _LINE_BEFORE.search(before) or _WIRE.match(near):
        return True
    opened, closed = _BRACKET_BEFORE.search(before), _BRACKET_AFTER.match(near)
    if opened is None or closed is None:
        return _dateline(span.text[: span.start]) and _DATELINE_ENDS.match(near) is not None
    if _PHOTO.search(opened[1]) or _PHOTO.search(closed[0]):
        return False
    rest = span.text[span.end + closed.end() :]
    at_start = span.start <= _STARTS and _dateline(before[: opened.start()])
    return at_start or len(rest.strip()) <= _ENDS or re.match(r"\s*[-|–—]\s?\S.{0,24}$", rest) is not None


def _dateline(head: str) -> bool:
    return len(head) <= _STARTS and _DATELINE.fullmatch(head) is not None
