"""The names under which services hide in an ad: 微信 alias 薇❤, v信, 卫星, 绿泡泡; QQ alias 企鹅; Telegram alias 飞机."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["phone", "wechat", "qq", "telegram"]

_J = r"[\s.·*_\-~/|❤♥♡💗💕🧡💚💙💜💛\u200b-\u200d\u2060\ufe0f]{0,3}"  # what is put between the characters of a name
_HEART = r"[❤♥♡💗💕🧡💚💙💜💛]\ufe0f?"
_EDGE = r"(?<![A-Za-z])"
_NAMES: dict[str, str] = {
    "wechat": (
        rf"(?:[+➕加]\s?(?:我\s?)?)?[微徽薇嶶溦威維维]{_J}[信言芯❤♥♡]\ufe0f?|💚\ufe0f?|{_EDGE}wei{_J}信|[vV]{_J}信|{_EDGE}[vV]\s?{_HEART}|[微薇]\s?{_HEART}|{_EDGE}(?:we\s?chat|wei\s?xin|wxid|v?[vw][\s.\-_·*]?x)(?![A-Za-z])"
        rf"|[+➕加]\s?(?:我\s?)?(?:[vV](?:[xX]|信|\s?{_HEART})?(?!ip)|[薇微徽威葳](?=[\s:：号]|[A-Za-z0-9]))|{_EDGE}[vV](?=\s?[:：])|[薇微](?=\s?[:：])|绿泡泡|绿泡|绿色软件"
    ),
    "doubtful_wechat": rf"[+➕加]?卫{_J}星|🛰\ufe0f?",
    "qq": rf"{_EDGE}(?<![@.])q{_J}q(?![A-Za-z.])|扣扣|叩叩|抠抠|蔻蔻|球球|秋秋|[+➕加]\s?q(?![A-Za-z])|{_EDGE}q(?=\s?[:：群号])|(?<![折回克卡纽搭带环锁暗按插减倒])扣(?=\s?[:：号])|[+➕加]\s?扣(?=\s?[0-9])|企鹅|鹅群|鹅(?=\s?[:：号])|🐧",
    "telegram": rf"电报|纸飞机|{_EDGE}(?:telegram|tele|tg)(?![A-Za-z])",
    "doubtful_telegram": r"飞机",
    "phone": rf"电{_J}话|手{_J}机|致电|来电|{_EDGE}(?:tel|phone|mobile)(?![A-Za-z])|☎\ufe0f?|📞|📱",
}
_FIRST = "微徽薇嶶溦威維维葳vVwWqQtTpPmM+➕加绿卫扣叩抠蔻球秋企电纸飞手致来鹅🐧💚🛰☎📞📱"
_LABEL = re.compile(
    f"(?=[{_FIRST}])(?:" + "|".join(f"(?P<{kind}>{names})" for kind, names in _NAMES.items()) + ")", re.IGNORECASE
)
_JOIN = re.compile(r"(?:同(?:号|步)?|群|号码?|和|与|或|及|&|[\s/、|+，,()\[\]（）]){0,6}", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:同号|同步|联系|咨询|客服|搜索?|添加|备注|账号|帐号|号码?|群|是|为|加|我|id(?![A-Za-z])|no\.?|[\s:：;；=→➡>\-—~.,，()（）\[\]【】「『<《👉\ufe0f\u200b-\u200d]){0,8}",
    re.IGNORECASE,
)
_SURE = re.compile(r"[:：号@]")


@dataclass(frozen=True, slots=True)
class Label:
    """Services named side by side, and where the account they announce would start."""

    kinds: tuple[Kind, ...]
    end: int
    doubtful: bool
    """The words mean something else as a rule, or nothing but a space parts them from what follows."""


def find_labels(wide: str) -> Iterator[Label]:
    """Labels in a text whose letters are folded to ASCII, in page order; ``电话/微信：`` is one label of two kinds."""
    kinds: list[str] = []
    end = -1
    for match in _LABEL.finditer(wide):
        joined = end >= 0 and (join := _JOIN.match(wide, end)) is not None and join.end() >= match.start()
        if kinds and not joined:
            yield _label(wide, kinds, end)
            kinds = []
        kinds.append(str(match.lastgroup))
        end = match.end()
    if kinds:
        yield _label(wide, kinds, end)


def _label(wide: str, kinds: list[str], end: int) -> Label:
    lead = _LEAD.match(wide, end)
    start = lead.end() if lead else end
    doubtful = all(kind.startswith("doubtful") for kind in kinds) or not _SURE.search(wide, end, start)
    names = dict.fromkeys(kind.removeprefix("doubtful_") for kind in kinds)
    return Label(tuple(names), start, doubtful)  # type: ignore[arg-type]  # the keys of _NAMES are the kinds
