"""What leads say, in words: for tables of letters, for lists, for an office's own templates."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from referrals.routing.words import CATEGORIES, FLAGS, TEMPLATES, listed
from storage.words import CHANNELS, CONTACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from storage.referral.records import ReferredHit, ReferredLead

NOTICE = "网络监测线索，供核查"
INTENTS = {"sell": "出售", "buy": "求购", "serve": "提供食用", "service": "提供服务", "none": "不明"}
PAGE_STATES = {
    "online": "在线",
    "changed": "有改动",
    "sold": "已售",
    "gone": "已下架",
    "relisted": "重新上架",
    "": "未复查",
}
FILES = {
    "warc": ("网页原始数据", "份"),
    "picture": ("图片", "张"),
    "screenshot": ("截屏", "张"),
    "mhtml": ("网页存档", "份"),
}
"""Role of a captured file -> what a letter calls it, and its unit."""
REMARK = re.compile("（(?:圈内叫法|叫法|相关说法|暗语|组合)）$")
GEAR = frozenset({"hunting_gear", "fishing_gear"})
MOST_HITS = 6  # of one lead in a cell: the evidence package tells all
MOST_NAMED = 5  # sites, accounts, things that a sentence names
NAME = 60  # characters of an account, a price, a thing in a cell: longer ones are noise
LIMITS = {
    "标题": 120,
    "网址": 200,
    "账号": NAME,
    "联系方式": 200,
    "标价": NAME,
    "地区": NAME,
    "标的": NAME,
    "命中": 240,
}
"""Characters of one value in a letter's tables: the workbook and the evidence package hold the whole."""
LEAD_FIELDS = (
    "序号", "编号", "标题", "网址", "账号", "联系方式", "标的", "类别", "行为", "标价", "命中", "首次发现", "固定时间", "网站", "地区",
    "重点", "依据", "摘要", "发布时间", "证据校验值", "页面状态", "来源",
)  # fmt: skip


def lead_facts(lead: ReferredLead, zone: tzinfo | None) -> dict[str, str]:
    """One lead under the names of `LEAD_FIELDS`; nothing is cut, nothing is made harmless: each format does that."""
    return {
        "序号": str(lead.position),
        "编号": str(lead.lead_id),
        "标题": lead.title,
        "网址": lead.url,
        "网站": lead.site,
        "账号": lead.seller or "",
        "联系方式": "；".join(f"{CONTACTS.get(kind, kind)} {value}" for kind, value in lead.contacts),
        "标价": lead.price_text or "",
        "地区": lead.region or "",
        "类别": CATEGORIES.get(lead.category, lead.category),
        "标的": named(lead.subject),
        "行为": INTENTS.get(lead.intent, lead.intent),
        "重点": listed(lead.flags, FLAGS),
        "命中": hits_said(lead.hits),
        "依据": "；".join(dict.fromkeys(hit.clause for hit in lead.hits if hit.clause)),
        "摘要": lead.excerpt,
        "发布时间": moment(lead.posted_at, zone),
        "首次发现": moment(lead.first_seen_at, zone),
        "固定时间": moment(lead.captured_at, zone),
        "证据校验值": lead.manifest or "",
        "页面状态": PAGE_STATES.get(lead.page_state, lead.page_state),
        "来源": "自动采集" if lead.source == "crawl" else lead.source,
    }


def cell_facts(lead: ReferredLead, zone: tzinfo | None) -> dict[str, str]:
    """The same, short enough for a cell, each value on one line."""
    return {name: cut(value, LIMITS.get(name, 1000)) for name, value in lead_facts(lead, zone).items()}


