"""The questions that an analysis asks, as plain SQL that both databases take: the annex prints them as they stand.

``{which}`` is the condition on leads, told in full in the printed text; ``:since``, ``:until`` and the like are
parameters.
"""

# ruff: noqa: S608 -- all statements are put together from fixed texts; what anybody gives is a parameter

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RIGHT: Final = "leads.status IN ('confirmed', 'referred')"
STANDING: Final = "leads.status NOT IN ('dismissed', 'duplicate', 'lapsed')"
PERIOD: Final = "leads.first_seen_at >= :since AND leads.first_seen_at < :until"
ROUTES: Final = (
    ("境外", ("海外", "境外", "直邮", "清关", "过关", "代购")),
    ("快递", ("快递", "包邮", "顺丰", "邮寄", "发货", "到付", "邮费")),
    ("物流", ("物流", "货运", "托运", "大巴", "班车")),
    ("自提", ("自提", "面交", "当面", "上门", "同城", "自取")),
)
"""How things come to the buyer, by words on the page; the first that fits counts."""
UNSAID: Final = "未写明"
MOST: Final = 40  # rows of a list that a person reads
MOST_PRICES: Final = 50_000  # different prices; more change no quartile
MOST_LINKS: Final = 20_000  # rows that join sellers: a few MB
READ: Final = 2_000  # characters of a page that are looked at: a long thread would slow all
MOST_LEADS: Final = 1_000_000  # whose words are read; the limit also lets SQLite join title and body once a lead
HUB: Final = 50  # sellers of one contact; a number that more of them show is a platform's hotline


@dataclass(frozen=True, slots=True)
class Query:
    """One question."""

    name: str
    title: str
    columns: tuple[str, ...]
    sql: str
    more: tuple[tuple[str, int], ...] = ()
    """Parameters beside the period."""


def _route() -> str:
    cases = (
        f"WHEN {' OR '.join(f'''said.words LIKE '%{word}%' '''.rstrip() for word in words)} THEN '{name}'"
        for name, words in ROUTES
    )
    return "CASE " + "\n    ".join(cases) + f"\n    ELSE '{UNSAID}' END"


_COUNTED = f"COUNT(*) AS leads, SUM(CASE WHEN {RIGHT} THEN 1 ELSE 0 END) AS confirmed"
_DISTINCT = f"COUNT(DISTINCT leads.id) AS leads, COUNT(DISTINCT CASE WHEN {RIGHT} THEN leads.id END) AS confirmed"
_HITS = "FROM leads JOIN hits ON hits.detection_id = leads.detection_id\nWHERE {which}"
_LIMIT = (("most", MOST),)

