"""One sign stands for another: full-width, circled, mathematical letters and digits, Chinese numerals.

Every fold here keeps the length, so that a span in the folded text is the same span in the original.
"""

from __future__ import annotations

import unicodedata


def _plain(code: int) -> str | None:
    """The ASCII letter, digit or mark that a compatibility character stands for."""
    digit = unicodedata.digit(chr(code), None)
    char = str(digit) if digit is not None else unicodedata.normalize("NFKC", chr(code))
    return char if len(char) == 1 and char.isascii() else None


_COMPATIBLE = (
    range(0xFF01, 0xFF5F),  # full-width forms
    range(0x2460, 0x24FF),  # circled and parenthesised digits and letters
    range(0x2776, 0x2794),  # dingbat digits
    range(0x2070, 0x208A),  # super- and subscripts
    range(0x2160, 0x2180),  # Roman numerals: Ⅴ信
    range(0x1D400, 0x1D800),  # mathematical alphanumerics
    (0xB2, 0xB3, 0xB9, 0x3000, 0xA0),
)
WIDTH: dict[int, str] = {code: plain for codes in _COMPATIBLE for code in codes if (plain := _plain(code)) is not None}
WIDTH |= {ord("￥"): "¥", ord("￡"): "£", ord("。"): "."} | dict.fromkeys(map(ord, "－–—―‐‑−"), "-")

_NUMERALS = ("零〇洞", "一壹幺么弌", "二贰貳弍两", "三叁參弎", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
DIGITS: dict[int, str] = WIDTH | {ord(char): str(digit) for digit, chars in enumerate(_NUMERALS) for char in chars}
"""As `WIDTH`, and Chinese numerals read digit by digit (幺 is how 1 is spoken in a phone number)."""

_VALUES = {char: digit for digit, chars in enumerate(_NUMERALS) for char in chars if char not in "洞幺么"}
_VALUES |= {ord_: int(ord_) for ord_ in "0123456789"}
_VALUES |= {"兩": 2, "两": 2}
_POWERS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
NUMERAL = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億兩貳參陸廿"
"""The characters of a written Chinese number, for use in a character class."""


def read_numeral(text: str) -> int | None:
    """Value of a written Chinese number: ``一千二百`` 1200, ``三千五`` 3500, ``二〇二六`` 2026; None when it is none."""
    text = text.replace("廿", "二十")
    if not text or len(text) > 24:  # 24 characters write any number below 10**16
        return None
    if all(char in _VALUES for char in text):
        return int("".join(str(_VALUES[char]) for char in text))
    total = section = digit = 0
    power = 1  # of the last unit: 三千五 is 三千五百
    pending = False
    for char in text:
        if char in _VALUES:
            if pending and digit and _VALUES[char]:  # 三五百: three to five hundred, the lower counts
                continue
            digit, pending = _VALUES[char], True
            power = 1 if digit == 0 else power
        elif char in _POWERS:
            if not pending and char not in "十拾":
                return None
            section += (digit if pending else 1) * _POWERS[char]
            digit, pending, power = 0, False, _POWERS[char]
        elif char in _MYRIADS and (section or digit):
            total = (total + section + digit) * _MYRIADS[char]
            section, digit, pending, power = 0, 0, False, _MYRIADS[char]
        else:
            return None
    return total + section + digit * (power // 10 if power >= 100 else 1)
