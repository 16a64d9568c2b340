"""《电子数据提取固定清单》 drafted: one row for each file of the capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.papers.inert import or_blank
from referrals.papers.model import Fields, Lines, Paper, Signatures, Table
from referrals.record.drafting import NOTICE, extraction_time, foot, moment, officer, signers, witness
from referrals.record.facts import Origin

if TYPE_CHECKING:
    from referrals.record.facts import Extraction
    from storage.evidence.records import StoredFile

LIST_TITLE = "电子数据提取固定清单"
COLUMNS = ("序号", "名称", "类别", "文件格式", "大小", "来源URL", "提取时间", "提取方法", "SHA-256", "SM3", "备注")
WIDTHS = (1.1, 3.0, 2.2, 2.6, 2.0, 4.2, 2.6, 3.0, 4.0, 4.0, 2.6)
CODES = frozenset({8, 9})
ROLES = {
    "warc": ("网页原始数据", "HTTP 请求并记录往返字节", "请求、响应与元数据"),
    "screenshot": ("截屏", "浏览器整页截屏", "人眼所见"),
    "mhtml": ("网页存档", "浏览器另存", "可离线打开"),
    "text": ("网页文字", "由网页读出", "便于阅读"),
    "picture": ("图片", "HTTP 下载", "信息所附"),
    "record": ("提取记录", "软件生成", ""),
    "timestamp": ("可信时间戳", "RFC 3161", ""),
}
OTHER = ("其他", "软件生成", "")
FORMATS = {
    "application/warc": "WARC 1.1（gzip）",
    "application/warc+gzip": "WARC 1.1（gzip）",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WebP",
    "image/gif": "GIF",
    "multipart/related": "MHTML",
    "message/rfc822": "MHTML",
    "text/plain": "TXT（UTF-8）",
    "application/json": "JSON",
}


def list_paper(extraction: Extraction) -> Paper:
    """The list of what was extracted."""
    order, zone, capture = extraction.order, extraction.zone, extraction.capture
    head = Fields(
        (
            ("案由", or_blank(order.case)),
            ("提取对象", f"{extraction.site}　{extraction.url}"),
            ("提取时间", f"{moment(extraction.began_at, zone)} 至 {moment(extraction.ended_at, zone)}"),
            ("提取地点", or_blank(order.place)),
            ("提取人", "\n".join(officer(one) for one in order.officers)),
            ("见证人", witness(order.witness)),
            ("清单校验值", f"提取编号 {capture.id}，SHA-256：{capture.digest}"),
        )
    )
    rows = tuple(_row(number, file, extraction) for number, file in enumerate(capture.files, 1))
    count = f"共 {len(rows)} 个文件，{sum(file.size for file in capture.files):,} 字节。以下空白。"
    missing = (f"未能取得：{capture.missing}",) if capture.missing else ()
    table = Table(COLUMNS, WIDTHS, rows, CODES)
    blocks = (head, table, Lines(missing), Signatures(count, signers(order.witness)))
    return Paper(LIST_TITLE, NOTICE, foot(order.witness), blocks, landscape=True)


def _row(number: int, file: StoredFile, extraction: Extraction) -> tuple[str, ...]:
    kind, method, remark = ROLES.get(file.role, OTHER)
    media = file.media_type.partition(";")[0].strip().lower()
    form = "WARC 1.1（gzip）" if file.name.endswith(".warc.gz") else FORMATS.get(media, media)
    origin = extraction.origins.get(file.name, Origin(extraction.url, extraction.capture.taken_at))
    when = extraction_time(origin.at, extraction.zone)
    size = f"{file.size:,} 字节"
    return (str(number), file.name, kind, form, size, origin.url, when, method, file.sha256, file.sm3, remark)
