"""Accounts and leads for tests; persons and numbers are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import listings
from storage.models import Lead
from storage.review import accounts
from storage.review.audit import Actor
from tests.storage.making import NOW, detection, hit, listing

if TYPE_CHECKING:
    from storage.database import Database
    from storage.records import ListingRecord

SYSTEM = Actor(None, "命令行")


def account(db: Database, name: str, *roles: str) -> accounts.Account:
    draft = accounts.Draft(name, "hash", roles or ("reviewer",), display_name=f"{name}同志", must_change=False)
    return accounts.create(db, draft, SYSTEM, NOW)


def offer(key: str, word: str = "猫头鹰", score: float = 80.0, verdict: str = "alert", **facts: Any) -> ListingRecord:
    """A listing that raises a lead."""
    given = {"body": f"出售{word},活体,第{key}号", "seller": "林中客"} | facts
    hit_facts = given.pop("hit_facts", {})
    made = listing(key, **given)
    return listing(key, **given, detection=detection(verdict, score, hits=[hit(made.text, word, **hit_facts)]))


def lead_ids(db: Database, site_id: int, run_id: int, *records: ListingRecord) -> list[int]:
    """Store them; ids of their leads, in the order of the records."""
    listings.write(db, site_id, run_id, records)
    with db.read() as connection:
        known = listings.known(db, site_id, [record.key for record in records])
        ids = dict(connection.execute(select(Lead.listing_id, Lead.id)).all())
    return [ids[known[record.key].listing_id] for record in records]
