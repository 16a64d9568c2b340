"""What scale costs: ``python -m benchmarks.scale``: one Common Crawl month and a province's listings, from measurements.

Reads benchmarks/results/{scan-formats,rescan,archive}.json, multiplies, and puts the two tables into docs/scale.md,
between its two marks; writes benchmarks/results/scale.json. Nothing here is measured at that size: `ASSUMED` names what is taken
from others or assumed, all else comes from the results. CPU time is used in place of seconds where both are there: it
is less disturbed by what else a machine does.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
NOTE = RESULTS.parent.parent / "docs" / "scale.md"
BEGIN, END = "<!-- benchmarks.scale -->\n", "<!-- /benchmarks.scale -->\n"
HOUR, DAY = 3600.0, 86_400.0  # seconds
GIGA, TERA = 1e9, 1e12  # bytes
MACHINES = (2, 16, 64)
"""Cores of the machine that a column is for: a county's, a server, four servers."""
LINES = (100e6, 1e9)
"""Bits a second of the line that files come over."""


@dataclass(frozen=True)
class Assumed:
    """What was not measured here."""

    pages: float = 2.3e9
    """Of a Common Crawl month: 2.1 to 2.4 thousand million, as its announcements of 2024 to 2026 say."""
    wet_files: float = 100_000
    """Of a month; as many as WARC files."""
    wet_bytes: float = 90e6
    """Of one WET file, packed: 80 to 100 MB."""
    chinese: float = 0.05
    """Share of pages in Chinese: 4 to 6 % by the crawl's own language statistics; assumed."""
    province: float = 1e8
    """Listings of a province over years; assumed."""
    daily: float = 1e6
    """New or changed listings of it a day; assumed."""


ASSUMED = Assumed()


def load(name: str) -> Any:
    """One file of results."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def crawl_month(formats: dict[str, Any]) -> dict[str, float]:
    """CPU seconds and bytes of one month's WET files; the same of its Chinese pages from WARC."""
    chinese = ASSUMED.pages * ASSUMED.chinese
    foreign = ASSUMED.pages - chinese
    wet = (chinese * formats["wet-chinese"]["cpu_us"] + foreign * formats["wet-english"]["cpu_us"]) / 1e6
    return {
        "wet_bytes": ASSUMED.wet_files * ASSUMED.wet_bytes,
        "wet_core_seconds": wet,
        "wet_chinese_share": chinese * formats["wet-chinese"]["cpu_us"] / 1e6 / wet,
        "warc_core_seconds": chinese * formats["warc-chinese"]["cpu_us"] / 1e6,
    }


def province(formats: dict[str, Any], rescan: dict[str, Any], archive: dict[str, Any]) -> dict[str, float]:
    """The same of a province's listings: archived, looked through, judged anew in its database."""
    largest = {
        way: max((one for one in rescan["runs"] if one["way"] == way), key=lambda one: one["listings"])
        for way in ("database", "parquet")
    }
    count = ASSUMED.province
    return {
        "parquet_bytes": count * archive["parquet_bytes_per_listing"],
        "database_bytes": count * archive["database_bytes_per_listing"],
        "archive_seconds": count / archive["rows_per_second"],
        "archive_daily_seconds": ASSUMED.daily / archive["rows_per_second"],
        "scan_core_seconds": count * formats["parquet"]["cpu_us"] / 1e6,
        **{f"rescan_{way}_core_seconds": count * one["cpu_seconds"] / one["listings"] for way, one in largest.items()},
        **{f"rescan_{way}_seconds": count * one["seconds"] / one["listings"] for way, one in largest.items()},
    }  # fmt: skip


def span(seconds: float) -> str:
    """As exact as such an estimate is."""
    if seconds < 2 * HOUR:
        return f"{seconds / 60:,.0f} 分钟"
    return f"{seconds / HOUR:,.0f} 小时" if seconds < 3 * DAY else f"{seconds / DAY:,.0f} 天"


