"""How a seller asks to be reached, disguised or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.fields.glyphs import DIGITS, WIDTH
from crawler.fields.labels import Label, find_labels
from crawler.items import Contact, ContactKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 20  # contacts of one listing; a page with more is a directory
_GAP = r"[\s()（）.\-_·•*~|,，、—\u200b-\u200f\u2060\ufeff\ufe0f\u20e3]"
_ZERO = "[0-9oO]"  # the letter O stands for zero in 138OOOO1234
_PHONE = re.compile(
    rf"(?:(?<![0-9A-Za-z])(?:\+|00)?86{_GAP}{{0,2}})?1{_GAP}{{0,3}}[3-9](?:{_GAP}{{0,3}}{_ZERO}){{9}}(?:\ufe0f?\u20e3)?"
)
# tells cheaply that a text holds no such number: every one has this, and it begins with a fixed sign
_ELEVEN = re.compile(rf"1{_GAP}{{0,3}}[3-9](?:{_GAP}{{0,3}}{_ZERO}){{9}}")
_LANDLINE = re.compile(
    r"(?<![0-9.\-/])(?:\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[\s-]{1,2}|\(0(?:10|2[0-9]|[3-9][0-9]{2})\)|(?:400|800)(?=[\s-]))"
    r"\s?-?[1-9][0-9]{2}(?:[\s-]?[0-9]{4,5}|[0-9]?[\s-]?[0-9]{4})(?![0-9])"
)
_JOINED_LANDLINE = re.compile(r"(?<![0-9])0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}(?![0-9])")
_TELEPHONE = re.compile(r"(?:电话|热线|座机|致电|tel|phone|☎|📞|固话)\D{0,4}$", re.IGNORECASE)
_OTHER_NUMBER = re.compile(
    r"(?:单号|订单|编号|货号|条码|型号|证号|许可证|身份证|ISBN|流水号|卡号|[¥$€£]|https?://\S{0,200})[^\d\n，。;；]{0,6}$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"\s?(?:元|块|万|[件只条斤个枚克]|公斤|千克)")
_SAME = re.compile(
    r"[\s)(\[\],.，、/:]{0,3}(?:(?:微信|薇信|徽信|威信|卫星|[vV]信|[vVwW][xX]|[vV]|薇|微|WeChat)(?:同号|同步|同)|同(?:微信?|薇|[vV][xX]?|[wW][xX])|(?:电话)?(?:微信|[vV][xX])(?![:：号A-Za-z0-9]))",
    re.IGNORECASE,
)
_WECHAT = re.compile(r"[A-Za-z](?:[*·•❤♥♡\u200b-\u200f\u2060\ufeff\ufe0f]{0,2}[-_A-Za-z0-9]){5,19}(?![-_A-Za-z0-9@])")
_SPACED_WECHAT = re.compile(r"[A-Za-z](?:[\s.]{1,2}[-_A-Za-z0-9]){5,19}(?![-_A-Za-z0-9@])")  # b i r d 8 8
_QQ = re.compile(r"[1-9][0-9]{4,10}(?![0-9@A-Za-z])|[1-9](?:[\s.\-·*]?[0-9]){4,10}(?![0-9@A-Za-z]|[\s.\-·*][0-9])")
_ALSO_PHONE = re.compile(r"[\s(,.]{0,3}(?:同号|同步|同?(?:电话|手机)(?:同|号|$|[^:：]))")
_WORDS = frozenset(
    ["android", "iphone", "windows", "desktop", "official", "account", "contact", "number", "group", "payment", "scan"]
)
_TELEGRAM = re.compile(r"@?\s?([A-Za-z][A-Za-z0-9_]{4,31})(?![A-Za-z0-9_])")
_TELEGRAM_LINK = re.compile(
    r"(?:t\.me/|telegram\.me/|tg://resolve\?domain=)(?:s/|@)?(\+?[A-Za-z0-9_]{5,32})(?![A-Za-z0-9_])", re.IGNORECASE
)
_TELEGRAM_NAME = re.compile(r"(?<![A-Za-z0-9._%+@/-])@([A-Za-z][A-Za-z0-9_]{4,31})(?![A-Za-z0-9_@]|\.[A-Za-z])")
_AT = r"\s?(?:@|[\[({【（<]\s?(?:at|艾特)\s?[\])}】）>]|#at#|艾特)\s?"
_AT_SIGNS = ("@", "艾特")
_DOT = r"(?:\.|\s?[\[({【（]\s?(?:dot|点)\s?[\])}】）]\s?)"
_EMAIL = re.compile(
    rf"(?<![A-Za-z0-9._%+-])([A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}){_AT}((?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}{_DOT}){{1,4}}[A-Za-z]{{2,24}})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
# beyond the first plane as one range: a set of hundreds of such signs would be compared one by one
_FOREIGN = re.compile(f"[{''.join(chr(code) for code in WIDTH if code < 0x10000)}\U0001d400-\U0001d7ff]")
_NUMERAL = re.compile(f"[{''.join(map(chr, DIGITS.keys() - WIDTH.keys()))}]")
_JUNK = re.compile(r"[^-_A-Za-z0-9]")
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class _Page:
    """One text and its two folds, all of one length."""

    text: str
    wide: str
    """Full-width and fancy letters read as ASCII."""
    digits: str
    """Chinese numerals too read as digits."""


@dataclass(frozen=True, slots=True)
class _Find:
    kind: ContactKind
    value: str
    start: int
    end: int


def read_contacts(text: str) -> tuple[Contact, ...]:
    """Phones, WeChat and QQ accounts, Telegram names and e-mail addresses in a text, in page order, at most 20.

    `Contact.text` is a substring of the text: the account as written, without its label. Time is linear in the text.
    """
    unique: dict[tuple[str, str], _Find] = {}
    for find in _finds(text):
        unique.setdefault((find.kind, find.value), find)
    return tuple(Contact(find.kind, find.value, text[find.start : find.end]) for find in list(unique.values())[:_MOST])


def contact_spans(text: str) -> list[tuple[int, int]]:
    """Where in a text every contact stands, repeated ones and those beyond the first 20 too: (start, end), in order."""
    return [(find.start, find.end) for find in _finds(text)]


def _plain(match: re.Match[str]) -> str:
    return DIGITS.get(ord(match[0]), match[0])


def _finds(text: str) -> list[_Find]:
    wide = _FOREIGN.sub(_plain, text)
    page = _Page(text, wide, _NUMERAL.sub(_plain, wide))
    labels = list(find_labels(page.wide))
    labelled = [find for label in labels for kind in label.kinds if (find := _account(page, label, kind))]
    finds = [*labelled, *_phones(page, _only_chat(labels, labelled)), *_landlines(page)]
    finds += [*_telegrams(page), *_emails(page)]
    return sorted(finds, key=lambda find: (find.start, find.end))


def _only_chat(labels: list[Label], labelled: list[_Find]) -> set[int]:
    """Where accounts start whose label names no telephone: 微信：13800001234."""
    shared = {label.end for label in labels if "phone" in label.kinds}
    return {find.start for find in labelled if find.kind in {"wechat", "qq"}} - shared


def _account(page: _Page, label: Label, kind: str) -> _Find | None:
    at = label.end
    if kind == "telegram":
        match = _TELEGRAM.match(page.wide, at)
        sure = match and (match[0][0] == "@" or not label.doubtful or _is_name(match[1]))
        return _Find("telegram", match[1], *match.span()) if match and sure else None
    if kind == "qq":
        match = _match_number(page, at)
        free = match and not _MONEY.match(page.wide, match.end())
        return _Find("qq", _digits(match[0]), *match.span()) if match and free else None
    return _wechat(page, label) if kind == "wechat" else None


def _wechat(page: _Page, label: Label) -> _Find | None:
    if match := _match_phone(page, label.end):
        return _Find("wechat", _mobile(match[0]), *match.span())
    if match := _WECHAT.match(page.wide, label.end) or _SPACED_WECHAT.match(page.wide, label.end):
        value = _JUNK.sub("", match[0])
        plain = not page.text[label.end - 1].isascii() and value.islower() and value not in _WORDS
        return _Find("wechat", value, *match.span()) if not label.doubtful or plain or _is_name(value) else None
    match = _match_number(page, label.end)
    if match is None or label.doubtful or _MONEY.match(page.wide, match.end()):
        return None
    return _Find("wechat", _digits(match[0]), *match.span())


def _is_name(value: str) -> bool:
    """An account rather than a word: behind a doubtful label (卫星) only what no dictionary holds."""
    return any(char.isdigit() or char in "_-" for char in value)


def _match_number(page: _Page, at: int) -> re.Match[str] | None:
    """A QQ number in Arabic digits (12345678一手货源 ends at 8), or else in Chinese ones."""
    return _QQ.match(page.wide, at) or _QQ.match(page.digits, at)


def _phones(page: _Page, chat: set[int]) -> Iterator[_Find]:
    if _ELEVEN.search(page.digits) is None:
        return
    at = 0
    while match := _PHONE.search(page.digits, at):
        start, end = match.span()
        if not _is_phone(page, match):
            at = start + 1  # the real number may start inside
            continue
        at = end
        value = _mobile(match[0])
        if start not in chat or _ALSO_PHONE.match(page.wide, end) or "同" in page.wide[max(0, start - 4) : start]:
            yield _Find("phone", value, start, end)
        if _SAME.match(page.wide, end):
            yield _Find("wechat", value, start, end)


def _match_phone(page: _Page, at: int) -> re.Match[str] | None:
    match = _PHONE.match(page.digits, at)
    return match if match and _is_phone(page, match) else None


def _is_phone(page: _Page, match: re.Match[str]) -> bool:
    start, end = match.span()
    before = page.wide[max(0, start - 40) : start]
    if _goes_on(page, start - 1, start) or _goes_on(page, end, end - 1):
        return False
    if re.search(r"[0-9][-.]$", before) or re.match(r"[-.][0-9]|\s?元", page.wide[end : end + 2]):
        return False
    tail = re.search(r"([A-Za-z]{1,20})[_-]?$", before)
    if (tail and not _is_label_tail(tail[1])) or _OTHER_NUMBER.search(before):
        return False
    groups = [len(group) for group in re.split(r"[^0-9oO]+", match[0].lstrip("+")) if group]
    pairs = len(groups) == 6 and set(groups[:-1]) == {2}  # 13 80 00 01 23 4
    return sum(map(str.isdigit, match[0])) >= 7 and (len(groups) <= 5 or pairs or len(groups) >= 11)


def _goes_on(page: _Page, outside: int, inside: int) -> bool:
    """A digit stands beside the number; a Chinese numeral counts only beside another: 13800001234一手货源."""
    if not 0 <= outside < len(page.text):
        return False
    if page.wide[outside] in "0123456789":
        return True
    return page.digits[outside] in "0123456789" and page.wide[inside] not in "0123456789"


def _is_label_tail(letters: str) -> bool:
    return (
        re.fullmatch(r"(?:wx|vx|v|w|q|qq|tel|phone|mobile|wechat|weixin|t|x|call|sj|dh)", letters, re.IGNORECASE)
        is not None
    )


def _mobile(written: str) -> str:
    return _NOT_DIGIT.sub("", written.replace("o", "0").replace("O", "0"))[-11:]


def _digits(written: str) -> str:
    return _NOT_DIGIT.sub("", written)


def _landlines(page: _Page) -> Iterator[_Find]:
    if "0" not in page.wide:  # each has one in its prefix
        return
    for match in _LANDLINE.finditer(page.wide):
        value = _digits(match[0])
        if 10 <= len(value) <= 12 and not _OTHER_NUMBER.search(page.wide, max(0, match.start() - 40), match.start()):
            yield _Find("phone", value, *match.span())
    for match in _JOINED_LANDLINE.finditer(page.wide):
        if _TELEPHONE.search(page.wide[max(0, match.start() - 12) : match.start()]):
            yield _Find("phone", match[0], *match.span())


def _telegrams(page: _Page) -> Iterator[_Find]:
    for pattern in (_TELEGRAM_LINK, _TELEGRAM_NAME):
        for match in pattern.finditer(page.wide):
            if match[1].lower() not in {"joinchat", "share", "addstickers", "proxy"}:
                yield _Find("telegram", match[1], *match.span())


def _emails(page: _Page) -> Iterator[_Find]:
    if not any(sign in page.wide for sign in _AT_SIGNS) and "at" not in page.wide.lower():
        return
    for match in _EMAIL.finditer(page.wide):
        domain = re.sub(_DOT, ".", match[2], flags=re.IGNORECASE)
        if not re.search(r"\.(?:png|jpe?g|gif|webp|js|css)$", domain, re.IGNORECASE):  # logo@2x.png
            yield _Find("email", f"{match[1]}@{domain}".lower(), *match.span())
