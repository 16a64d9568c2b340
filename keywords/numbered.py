"""Numbers of papers that stand without the paper's name: 水野驯繁字第（2021）12号, 闽林护经字〔2024〕018号, 2019CN/EC000123/GZ.

Such a number is the place and the office that gave it, the matter (驯繁, 经利, 特捕), at times 字, a year and a serial
number. The matter is what is searched for; office and place are read backwards from it. Numbers of notices (林护发〔2008〕
26号) have no such matter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN: Final = r"[(（〔﹝\[［【]"
CLOSE: Final = r"[)）〕﹞\]］】]"
DASH: Final = r"[-－—–/]"
DIGIT: Final = r"[0-9０-９〇○零一二三四五六七八九十]"
YEAR: Final = rf"{OPEN} ?{DIGIT}{{2,4}} ?年? ?{CLOSE}"
SERIAL: Final = rf"[A-Za-z]{{0,4}}-?{DIGIT}{{1,12}}(?:{DASH}{DIGIT}{{1,6}})?"
"""Brackets, dashes and digits are written in every width, the year and the serial number at times in Chinese figures."""

MATTERS: Final[dict[str, tuple[str, ...]]] = {
    "人工繁育许可证": ("驯养繁殖", "人工繁育", "驯繁", "驯殖", "驯育", "驯养", "繁育", "繁殖", "驯", "繁"),
    "经营利用许可证": ("经营利用", "经利", "营利", "经营", "利用", "经", "营", "利"),
    "特许猎捕证": ("特许猎捕", "特许捕捉", "猎捕", "特捕", "特猎", "捕捉", "捕"),
    "狩猎证": ("狩猎", "狩", "猎"),
    "采集证": ("采集", "采"),
    "允许进出口证明书": ("进出口", "进口", "出口", "进", "出"),
    "批准文件": ("许准", "许决", "批"),
}
"""What a number says that it is about, by the kind of paper (as in `claims.PAPERS`)."""
KINDS: Final = {word: kind for kind, words in MATTERS.items() for word in words}
ALONE: Final = frozenset({"驯养繁殖", "人工繁育", "驯繁", "特许猎捕", "经营利用"})
"""Matters that no other office has: they need no office in front."""
OF_WILDLIFE: Final = frozenset({"经营利用许可证", "特许猎捕证", "允许进出口证明书"})
"""Of these other offices give papers too: 农经〔2021〕12号, 船捕（2021）. The office must be one for wildlife."""

WORDS: Final = "|".join(sorted(KINDS, key=lambda word: (-len(word), word)))
BODY: Final = re.compile(
    rf"(?P<matter>{WORDS}){CLOSE}?(?:{OPEN}[\u4e00-\u9fff]{{1,3}}{CLOSE})?(?:(?P<early>{YEAR}) ?)?(?P<said>(?:许可?)?证?字)? ?"
    rf"(?P<nth>第)? ?(?:(?P<year>{YEAR}) ?|(?P<dashed>(?:19|20)[0-9]{{2}}{DASH}))?第? ?{SERIAL}"
    rf"(?:(?P<end> ?号)|(?![0-9０-９A-Za-z.．%元年月日岁代只条头尾对个斤克块万千百件株]))"
)
IMPORT: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:19|20)[0-9]{2} ?CN/[A-Z]{1,2} ?[0-9]{4,8}(?:/[A-Z]{2,4})?", re.IGNORECASE
)
PLACES: Final = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕秦甘陇青宁新港澳台国"
BEFORE: Final = re.compile(
    rf"(?:{YEAR} ?)?"
    rf"(?:(?<![\u4e00-\u9fff])[{PLACES}][\u4e00-\u9fff]{{0,3}}|{OPEN}[{PLACES}][\u4e00-\u9fff]{{0,3}}{CLOSE} ?|[{PLACES}])?"
    rf"(?P<office>[林草渔农水陆海洋野生动植物护保政业资环濒危管办]{{1,8}})(?: ?{YEAR})?[ ·]?{OPEN}?$"
)
WILDLIFE: Final = re.compile("[野护动濒]")
OFFICE: Final = re.compile("[林草渔野护动植濒]")
BEHIND: Final = 24  # characters in front of the matter in which place and office stand


class Numbered(NamedTuple):
    """A number that says by itself of which paper it is."""

    kind: str
    start: int
    end: int


def numbers(text: str, longest: int) -> Iterator[Numbered]:
    """Find the numbers in the first `longest` characters, in text order within each of the two forms."""
    after = 0
    for seen in BODY.finditer(text, 0, longest):
        before = BEFORE.search(text[max(after, seen.start() - BEHIND) : seen.start()])
        if _is_number(seen, before["office"] if before else ""):
            start = seen.start() - (len(before[0]) if before else 0)
            start -= not before and text[max(after, start - 1) : start] in {*PLACES}  # 京驯繁证字第12号
            yield Numbered(KINDS[seen["matter"]], start, seen.end())
            after = seen.end()
    for seen in IMPORT.finditer(text, 0, longest):
        yield Numbered("允许进出口证明书", *seen.span())


def _is_number(seen: re.Match[str], office: str) -> bool:
    """Tell whether office and form are those of a paper's number: 驯养（2021）12只 and 驯养第2代 are none."""
    matter, said, end = seen["matter"], seen["said"], seen["end"]
    year = seen["year"] or seen["early"]
    if not office:
        return matter in ALONE and bool((said or year) and end)
    of_wildlife = KINDS[matter] in OF_WILDLIFE and matter not in ALONE
    if not (WILDLIFE if of_wildlife else OFFICE).search(office) or (len(matter) == 1 and not (said or year)):
        return False
    return bool(year or end or (said and (seen["dashed"] or seen["nth"])))
