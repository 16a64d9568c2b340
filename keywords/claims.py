"""Claims: which permit or mark a text says there is, and its number; a claim is to be verified, never a clearance."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from keywords.numbered import SERIAL, YEAR, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keywords.numbered import Numbered

# What sellers call each paper. The kinds are those that the campaign plans name; the first name is the standard one.
PAPERS: dict[str, tuple[str, ...]] = {
    "特许猎捕证": ("特许猎捕证", "特许猎捕", "猎捕证"),
    "狩猎证": ("狩猎证",),
    "人工繁育许可证": ("人工繁育许可证", "人工繁育许可", "人工繁育证", "繁育许可证", "繁育证", "驯养繁殖许可证", "驯养繁殖证", "驯养证", "养殖证"),
    "经营利用许可证": ("经营利用许可证", "经营利用许可", "经营利用证", "经营许可证", "利用许可证"),
    "允许进出口证明书": ("允许进出口证明书", "进出口证明书", "允许进口证明", "进口证明", "cites证", "cites证书", "cites", "报关单"),
    "专用标识": ("专用标识", "专用标志", "标识芯片", "有标识", "带标识", "带芯片", "芯片", "带标"),
    "批准文件": ("批准文件", "批文", "批件"),
    "采集证": ("采集证", "采伐证"),
    "合法来源证明": ("合法来源证明", "合法来源", "来源证明", "手续齐全", "手续全", "有手续", "证件齐全", "证件全", "有全证", "全证", "有证", "带证", "证书齐全"),
    "检疫证": ("检疫合格证", "检疫证明", "检疫证", "检疫合格"),
}  # fmt: skip
KINDS = {name: kind for kind, names in PAPERS.items() for name in names}
NAME = re.compile("|".join(sorted(map(re.escape, KINDS), key=lambda name: (-len(name), name))), re.IGNORECASE)
# One of these is in each name; İ, ı and ſ are the other writings of i and s to a search that ignores case.
HINT = re.compile(r"[证许标芯批源续关疫]|[cC][iIİı][tT][eE][sSſ]")
DENIAL = re.compile(r"(?:(?:没有?|无|未|不带|不含|缺|不用|不需要?|办不了|假)[^\s，。；,;!！?？]{0,3}|不)$")
QUESTION = re.compile(r"[^\s，。；,;]{0,2}[吗?？]")
OTHER_WORD = re.compile(r"安全证|完全证|带标[本准题签]|有证[据券人]|全证券|有标识别")
NUMBER = re.compile(
    r"(?P<before>[^\n。；;]{0,6}?[:： ]{0,2})(?:(?P<label>编号|证号|号码|号|No\.?|№|第)[:： ]{0,2})?"
    rf"(?P<number>\w{{0,16}}{YEAR} ?第? ?{SERIAL} ?号"
    r"|[\w〔〕\[\]()（）【】［］-]{0,16}[0-9０-９][0-9０-９A-Za-z〔〕\[\]()（）【】［］/-]{2,24}号?)(?P<after>.{0,2})",
    re.IGNORECASE,
)
OTHER_NUMBER = re.compile(r"价|电话|手机|微信|扣|qq|联系", re.IGNORECASE)
MONEY = re.compile(r" ?(?:[元块万千wW]|[一每/][只条头尾斤克张对株棵个件])")
LONG = 8  # digits from which a bare number beside a paper is the paper's; shorter ones are prices
FOLLOWING = 48  # characters after the name in which its number stands
LONGEST_TEXT = 20_000  # characters searched: ten times the longest advertisement seen
MOST = 20  # claims of one text; more is a list of words


class Claim(NamedTuple):
    """One paper that a text says there is."""

    kind: str
    """Standard Chinese name of the paper."""
    number: str
    """As written; empty where none is given."""
    matched: str
    start: int
    """Code-point offset into the text; ``text[start:end] == matched``."""
    end: int


def read(text: str) -> tuple[Claim, ...]:
    """Return the claims of a text in text order, those that are denied (没有证) left out."""
    known = sorted(numbers(text, LONGEST_TEXT), key=lambda one: one.start)
    found, told = _named(text, known) if HINT.search(text, 0, LONGEST_TEXT) else ([], set())
    for one in known:
        if one not in told and not _is_denied(text, one.start, one.end):
            written = text[one.start : one.end]
            found.append(Claim(one.kind, written, written, one.start, one.end))
    return tuple(sorted(found, key=lambda claim: claim.start)[:MOST])


def _named(text: str, known: Sequence[Numbered]) -> tuple[list[Claim], set[Numbered]]:
    """Return the claims by name, and of the known numbers those that stand behind a name, claimed or denied."""
    found: list[Claim] = []
    told: set[Numbered] = set()
    starts = [one.start for one in known]
    for seen in NAME.finditer(text, 0, LONGEST_TEXT):
        start, end = seen.span()
        at = bisect_right(starts, start)
        if at and end <= known[at - 1].end:  # 国水野特许猎捕字〔2021〕第12号: a part of the number
            continue
        number = _number(text[end : end + FOLLOWING])
        place = text.find(number, end) if number else len(text)
        if at < len(known) and known[at].start < place + len(number) and place < known[at].end:
            number = text[known[at].start : known[at].end]
            told.add(known[at])
        if OTHER_WORD.search(text, max(0, start - 1), end + 1) or _is_denied(text, start, end):
            continue
        kind = KINDS.get(seen[0]) or KINDS[seen[0].lower()]
        found.append(Claim(kind, number, seen[0], start, end))
        if len(found) == MOST:
            break
    return found, told


def _is_denied(text: str, start: int, end: int) -> bool:
    """Tell whether what stands at (start, end) is said not to be there, or asked for."""
    return bool(QUESTION.match(text, end) or DENIAL.search(text[max(0, start - 8) : start]))


def _number(following: str) -> str:
    """Return the paper's number, or nothing: a price or a telephone is none."""
    found = NUMBER.match(following)
    if not found or OTHER_NUMBER.search(found["before"] + found["number"]) or MONEY.match(found["after"]):
        return ""
    written = found["number"].strip("()（）[]【】［］/-")
    digits = [char for char in written if char.isdigit()]
    mobile = len(digits) == 11 and digits[0] == "1"
    apart = not found["label"] and bool(found["before"]) and found["before"][0] not in ":："
    price = apart and len(digits) < LONG and len(digits) == len(written.replace("-", ""))
    return "" if len(digits) < 4 or mobile or price else written