def month_table(month: dict[str, float]) -> list[str]:
    """Markdown."""
    cores = "".join(f" {count} 核 |" for count in MACHINES)
    rows = [f"| 一个月的 Common Crawl | 核·小时 |{cores}", "|---|" + "---:|" * (len(MACHINES) + 1)]
    for name, key in (
        ("全部 WET（{:.1f} TB）".format(month["wet_bytes"] / TERA), "wet"),
        ("只读中文网页的 WARC", "warc"),
    ):
        seconds = month[f"{key}_core_seconds"]
        rows.append(
            f"| {name} | {seconds / HOUR:,.0f} |" + "".join(f" {span(seconds / count)} |" for count in MACHINES)
        )
    lines = "，".join(f"{bits / 1e6:,.0f} Mbit/s 的线路 {span(month['wet_bytes'] * 8 / bits)}" for bits in LINES)
    share = f"WET 的 CPU 时间有 {month['wet_chinese_share']:.0%} 用在中文网页上"
    return [*rows, "", f"下载 {month['wet_bytes'] / TERA:.1f} TB：{lines}。{share}。"]


def province_table(found: dict[str, float]) -> list[str]:
    """Markdown."""
    return [
        f"| 全省 {ASSUMED.province:,.0f} 条信息 | |",
        "|---|---:|",
        f"| 归档（Parquet） | {found['parquet_bytes'] / GIGA:,.0f} GB |",
        f"| 数据库 | {found['database_bytes'] / GIGA:,.0f} GB |",
        f"| 第一次归档 | {span(found['archive_seconds'])} |",
        f"| 每天追加 {ASSUMED.daily:,.0f} 条 | {span(found['archive_daily_seconds'])} |",
        *(f"| 分片检测归档，{count} 核 | {span(found['scan_core_seconds'] / count)} |" for count in MACHINES),
        f"| 复查（读归档、写数据库），按实测的 2 核 | {span(found['rescan_parquet_seconds'])} |",
        f"| 复查（读数据库），按实测的 2 核 | {span(found['rescan_database_seconds'])} |",
    ]


def basis(formats: dict[str, Any]) -> list[str]:
    """What was measured, as Markdown: a table that says nothing of its basis is worth nothing."""
    rows = ["| 实测（检测，单核 CPU 时间） | 条数 | 每条 |", "|---|---:|---:|"]
    return rows + [f"| {name} | {one['records']:,} | {one['cpu_us']:,.0f} µs |" for name, one in formats.items()]


def basis_of_listings(rescan: dict[str, Any], archive: dict[str, Any]) -> list[str]:
    """The same of archives and re-scans."""
    rows = ["| 实测（全部进程的 CPU 时间） | 条数 | 每条 |", "|---|---:|---:|"]
    for one in rescan["runs"]:
        way = "读数据库" if one["way"] == "database" else "读归档"
        each = one["cpu_seconds"] / one["listings"] * 1e6
        rows.append(f"| 复查（{way}，含启动） | {one['listings']:,} | {each:,.0f} µs |")
    rows.append(f"| 归档 | {archive['listings']:,} | {1e6 / archive['rows_per_second']:,.0f} µs |")
    size = f"归档每条 {archive['parquet_bytes_per_listing']:,.0f} 字节，数据库每条 {archive['database_bytes_per_listing']:,.0f} 字节。"
    return [*rows, "", size]


def main() -> None:
    """Print all tables, put them into the note and write what they were made of."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    scan = load("scan-formats")["formats"]
    month = crawl_month(scan)
    facts: dict[str, Any] = {"assumed": ASSUMED.__dict__, "crawl_month": month}
    tables = [*basis(scan), "", *month_table(month)]
    if all((RESULTS / f"{name}.json").exists() for name in ("rescan", "archive")):
        rescan, archive = load("rescan"), load("archive")
        facts["province"] = province(scan, rescan, archive)
        tables += ["", *basis_of_listings(rescan, archive), "", *province_table(facts["province"])]
    text = "\n".join(tables) + "\n"
    print(text)
    before, _, rest = NOTE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    NOTE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")
    (RESULTS / "scale.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
