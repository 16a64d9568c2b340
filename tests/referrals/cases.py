"""Referrals as the tests need them: built in memory, all of them fictional."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from referrals.letters import Contact, Office
from storage.referral.records import Referral, ReferralCase, ReferredHit, ReferredLead

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
MADE = AT.astimezone(ZONE)
OFFICE = Office("某县林业局", "某县城关镇示范路1号", "0000-0000000", "张某某", "")
POLICE = Contact("某县公安局", "李某某", "0000-1111111", "某县示范路2号")
MARKET = Contact("某县市场监督管理局", "王某某", "0000-2222222", "某县示范路3号")
HOSTILE = {
    "formula": '=HYPERLINK("http://evil.example","点我")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "dde": 'DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc.exe"',
    "field": '{ INCLUDETEXT "c:/secret.txt" } { HYPERLINK "http://evil.example" }',
    "xml": "<w:instrText>DATE</w:instrText></w:t></w:r><script>alert(1)</script>&amp;]]>",
    "placeholder": "{{文号}} {{#线索}} {{线索.联系方式}} {{/线索}}",
    "typst": '#read("/etc/passwd") *粗* $x$ #{panic()}',
    "override": "\u202egnp.exe\u202c 象牙 \u200b\u2066手镯\u2069",
    "surrogate": "孤立代理 \ud83d 象牙",
    "controls": "响铃\x07 空\x00 换行\n第二行\r\n制表\t垂直\x0b",
    "emoji": "🐘🦷 出 👨‍👩‍👧 𠮷野家",
    "long": "长" * 10_000,
    "latin": "a" * 3000,
}


def hit(**facts: Any) -> ReferredHit:
    given = {
        "entry": "ivory", "term": "象牙", "kind": "product", "category": "animal_product", "channel": "exact", "matched": "象牙",
        "clause": "《国家重点保护野生动物名录》", "weight": 40.0, "detail": {},
    }  # fmt: skip
    return ReferredHit(**given | facts)


def lead(number: int = 1, **facts: Any) -> ReferredLead:
    given = {
        "lead_id": 100 + number, "position": number, "site": "示例论坛", "platform": "discuz", "key": f"t{number}",
        "url": f"https://forum.example/thread-{number}-1-1.html", "title": f"出象牙手镯一只，懂的来 {number}", "seller": "林中客",
        "seller_id": 7, "contacts": (("phone", "13800001234"), ("wechat", "demo_owl88")), "price_text": "3000元",
        "price_amount": Decimal(3000), "region": "某省某县", "posted_at": AT - timedelta(days=9),
        "first_seen_at": AT - timedelta(days=8), "last_seen_at": AT - timedelta(days=1), "verdict": "alert", "score": 91.0,
        "status": "confirmed", "source": "crawl", "category": "animal_product", "subject": "象牙", "intent": "sell",
        "flags": ("protected", "worst"), "terms": ("象牙",),
        "hits": (hit(), hit(term="果冻料", channel="codeword", matched="果 冻 料")),
        "departments": ("forestry", "market_supervision", "public_security"),
        "excerpt": "出象牙手镯一只，微信 demo_owl88，电话13800001234，包邮", "evidence": 2, "manifest": "ab" * 32,
        "captured_at": AT - timedelta(days=2), "page_state": "online", "detection_id": 1, "snapshot_id": 1, "listing_id": 1,
        "files": (("picture", 2), ("screenshot", 1), ("warc", 1)),
    }  # fmt: skip
    return ReferredLead(**given | facts)


def case(kind: str = "lead", leads: tuple[ReferredLead, ...] | None = None, **facts: Any) -> ReferralCase:
    leads = (lead(),) if leads is None else leads
    department = {"crime": "public_security", "appraisal": "forestry", "cleanup": "cyberspace", "platform": "platform",
                  "postal": "postal"}.get(kind, "market_supervision")  # fmt: skip
    receiver = {"public_security": "某县公安局", "forestry": "某县林业局野生动植物保护站", "cyberspace": "某县网信办",
                "platform": "示例网络科技有限公司", "postal": "某市邮政管理局"}.get(department, "某县市场监督管理局")  # fmt: skip
    given = {
        "id": 5, "number": "网林移〔2026〕5号", "template": kind, "department": department, "receiver": receiver,
        "copies": ("forestry", "cyberspace"), "title": "", "status": "draft",
        "routing": {"lead": department, "support": ["forestry", "cyberspace"], "clause": "“网盾行动”联合方案职责分工：市场监管局监管网上广告、交易",
                    "explanation": "因涉及网上交易，由市场监管局主办。"},
        "fields": {}, "masked": False, "seller_id": None, "campaign_id": None, "drafted_by": 1, "drafter": "移送员甲",
        "drafted_at": AT, "approved_by": 2, "approver": "负责人乙", "sent_at": None, "due_at": None, "due_kind": "", "step_id": 1,
        "updated_at": AT, "lead_ids": tuple(one.lead_id for one in leads),
    }  # fmt: skip
    return ReferralCase(Referral(**given | facts), leads)
