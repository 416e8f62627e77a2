"""
Headline -> the largest sum of money that it names, in US dollars, roughly. Pure; 0 where it names none.

Only for telling a large sum from a small one: rates are round and change nothing but the side of a threshold.
"""

import re
import unicodedata

_TIMES = {
    **dict.fromkeys(["thousand", "тис", "千", "천"], 1e3),
    **dict.fromkeys(["万", "萬", "만"], 1e4),
    **dict.fromkeys(["million", "mln", "m", "млн", "мільйон", "миллион", "百万", "百萬"], 1e6),
    **dict.fromkeys(["千万", "千萬", "천만"], 1e7),
    **dict.fromkeys(["億", "亿", "억"], 1e8),
    **dict.fromkeys(["百億", "百亿", "백억"], 1e10),
    **dict.fromkeys(["千億", "千亿", "천억"], 1e11),
    **dict.fromkeys(["billion", "bn", "b", "млрд", "мільярд", "миллиард"], 1e9),
    **dict.fromkeys(["trillion", "tn", "трлн", "兆", "조"], 1e12),
}
_WORTH = {
    **dict.fromkeys(["us$", "$", "dollar", "usd", "ドル", "달러", "불", "美元", "美金", "долар", "доллар"], 1.0),
    **dict.fromkeys(["€", "euro", "eur", "ユーロ", "유로", "欧元", "歐元", "євро", "евро"], 1.1),
    **dict.fromkeys(["¥", "yen", "jpy", "円", "엔", "日元", "日圓", "єн", "ієн", "иен"], 1 / 150),
    **dict.fromkeys(["₩", "won", "krw", "ウォン", "원", "韩元", "韓元", "韓圜", "вон"], 1 / 1400),
    **dict.fromkeys(["nt$", "新台幣", "新臺幣", "新台币", "台幣", "台币"], 1 / 32),
    **dict.fromkeys(["yuan", "rmb", "cny", "元", "人民币", "人民幣", "위안", "юан"], 1 / 7),
}


def _either(words: dict[str, float]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_TIME, _COIN = _either(_TIMES), _either(_WORTH)
_NUMBER = r"(?P<number>\d[\d,.]{0,20}(?: \d{3}\b){0,4})"
_SPOKEN = rf"(?:[\s-]?(?P<times>{_TIME})(?![a-z])[а-яіїєґ.]*)?"
_SUM = re.compile(
    rf"(?:(?P<front>us\$|nt\$|[$€¥₩]|新[台臺]幣)\s?{_NUMBER}{_SPOKEN})|(?:{_NUMBER.replace('number', 'amount')}"
    rf"{_SPOKEN.replace('times', 'scale')}[\s-]*(?:of |us )?(?P<back>{_COIN}))"
)


def amount_usd(text: str) -> float:
    """Return the largest sum in a text."""
    found = _SUM.finditer(unicodedata.normalize("NFKC", text).lower())
    return max((_usd(match) for match in found), default=0.0)


def _usd(match: re.Match[str]) -> float:
    number, times = match["number"] or match["amount"], match["times"] or match["scale"]
    coin = match["front"] or match["back"]
    return _value(number) * _TIMES.get(times or "", 1.0) * _WORTH.get(coin, 1.0)


def _value(number: str) -> float:
    """Read 1,500 and 1 500 as thousands, 1.5 and 1,5 as fractions."""
    plain = number.replace(" ", "").strip(".,")
    plain = re.sub(r"[,.](?=\d{3}(?:\D|$))", "", plain).replace(",", ".")
    whole, _, fraction = plain.partition(".")
    return float(f"{whole or 0}.{fraction.replace('.', '') or 0}")