QUERIES: Final = (
    Query(
        "statuses", "期内首次发现的线索，按研判状态", ("状态", "线索"),
        f"SELECT leads.status, COUNT(*) AS leads\nFROM leads\nWHERE {PERIOD}\n"
        "GROUP BY leads.status\nORDER BY leads DESC, leads.status",
    ),
    Query(
        "categories", "标的类别（研判人员更正过的按更正后）", ("类别", "线索", "已确认"),
        f"SELECT COALESCE(leads.judged_category, leads.category) AS category, {_COUNTED}\nFROM leads\nWHERE {{which}}\n"
        "GROUP BY COALESCE(leads.judged_category, leads.category)\nORDER BY leads DESC, category",
    ),
    Query(
        "species", "物种、部位和制品", ("名称", "线索", "已确认"),
        f"SELECT hits.term, {_DISTINCT}\n{_HITS} AND hits.kind IN ('species', 'part', 'product')\n"
        "GROUP BY hits.term\nORDER BY leads DESC, hits.term\nLIMIT :most", _LIMIT,
    ),
    Query(
        "gear", "禁用猎具、渔具", ("名称", "线索", "已确认"),
        f"SELECT hits.term, {_DISTINCT}\n{_HITS} AND hits.kind = 'gear'\n"
        "GROUP BY hits.term\nORDER BY leads DESC, hits.term\nLIMIT :most", _LIMIT,
    ),
    Query(
        "channels", "写法（隐蔽手法）", ("写法", "线索", "已确认"),
        f"SELECT hits.channel, {_DISTINCT}\n{_HITS} AND hits.kind <> 'context'\n"
        "GROUP BY hits.channel\nORDER BY leads DESC, hits.channel",
    ),
    Query(
        "codewords", "暗语和变形写法", ("网页原文", "所指", "写法", "线索"),
        "SELECT hits.matched, hits.term, hits.channel, COUNT(DISTINCT leads.id) AS leads\n"
        f"{_HITS} AND hits.kind <> 'context' AND hits.channel NOT IN ('exact', 'width', 'variant', 'context')\n"
        "GROUP BY hits.matched, hits.term, hits.channel\nORDER BY leads DESC, hits.matched, hits.term\nLIMIT :most", _LIMIT,
    ),
    Query(
        "prices", "标价（人民币，面议除外）", ("名称", "计价单位", "标价", "线索"),
        "SELECT COALESCE(NULLIF(leads.subject, ''), leads.term) AS term, COALESCE(snapshots.price_unit, '') AS unit,\n"
        "  snapshots.price_amount, COUNT(*) AS leads\n"
        "FROM leads JOIN snapshots ON snapshots.id = leads.snapshot_id\n"
        "WHERE {which} AND snapshots.price_amount IS NOT NULL AND COALESCE(snapshots.price_currency, 'CNY') = 'CNY'\n"
        "GROUP BY COALESCE(NULLIF(leads.subject, ''), leads.term), COALESCE(snapshots.price_unit, ''), snapshots.price_amount\n"
        "ORDER BY term, unit, snapshots.price_amount\nLIMIT :most", (("most", MOST_PRICES),),
    ),
    Query(
        "regions", "发布地", ("发布地", "线索", "已确认"),
        f"SELECT snapshots.region, {_COUNTED}\nFROM leads JOIN snapshots ON snapshots.id = leads.snapshot_id\n"
        "WHERE {which} AND snapshots.region <> ''\n"
        "GROUP BY snapshots.region\nORDER BY leads DESC, snapshots.region\nLIMIT :most", _LIMIT,
    ),
    Query(
        "sites", "站点", ("站点", "线索", "已确认"),
        f"SELECT sites.name, {_COUNTED}\nFROM leads JOIN sites ON sites.id = leads.site_id\nWHERE {{which}}\n"
        "GROUP BY sites.name\nORDER BY leads DESC, sites.name\nLIMIT :most", _LIMIT,
    ),
    Query(
        "intents", "供给和需求", ("意图", "线索", "已确认"),
        f"SELECT detections.intent, {_COUNTED}\nFROM leads JOIN detections ON detections.id = leads.detection_id\n"
        "WHERE {which}\nGROUP BY detections.intent\nORDER BY leads DESC, detections.intent",
    ),
    Query(
        "routes", "发布地、交付方式、平台", ("发布地", "交付方式", "站点", "线索"),
        "SELECT shown.region, shown.route, shown.site, COUNT(*) AS leads\nFROM (\n"
        f"  SELECT said.region, said.site,\n    {_route()} AS route\n  FROM (\n"
        "    SELECT COALESCE(snapshots.region, '') AS region, sites.name AS site,\n"
        f"      snapshots.title || substr(snapshots.body, 1, {READ}) AS words\n"
        "    FROM leads JOIN snapshots ON snapshots.id = leads.snapshot_id JOIN sites ON sites.id = leads.site_id\n"
        "    WHERE {which}\n    LIMIT :leads\n  ) AS said\n) AS shown\n"
        "GROUP BY shown.region, shown.route, shown.site\nORDER BY leads DESC, shown.region, shown.route, shown.site\n"
        "LIMIT :most", (("leads", MOST_LEADS), ("most", 2_000)),
    ),
    Query(
        "networks", "共用联系方式的卖家", ("卖家编号", "站点", "卖家", "联系方式种类", "联系方式", "该卖家线索"),
        "WITH shown AS (\n  SELECT DISTINCT leads.id AS lead_id, leads.seller_id, listing_contacts.contact_id\n"
        "  FROM leads JOIN listing_contacts ON listing_contacts.listing_id = leads.listing_id\n"
        "  WHERE {which} AND leads.seller_id IS NOT NULL\n), shared AS (\n"
        "  SELECT contact_id FROM shown GROUP BY contact_id HAVING COUNT(DISTINCT seller_id) BETWEEN 2 AND :hub\n"
        "), totals AS (\n  SELECT seller_id, COUNT(DISTINCT lead_id) AS leads FROM shown GROUP BY seller_id\n)\n"
        "SELECT DISTINCT shown.seller_id, sites.name, sellers.name, contacts.kind, contacts.value, totals.leads\n"
        "FROM shown JOIN shared ON shared.contact_id = shown.contact_id\n"
        "  JOIN totals ON totals.seller_id = shown.seller_id\n"
        "  JOIN sellers ON sellers.id = shown.seller_id JOIN sites ON sites.id = sellers.site_id\n"
        "  JOIN contacts ON contacts.id = shown.contact_id\n"
        "ORDER BY shown.seller_id, contacts.kind, contacts.value\nLIMIT :most", (("hub", HUB), ("most", MOST_LINKS)),
    ),
)  # fmt: skip


def trend(steps: int) -> Query:
    """Leads of each stretch of time; its edges are the parameters ``e0``, ``e1`` …"""
    rows = ", ".join(f"({number}, :e{number}, :e{number + 1})" for number in range(steps))
    sql = (
        f"WITH steps (number, since, until) AS (VALUES {rows})\n"
        f"SELECT steps.number, COUNT(leads.id) AS leads,\n  COUNT(CASE WHEN {RIGHT} THEN leads.id END) AS confirmed\n"
        "FROM steps LEFT JOIN leads ON leads.first_seen_at >= steps.since AND leads.first_seen_at < steps.until\n"
        "  AND {status}\nGROUP BY steps.number\nORDER BY steps.number"
    )
    return Query("trend", "按时间", ("时段序号", "线索", "已确认"), sql)
