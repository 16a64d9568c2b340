"""Health: what the figures of one run say, compared with the last good ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from crawler.config import Expect
    from storage.records import RunTally

Level = Literal["error", "warning"]
Status = Literal["complete", "partial", "failed", "interrupted"]

GOOD_RUNS = 5  # enough for one odd run not to set the measure
DROP = 0.5  # a run that saw less than half of the usual listings has lost a board or a selector
RISE = 0.4  # a field that is empty this much more often than before is no longer read
MANY_ERRORS = 0.2  # one page in five failing is a sick site, not a stray fault
ENOUGH = 5  # pages below which shares say nothing
FATAL_ON_LIST = {
    "login_wall": "列表页变成了登录墙",
    "captcha": "列表页出现验证码或安全验证",
    "soft_404": "列表页已不存在",
    "robots": "robots.txt 不允许访问列表页",
}
PROBLEM_NAMES = {
    "timeout": "超时",
    "dns": "域名无法解析",
    "connection": "连接失败",
    "http_error": "拒绝访问或服务器出错",
    "too_large": "网页过大",
    "truncated": "传输不完整",
    "redirect_loop": "跳转过多或跳到站外",
    "not_html": "不是网页",
    "login_wall": "需要登录",
    "captcha": "要求验证码",
    "soft_404": "信息已消失",
    "robots": "robots.txt 不允许",
    "parse_error": "没有读到标题和正文",
    "empty_list": "列表为空",
    "trap": "循环翻页",
    "internal": "程序出错",
}
FIELD_NAMES = {
    "title": "标题",
    "body": "正文",
    "price": "价格",
    "seller": "卖家",
    "posted_at": "日期",
    "images": "图片",
    "contacts": "联系方式",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know about a run."""

    level: Level
    kind: str
    reason: str
    """Chinese."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run was, for its health to be judged."""

    tally: RunTally
    expect: Expect
    before: Sequence[RunTally]
    """Tallies of the last good runs, newest first."""
    list_problems: Mapping[str, str]
    """Kind → reason, of list pages that could not be read."""
    covered: bool
    """All lists were read as far as meant."""
    early_stop: bool = False
    """The known-page rule ended a walk: fewer listings than usual are no alarm."""
    interrupted: bool = False
    failure: str | None = None
    """The run could not go on, e.g. a full disk."""
    problems: Mapping[str, int] = field(default_factory=dict)
    """Kind → how many pages could not be read because of it."""
    unread: tuple[int, Mapping[str, int]] = (0, {})
    """Rows of lists that are as they were and were read all the same; title, body → how many of them lack it."""
    reached: Collection[str] = ()
    """Limits at which the run stopped: ``pages``, ``items``, ``minutes``."""


def judge(facts: Facts) -> tuple[Status, tuple[Finding, ...]]:
    """How the run ended, and everything worth saying about it, worst first."""
    findings = sorted(_findings(facts), key=lambda finding: finding.level != "error")
    if facts.failure is None and facts.interrupted:
        return "interrupted", tuple(findings)
    if any(finding.level == "error" for finding in findings):
        return "failed", tuple(findings)
    return ("complete" if facts.covered and not facts.tally.errors else "partial"), tuple(findings)


def _findings(facts: Facts) -> Iterable[Finding]:
    if facts.failure is not None:
        yield Finding("error", "storage", facts.failure)
    yield from _list_findings(facts)
    if not facts.interrupted and facts.failure is None:
        yield from _yield_findings(facts)
    yield from _limit_findings(facts)
    yield from _error_findings(facts)
    yield from _field_findings(facts)


def _list_findings(facts: Facts) -> Iterable[Finding]:
    usual = _usual(facts)
    for kind, reason in facts.list_problems.items():
        if kind == "trap":
            yield Finding("warning", kind, reason)
        elif kind == "empty_list":
            had = f"（以往约 {usual:.0f} 条）" if usual else ""
            yield Finding("error" if usual or not _listed(facts.tally) else "warning", kind, reason + had)
        else:
            yield Finding("error", kind, f"{FATAL_ON_LIST.get(kind, '列表页读取失败')}：{reason}")


