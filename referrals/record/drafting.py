"""《网络在线提取笔录》 drafted: every field that the rules ask for, blank where nobody knows it.

Fields: 两高一部《关于办理刑事案件收集提取和审查判断电子数据若干问题的规定》 (2016) art. 14, 《人民检察院办理网络犯罪案件规定》 art. 37.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.papers.inert import BLANK, or_blank
from referrals.papers.model import Fields, Heading, Lines, Paper, Picture, Signatures, Table
from referrals.record.offer import offer_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from referrals.papers.model import Block
    from referrals.record.comparing import Comparison, Look
    from referrals.record.facts import Extraction, Officer, Witness
    from referrals.record.pictures import SideBySide

RECORD_TITLE = "网络在线提取笔录"
NOTICE = "草稿：经两名提取人核对、签名后方为提取记录"
FOOT = "提取人（签名）：＿＿＿＿＿＿　＿＿＿＿＿＿"
WITNESS_FOOT = "　　见证人（签名）：＿＿＿＿＿＿"
LEAD_WARNING = (
    "采集程序此前自动取得的材料（下称“首次采集”）属于网络监测线索，供核查，不是提取记录；"
    "与本次提取并列，仅用于说明页面的变化。"
)
SIGNERS = ("提取人一（签名）", "提取人二（签名）")
WITNESS = "见证人（签名）"
CHANGES = {"changed": "改动", "added": "新增", "removed": "已删"}
NOTHING_BEFORE, NOTHING_NOW = "（原无）", "（已无）"


def record_paper(extraction: Extraction, comparison: Comparison, pictures: SideBySide) -> Paper:
    """The record, with what has changed since the first capture."""
    blocks = (
        *_about(extraction),
        *_environment(extraction),
        *_course(extraction),
        *_integrity(extraction),
        *offer_blocks(extraction.offer),
        *_changes(extraction, comparison, pictures),
        *_closing(extraction),
    )
    return Paper(RECORD_TITLE, NOTICE, foot(extraction.order.witness), blocks)


def foot(one: Witness) -> str:
    """Who signs each page; nobody stands in for a witness who was not there."""
    return FOOT if one.absence else FOOT + WITNESS_FOOT


def signers(one: Witness) -> tuple[str, ...]:
    """Who signs the paper."""
    return SIGNERS if one.absence else (*SIGNERS, WITNESS)


def summary(comparison: Comparison, pictures: SideBySide) -> str:
    """One sentence about words and looks."""
    said = comparison.summary
    if not comparison.now.obtained or not pictures.strips:
        return said
    if not comparison.changed and not comparison.lines:
        said = "与首次采集相比，内容逐项未见变化。"
    if not pictures.share:
        return f"{said.rstrip('。')}；截屏画面未见不同。"
    share = f"约 {pictures.share:.1%}" if pictures.share >= 0.0005 else "不到 0.1%"  # less would be told as 0.0%
    return f"{said.rstrip('。')}；画面{share} 不同（{pictures.where}，见图）。"


def moment(at: datetime | None, zone: tzinfo) -> str:
    """``2026年11月22日 12时30分05秒（Asia/Shanghai，UTC+08:00）``."""
    if at is None:
        return BLANK
    local = at.astimezone(zone)
    offset = local.strftime("%z")
    return f"{local:%Y年%m月%d日 %H时%M分%S秒}（{zone}，UTC{offset[:3]}:{offset[3:]}）"


def officer(one: Officer) -> str:
    """One officer on one line."""
    return f"{one.name}　单位：{one.unit}　证号：{one.number}"


def witness(one: Witness) -> str:
    """The witness, the reason why there is none, or lines to write on."""
    if one.name:
        return f"{one.name}　证件：{one.document}"
    if one.absence:
        return f"无见证人，原因：{one.absence}"
    return f"{BLANK}　证件：{BLANK}　（无见证人的，注明原因：{BLANK}，并对提取过程录像）"


def _about(extraction: Extraction) -> Iterator[Block]:
    order, zone = extraction.order, extraction.zone
    first, second = order.officers
    yield Fields(
        (
            ("案由", or_blank(order.case)),
            ("提取对象", f"网站：{extraction.site}\n账号：{or_blank(extraction.account)}\n网址：{extraction.url}"),
            ("线索编号", str(extraction.lead_id)),
            ("开始时间", moment(extraction.began_at, zone)),
            ("结束时间", moment(extraction.ended_at, zone)),
            ("时钟来源", or_blank(extraction.clock)),
            ("提取地点", or_blank(order.place)),
            ("提取人一", officer(first)),
            ("提取人二", officer(second)),
            ("见证人", witness(order.witness)),
        )
    )


def _environment(extraction: Extraction) -> Iterator[Block]:
    yield Heading("一、设备、软件与网络环境")
    targets = "\n".join(
        f"{host}　IP：{ip or BLANK}\nTLS 证书指纹（SHA-256）：{mark or '无（未使用 TLS）'}"
        for host, ip, mark in extraction.targets
    )
    yield Fields(
        (
            ("设备与系统", or_blank(extraction.device)),
            ("软件及版本", or_blank(extraction.software)),
            ("出口 IP", or_blank(extraction.network)),
            ("目标 IP、证书", targets or BLANK),
            ("访问规则", or_blank(extraction.robots)),
        )
    )


def _course(extraction: Extraction) -> Iterator[Block]:
    yield Heading("二、访问方式与步骤")
    yield Lines((extraction.method,))
    rows = tuple(
        (str(number), extraction_time(step.at, extraction.zone), step.text)
        for number, step in enumerate(extraction.steps, 1)
    )
    yield Table(("序号", "时间", "步骤"), (1, 4, 10), rows)
    yield Heading("三、附属信息（跳转链与 HTTP 头）")
    if not extraction.exchanges:
        yield Lines(("未取得任何响应。",))
        return
    hops = tuple((str(n), address, headers) for n, (address, headers) in enumerate(extraction.exchanges, 1))
    yield Table(("次序", "地址与状态", "响应头"), (1, 6, 8), hops)


def extraction_time(at: datetime | None, zone: tzinfo) -> str:
    """``2026-11-22 12:30:05``, in the zone that the head of the record names."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if at else BLANK


