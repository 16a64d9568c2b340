"""The list for other programs: CSV that spreadsheets do not compute, JSON with stable keys."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

from referrals.letters.told import LEAD_FIELDS, NOTICE
from referrals.lists.columns import leads_of, rows
from referrals.papers.inert import inert

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from storage.referral.records import ReferralCase, ReferredLead

LONGEST = 32_000  # characters: a spreadsheet cell takes 32,767
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What begins a formula (OWASP, CSV injection), full width as well."""
SURROGATE = re.compile("[\ud800-\udfff]")


def csv_bytes(case: ReferralCase, zone: tzinfo, *, masked: bool | None) -> bytes:
    """UTF-8 with BOM; all cells quoted; what might be computed has an apostrophe before it."""
    sink = StringIO()
    writer = csv.writer(sink, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(LEAD_FIELDS)
    for row in rows(case, zone, masked=masked):
        writer.writerow([_harmless(value) for value in row])
    return sink.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    plain = inert(text, LONGEST)
    return f"'{plain}" if plain.lstrip(" \u3000").startswith(FORMULA) else plain


def json_bytes(case: ReferralCase, *, masked: bool | None) -> bytes:
    """Texts exactly as stored, moments in UTC."""
    referral = case.referral
    facts = {
        "notice": NOTICE,
        "referral": {
            "id": referral.id,
            "number": referral.number,
            "template": referral.template,
            "department": referral.department,
            "receiver": referral.receiver,
            "copies": list(referral.copies),
            "title": referral.title,
            "masked": referral.masked if masked is None else masked,
            "routing": referral.routing,
        },
        "leads": [_lead(lead) for lead in leads_of(case, masked=masked)],
    }
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    # UTF-8 cannot hold a lone surrogate: JSON's own escape can
    return SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode()


def _lead(lead: ReferredLead) -> dict[str, Any]:
    return {
        "id": lead.lead_id,
        "position": lead.position,
        "site": lead.site,
        "url": lead.url,
        "title": lead.title,
        "seller": lead.seller,
        "contacts": [{"kind": kind, "value": value} for kind, value in lead.contacts],
        "price": lead.price_text,
        "region": lead.region,
        "category": lead.category,
        "subject": lead.subject,
        "intent": lead.intent,
        "flags": list(lead.flags),
        "verdict": lead.verdict,
        "score": lead.score,
        "hits": [
            {"term": hit.term, "channel": hit.channel, "matched": hit.matched, "clause": hit.clause}
            for hit in lead.hits
        ],
        "excerpt": lead.excerpt,
        "posted_at": _moment(lead.posted_at),
        "first_seen_at": _moment(lead.first_seen_at),
        "captured_at": _moment(lead.captured_at),
        "captures": lead.evidence,
        "manifest_sha256": lead.manifest,
        "page_state": lead.page_state,
        "source": lead.source,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