def cut(text: str, longest: int = NAME) -> str:
    """One line, of at most `longest` characters."""
    flat = " ".join(text[: longest * 2].split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def moment(at: datetime | None, zone: tzinfo | None) -> str:
    """``2026-11-22 12:30``."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def day(at: datetime) -> str:
    """``2026年11月22日``, as official letters write it; in the moment's own zone."""
    return f"{at.year}年{at.month}月{at.day}日"


def hits_said(hits: Sequence[ReferredHit]) -> str:
    """``象牙（原词）；果冻料（暗语，写作“果 冻 料”）``, each term once."""
    said: dict[str, str] = {}
    for hit in hits:
        how = CHANNELS.get(hit.channel, hit.channel)
        written = f"，写作“{hit.matched}”" if hit.matched != hit.term else ""
        said.setdefault(hit.term, f"{named(hit.term)}（{how}{written}）")
    parts = list(said.values())
    more = [f"等 {len(parts)} 处"] if len(parts) > MOST_HITS else []
    return "；".join([*parts[:MOST_HITS], *more])


def things(leads: Iterable[ReferredLead]) -> str:
    """What the leads are about, in the words of the law: never a word from a page."""
    found = Counter(lead.category for lead in leads)
    found.pop("context", None)
    codes = [code for code in CATEGORIES if code in found]
    if not codes:
        return "野生动植物"
    return listed(codes[:3], CATEGORIES) + ("等" if len(codes) > 3 else "")


def named(subject: str) -> str:
    """Without the remark that the lexicon adds to a name: 可视瞄鱼器（叫法） is 可视瞄鱼器."""
    return REMARK.sub("", subject)


def subjects(leads: Iterable[ReferredLead]) -> str:
    """What is offered, the gravest first: a sentence that names five must name the ivory."""
    counted: Counter[str] = Counter()
    gravest: dict[str, tuple[bool, bool, bool, float]] = {}
    for lead in leads:
        if not lead.subject:
            continue
        name = f"{cut(named(lead.subject))}（{things([lead])}）"
        gear = lead.category in GEAR  # its text names the animals it is for
        rank = (not gear and "worst" in lead.flags, not gear and "protected" in lead.flags, not gear, lead.score)
        counted[name] += 1
        gravest[name] = max(rank, gravest.get(name, rank))
    names = sorted(counted, key=lambda name: (*(-rank for rank in gravest[name]), -counted[name], name))
    return _first(names, "种")


def flagged(leads: Iterable[ReferredLead]) -> str:
    """What the program takes for grave, and that it is the program who says so."""
    codes = dict.fromkeys(flag for lead in leads if lead.category not in GEAR for flag in lead.flags)
    return f"系统按文字提示：{listed(codes, FLAGS)}（是否属实须核实）" if codes else ""


def some(values: Iterable[str], unit: str) -> str:
    """``甲、乙等 7 个``: the most frequent ones, then how many there are."""
    counted = Counter(cut(value) for value in values if value)
    if not counted:
        return ""
    names = [name for name, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]
    return _first(names, unit)


def _first(names: Sequence[str], unit: str) -> str:
    said = "、".join(names[:MOST_NAMED])
    return said if len(names) <= MOST_NAMED else f"{said}等 {len(names)} {unit}"


def secured(leads: Sequence[ReferredLead]) -> str:
    """``2 条已固定（网页 2 份、图片 1 张；1 条没有截屏）``: only what is really there."""
    kept = [lead for lead in leads if lead.evidence > 0]
    if not kept:
        return f"{len(leads)} 条均未固定"
    counts = Counter(dict.fromkeys(FILES, 0))
    for lead in kept:
        counts.update(dict(lead.files))
    said = "、".join(f"{name} {counts[role]} {unit}" for role, (name, unit) in FILES.items() if counts[role])
    bare = sum(not dict(lead.files).get("screenshot") for lead in kept)
    more = f"；{'均' if bare == len(kept) else f'{bare} 条'}没有截屏" if bare else ""
    missing = f"，{len(leads) - len(kept)} 条未固定" if len(kept) < len(leads) else ""
    return f"{len(kept)} 条已固定电子数据并计算校验值（{said or '文件种类不明'}{more}）{missing}"


def span(moments: Iterable[datetime], zone: tzinfo | None) -> str:
    """``2026年11月1日至11月22日``; empty without moments."""
    days = sorted(at.astimezone(zone) for at in moments)
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first.date() == last.date():
        return day(first)
    return f"{day(first)}至{day(last)}"


def numbers(ids: Iterable[int]) -> str:
    """``101 至 104、109``: all of them, for a number that is left out is a lead that nobody looks for."""
    stretches: list[list[int]] = []
    for one in sorted(set(ids)):
        if stretches and one == stretches[-1][1] + 1:
            stretches[-1][1] = one
        else:
            stretches.append([one, one])
    said = [str(first) if first == last else f"{first} 至 {last}" for first, last in stretches]
    return "、".join(said)


def title_of(kind: str, leads: Sequence[ReferredLead], office: str) -> str:
    """The title to begin with: 某县林业局关于移送陆生野生动物案件线索的函."""
    from referrals.letters.kinds import KINDS

    if kind == "crime":
        return TEMPLATES[kind]
    return f"{office}关于{KINDS[kind].subject.format(things=things(leads))}的函"