def _integrity(extraction: Extraction) -> Iterator[Block]:
    yield Heading("四、截屏与完整性校验")
    capture = extraction.capture
    yield Fields(
        (
            ("截屏", or_blank(extraction.screen)),
            ("校验算法", "SHA-256，并列 SM3（GB/T 32905）"),
            (
                "校验值",
                f"本次提取（编号 {capture.id}）固定清单的 SHA-256：\n{capture.digest}\n各文件的校验值见《电子数据提取固定清单》",
            ),
            ("可信时间戳", extraction.timestamp or "无"),
        )
    )


def _changes(extraction: Extraction, comparison: Comparison, pictures: SideBySide) -> Iterator[Block]:
    zone = extraction.zone
    yield Heading("六、与首次采集的对照")
    yield Lines((LEAD_WARNING, summary(comparison, pictures)))
    columns = ("项目", _column(comparison.first, zone), _column(comparison.now, zone), "结论")
    nothing = "—" if comparison.now.obtained else "（未取得）"
    rows = tuple((name, then or "—", now or nothing, verdict) for name, then, now, verdict in comparison.rows)
    yield Table(columns, (2, 5, 5, 2), rows)
    if comparison.lines:
        yield Lines(("文字对照（只列不同之处）：",), small=True)
        differing = tuple(
            (CHANGES[line.change], line.before or NOTHING_BEFORE, line.after or NOTHING_NOW)
            for line in comparison.lines
        )
        yield Table(("变化", "首次采集（线索）", "本次提取"), (2, 6, 6), differing)
    yield from _remarks(comparison)
    yield Lines((pictures.note,), small=True)
    for number, strip in enumerate(pictures.strips, 1):
        part = f"（{number}/{len(pictures.strips)}）" if len(pictures.strips) > 1 else ""
        yield Picture(strip, f"截屏对照{part}：左为首次采集（线索），右为本次提取；红框为不同之处")


def _column(look: Look, zone: tzinfo) -> str:
    return f"{look.source}\n{extraction_time(look.at, zone)}"


def _remarks(comparison: Comparison) -> Iterator[Block]:
    said = []
    if comparison.left_out:
        said.append(f"另有 {comparison.left_out} 处文字差异未列出，见证据包中的原文。")
    if comparison.cut:
        said.append("正文过长，只比较了开头部分；全文见证据包。")
    if said:
        yield Lines(tuple(said), small=True)


def _closing(extraction: Extraction) -> Iterator[Block]:
    yield Heading("七、其他说明")  # always there: the signatures stand under words, never alone on a page
    yield Lines(extraction.remarks or ("无。",))
    yield Signatures("以上笔录经核对无误。", signers(extraction.order.witness))
