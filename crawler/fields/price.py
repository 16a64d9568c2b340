"""What a page asks for an offer."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crawler.fields.glyphs import NUMERAL, WIDTH, read_numeral
from crawler.fields.text import line_text
from crawler.items import Price

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = 120  # characters; a price field is shorter, a longer text is prose
_REACH = 4000  # characters of prose that are looked at

_SIGNS = {
    "HKD": ("HK$", "HKD", "港币", "港元", "港幣"),
    "TWD": ("NT$", "NTD", "TWD", "新台币", "新台幣", "台币", "台幣"),
    "SGD": ("S$", "SGD", "新币", "新加坡元"),
    "AUD": ("A$", "AU$", "AUD", "澳元"),
    "CAD": ("C$", "CA$", "CAD", "加元"),
    "USD": ("US$", "USD", "美元", "美金", "$"),
    "EUR": ("€", "EUR", "欧元"),
    "GBP": ("£", "GBP", "英镑"),
    "JPY": ("JPY", "日元", "日圆", "円"),
    "KRW": ("₩", "KRW", "韩元"),
    "THB": ("฿", "THB", "泰铢"),
    "VND": ("₫", "VND", "越南盾"),
    "MMK": ("MMK", "缅币"),
    "CNY": ("CN¥", "CNY", "RMB", "人民币", "人民幣", "¥"),
    "MYR": ("MYR", "马币", "令吉", "RM"),
}
_CURRENCY = {sign: code for code, signs in _SIGNS.items() for sign in signs}
_SIGN = "|".join(re.escape(sign) for sign in sorted(_CURRENCY, key=len, reverse=True))
_UNITS = {
    "kg": "公斤",
    "隻": "只",
    "條": "条",
    "對": "对",
    "個": "个",
    "顆": "颗",
    "張": "张",
    "臺": "台",
    "頭": "头",
    "市斤": "斤",
    "g": "克",
}
_UNIT = (
    "公斤|千克|市斤|kg|平方米|平米|只|隻|条|條|斤|两|克|g|对|對|个|個|株|棵|颗|顆|粒|枚|张|張|台|臺|套|尾|头|頭|把|瓶|盒|件|米"
    "|根|支|箱|包|袋|副|块|匹|羽|串|吨|组|窝|盆|苗|片|筐|桶|次|本|节|位|份|份"
)
_NUMBER = r"\d{1,12}(?:[,.]\d{1,6}){0,5}"
# What a seller adds to the number instead of 元. No bare 刀 (slang for a dollar, and a knife).
_TRADE = (
    "不?包邮|包快递|包运费|不?含(?:邮|运费)|(?:运费|邮费)(?:自理|到付)|可[小大]?刀|不刀|可议|不(?:可|接受)?(?:议价|讲价|还价)"
    "|不议"
)
_MYRIAD = r"(?:\s?[万萬千仟百佰亿wWkK](?![A-Za-z])(?:\d{1,4}(?![\d.]|\s?(?:" + _UNIT + r"))[千百]?)?)"
_WRITTEN = rf"(?:(?!一(?:{_UNIT}))[{NUMERAL}]){{1,16}}"
_AMOUNT = rf"(?:{_NUMBER}{_MYRIAD}?|{_WRITTEN})"
_OFFER = re.compile(
    rf"(?:(?:每|一|1\s?)(?P<before>{_UNIT})\s?[:：]?\s?)?"
    rf"(?:(?<![A-Za-z])(?P<sign>{_SIGN})\s?|(?<![A-Za-z0-9_.]))"
    rf"(?P<low>{_AMOUNT})"
    rf"(?:\s?(?:-|~|至|到)\s?(?:{_SIGN})?\s?(?P<high>{_AMOUNT}))?"
    rf"(?:\s?(?P<tail>元|圆|圓|块钱?|塊|毛|角|(?:{_SIGN})(?![A-Za-z]|\s?\d))(?:(?P<small>[\d一二两三四五六七八九])(?:毛|角|(?![\d.%]|\s?(?:{_UNIT}))))?)?"
    rf"整?(?:\s?(?:(?P<per>/\s?每?|每|per\s|一(?={_UNIT}))\s?(?P<count>\d{{1,4}}\s?)?1?一?(?P<unit>{_UNIT})(?![A-Za-z])))?"
    rf"(?=\s?[(,，]?\s?(?P<trade>{_TRADE})|)",
    re.IGNORECASE,
)
_FIRM = re.compile(r"(?:不(?:可|接受|支持|再)?|勿|谢绝|拒绝)(?:议价|議價|可议)")
_NEGOTIABLE = re.compile(
    r"面议|面議|电议|電議|私聊|私信|私我|议价|議價|详谈|洽谈|面谈|可[小大]?刀|详询|询价|咨询|电联|来电|待定|另议|可议|价格?(?:请|加)|negotiable|call for price|P\.?O\.?A\b|电话(?:联系|咨询)|联系(?:我|客服|卖家|商家|店主)",
    re.IGNORECASE,
)
_OTHER_PRICE = re.compile(
    r"(?:原价|市场价|门市价|吊牌价|专柜价|划线价|参考价|运费|邮费|快递费?|定金|订金|押金|保证金|满|立减|优惠|省|list price)\D{0,4}$",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"[满买拍购够超第付]\s?$")
_LABEL = re.compile(r"^[^\d:：]{0,12}?(?:价格?|价钱|金额|price|报价|:|：)\s?[:：]?\s?$", re.IGNORECASE)
_PARTING = re.compile(r"(?<=[0-9])，(?=[0-9])")
_PHONE = re.compile(r"1[3-9]\d{9}$")
_WHOLE = re.compile(r"(\d{1,12}(?:[,.]\d{1,6}){0,5})\s?(?:([万萬千仟百佰亿wWkK])(?:(\d{1,4})([千百]?))?)?")
_POWERS = {"万": 10**4, "萬": 10**4, "w": 10**4, "千": 1000, "仟": 1000, "k": 1000, "百": 100, "佰": 100, "亿": 10**8}


def read_price(text: str) -> Price | None:
    """Price in a text; None when there is none.

    A range (``5-8元/斤``) gives the low amount. A text longer than a price field gives the place where the price stands.
    Amounts written the Chinese way are CNY when nothing else is said; a bare number has no currency.
    """
    folded = line_text(text[:_REACH])
    if len(folded) <= _LONG:
        return _read_field(folded)
    flat = _flat(folded)
    found = next((match for match in _offers(flat) if _is_marked(match)), None)
    if found is None:
        return None
    end = max(found.end(), found.end("trade")) if not _is_money(found) else found.end()
    return _read_field(folded[found.start() : end].strip())


def _flat(folded: str) -> str:
    """Width folded, length kept; a full-width comma between half-width figures parts them: 运费10，380包邮."""
    return _PARTING.sub("；", folded).translate(WIDTH)


def _read_field(folded: str) -> Price | None:
    flat = _flat(folded)
    negotiable = _NEGOTIABLE.search(_FIRM.sub("", flat)) is not None
    offers = [match for match in _offers(flat) if _is_marked(match) or _is_alone(flat, match)]
    own = [match for match in offers if not _OTHER_PRICE.search(flat[: match.start()])]
    for match in own or offers:
        amount = _amount(match)
        if amount == 0:
            return Price(folded, negotiable=True)
        if amount is not None:
            return Price(folded, amount, _currency_of(match), _unit_of(match), negotiable)
    return Price(folded, negotiable=True) if negotiable else None


def _offers(flat: str) -> Iterator[re.Match[str]]:
    return (match for match in _OFFER.finditer(flat) if not _PHONE.match(match["low"]) and not _is_cut(flat, match))


def _is_cut(flat: str, match: re.Match[str]) -> bool:
    """The number goes on behind the match: an order number, a date, a version."""
    end = match.end()
    return flat[end - 1].isdigit() and re.match(r"\d|[.,]\d", flat[end : end + 2]) is not None


def _is_marked(match: re.Match[str]) -> bool:
    return _is_money(match) or _is_traded(match)


def _is_money(match: re.Match[str]) -> bool:
    return bool(match["sign"] or match["tail"] or match["per"] or (match["before"] and match.start() == 0))


def _is_traded(match: re.Match[str]) -> bool:
    """380包邮, 1200可小刀; not 满99包邮 or 拍2包邮, nor an account number before 可议."""
    if not match["trade"] or not match["low"][0].isdigit() or _COUNTED.search(match.string, 0, match.start()):
        return False
    return (_value(match["low"]) or 0) < 10**6  # CNY; more has seven digits, as account numbers have


def _is_alone(flat: str, match: re.Match[str]) -> bool:
    """Nothing but a label stands beside the number, and it is no year-like range or single numeral."""
    before, after = flat[: match.start()], flat[match.end() :]
    if after.strip(" 。.,起左右") or (before and not _LABEL.match(before)):
        return False
    low, high = _value(match["low"]) or 0, _value(match["high"]) if match["high"] else None
    if match["low"][0].isdigit():
        return high is None or max(low, high) > 31  # 10-16 is a date
    return len(match["low"]) > 1 and low >= 10


def _amount(match: re.Match[str]) -> Decimal | None:
    low = _value(match["low"], european=_currency_of(match) == "EUR")
    if low is None:
        return None
    if match["high"]:
        low = _lower(low, match)
    if match["tail"] in {"毛", "角"}:
        return low / 10
    if match["small"]:
        low += Decimal(read_numeral(match["small"]) or 0) / 10  # 三块五
    return low if low < 10**12 else None  # more than the world's output is a number of another kind


def _lower(low: Decimal, match: re.Match[str]) -> Decimal:
    """The low end of a range; ``3-5万`` shares its 万."""
    high = _value(match["high"])
    if high is None:
        return low
    shared = _WHOLE.fullmatch(match["high"])
    if match["low"].isdecimal() and shared and shared[2] and low < Decimal(shared[1].replace(",", "")):
        low *= _POWERS[shared[2].lower()]
    return min(low, high)


def _value(written: str, *, european: bool = False) -> Decimal | None:
    """Value of ``3,371.00``, ``1.299,00``, ``3.5万``, ``3千5`` or ``一千二百``."""
    match = _WHOLE.fullmatch(written)
    if match is None:
        numeral = read_numeral(written)
        return None if numeral is None else Decimal(numeral)
    number, power, rest, rest_power = match.groups()
    value = _plain_number(number, european=european)
    if value is None or power is None:
        return value
    unit = _POWERS[power.lower()]
    value *= unit
    if rest and rest_power:
        value += int(rest) * _POWERS[rest_power]
    elif rest:
        value += int(rest) * (unit // 10 if len(rest) == 1 else 1)
    return value


def _plain_number(number: str, *, european: bool) -> Decimal | None:
    groups = re.split("[,.]", number)
    marks = [char for char in number if char in ",."]
    grouped = all(len(group) in {3, 4} for group in groups[1:]) and len(groups[0]) <= 4
    if not marks or (len(marks) == 1 and marks[0] == "." and not (european and grouped)):
        digits = number
    elif len(set(marks)) == 1 and grouped:
        digits = "".join(groups)
    elif len(marks) == 1 or (len(set(marks)) == 2 and marks.count(marks[-1]) == 1):
        digits = "".join(groups[:-1]) + "." + groups[-1]
    else:
        return None
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def _currency_of(match: re.Match[str]) -> str | None:
    for sign in (match["sign"], match["tail"]):
        if sign and sign.upper() in _CURRENCY:
            return _CURRENCY[sign.upper()]
    chinese = (
        match["tail"]
        or match["trade"]
        or match["before"]
        or (match["per"] and match["unit"])
        or re.search(r"[^\x00-\x7f]", match["low"])
    )
    return "CNY" if chinese else None


def _unit_of(match: re.Match[str]) -> str | None:
    unit = match["unit"] or match["before"]
    if unit is None:
        return None
    count = (match["count"] or "").strip() if match["unit"] else ""
    return (count if count not in {"", "1"} else "") + _UNITS.get(unit.lower(), unit)