def _yield_findings(facts: Facts) -> Iterable[Finding]:
    seen, usual = _listed(facts.tally), _usual(facts)
    least, most = facts.expect.listings
    if seen == 0 and usual:
        if "empty_list" not in facts.list_problems:
            yield Finding("error", "zero_listings", f"一条信息也没有读到（以往约 {usual:.0f} 条）")
    elif usual and seen < usual * DROP and not facts.early_stop:
        yield Finding("warning", "yield_drop", f"只读到 {seen:.0f} 条信息，以往约 {usual:.0f} 条")
    if least is not None and seen < least and not facts.early_stop:
        yield Finding("error", "below_expected", f"读到 {seen:.0f} 条信息，少于设定的最少 {least} 条")
    if most is not None and seen > most:
        yield Finding("warning", "above_expected", f"读到 {seen:.0f} 条信息，多于设定的最多 {most} 条")


def _limit_findings(facts: Facts) -> Iterable[Finding]:
    if "pages" in facts.reached:
        yield Finding("warning", "limit", "列表页数达到上限，更后面的列表页没有读（可调 limits.pages、limits.depth）")
    if "items" in facts.reached:
        yield Finding("warning", "limit", "信息页数达到上限，其余的下次接着读（可调 limits.items）")
    if "minutes" in facts.reached:
        yield Finding("warning", "limit", "运行时间达到上限，其余的下次接着读（可调 limits.minutes）")


def _error_findings(facts: Facts) -> Iterable[Finding]:
    errors, pages = facts.tally.errors, facts.tally.pages
    if errors and (errors > pages * MANY_ERRORS and errors >= ENOUGH):
        yield Finding("error", "many_errors", f"{errors} 个网页读取失败（共请求 {pages} 个）{_why(facts)}")
    elif errors > len(facts.list_problems):  # those have been told above
        yield Finding("warning", "errors", f"{errors} 个网页读取失败，已记录，下次再试{_why(facts)}")


def _why(facts: Facts) -> str:
    counted = sorted(facts.problems.items(), key=lambda one: -one[1])
    named = [f"{PROBLEM_NAMES.get(kind, kind)} {count} 个" for kind, count in counted[:3]]
    return f"：{'、'.join(named)}" if named else ""


def _field_findings(facts: Facts) -> Iterable[Finding]:
    read = facts.tally.listings_new + facts.tally.listings_changed
    if read < ENOUGH:
        yield from _unread_findings(facts)
        return
    for name, share in facts.tally.empty_fields.items():
        before = median([tally.empty_fields.get(name, share) for tally in facts.before] or [share])
        label = FIELD_NAMES.get(name, name)
        if name in {"title", "body"} and share > facts.expect.empty:
            yield _not_read(share, name)
        elif share - before > RISE:
            yield Finding("warning", "empty_field", f"{share:.0%} 的信息没有读到{label}（以往 {before:.0%}）")


def _unread_findings(facts: Facts) -> Iterable[Finding]:
    """Rows that say nothing are no better for having said nothing before."""
    rows, empty = facts.unread
    for name, count in empty.items() if rows >= ENOUGH else ():
        if count > rows * facts.expect.empty:
            yield _not_read(count / rows, name)


def _not_read(share: float, name: str) -> Finding:
    return Finding("error", "empty_field", f"{share:.0%} 的信息没有读到{FIELD_NAMES[name]}，页面结构可能已改变")


def _usual(facts: Facts) -> float:
    return median([_listed(tally) for tally in facts.before] or [0])


def _listed(tally: RunTally) -> float:
    # known listings that were only looked at again say nothing about the lists, and may be many
    return tally.extra.get("listed", tally.listings)
