"""Many decided leads at once: written directly, for tests of what is learned from them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from storage.models import Lead
from storage.review.models import Decision
from tests.storage.making import NOW, detection, hit, listing
from tests.storage.review.making import lead_ids, offer

if TYPE_CHECKING:
    from storage.database import Database

TOY = "这是毛绒玩具"


def offers(count: int, first: int = 0):
    """Every second one is a toy; scores say nothing of it."""
    for number in range(first, first + count):
        score = float(50 + number * 7 % 40)
        if number % 2:
            made = listing(f"r{number}", f"出售老虎{number},{TOY}", seller=f"会员{number % 9}")
            found = hit(made.text, "老虎", entry="toy", channel="pinyin")
            yield listing(
                f"r{number}", made.body, seller=made.seller, detection=detection("alert", score, hits=[found])
            )
        else:
            yield offer(f"r{number}", body=f"猫头鹰活体现货{number}", score=score, seller=f"会员{number % 9}")


def fill(db: Database, site_id: int, run_id: int, account_id: int, count: int = 320, *, bulk: str | None = None):
    """Leads decided one minute after the other: toys are dismissed, all but each tenth; their ids."""
    ids = lead_ids(db, site_id, run_id, *offers(count))
    with db.write() as connection:
        seen = dict(connection.execute(select(Lead.id, Lead.detection_id).where(Lead.id.in_(ids))).all())
        made = []
        for number, lead in enumerate(ids):
            right = number % 2 == 0 or number % 20 == 1
            made.append({
                "lead_id": lead, "at": NOW + timedelta(minutes=number), "account_id": account_id,
                "kind": "confirm" if right else "dismiss", "reason": None if right else "not_object.toy", "asks": False,
                "note": "", "detection_id": seen[lead], "score": 60.0, "bulk_id": bulk,
            })  # fmt: skip
        connection.execute(insert(Decision), made)
        said = {"confirm": "confirmed", "dismiss": "dismissed"}
        rows = [{"one": row["lead_id"], "said": said[row["kind"]], "when": row["at"]} for row in made]
        change = update(Lead).where(Lead.id == bindparam("one"))
        connection.execute(change.values(status=bindparam("said"), decided_at=bindparam("when")), rows)
    return ids
