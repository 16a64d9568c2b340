"""Takes back what a person said last of a sample: a slip is noticed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import exists, select, update

from storage.marking import LAPSED, NEW
from storage.models import Lead
from storage.review import audit
from storage.review.audit import Event
from storage.review.decisions import UNDO_WITHIN
from storage.review.describing import refresh
from storage.review.exceptions import ReviewError
from storage.review.finding import SOURCE
from storage.review.models import Decision, Lease
from storage.review.models import Draw as DrawRow
from storage.review.models import Sample as SampleRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.review.audit import Actor


class TakenBack(NamedTuple):
    """A sample that waits again."""

    sample_id: int
    kind: str


def take_back(db: Database, actor: Actor, now: datetime) -> TakenBack:
    """Undo this person's last verdict on a sample; a further call takes back the one before.

    A lead that the verdict has made lapses, as if the listing had never been found.

    Raises:
        ReviewError: there is nothing to take back, it is too late, or somebody has decided on the lead meanwhile.
    """
    last = (
        select(SampleRow, DrawRow.kind)
        .join(DrawRow, DrawRow.id == SampleRow.draw_id)
        .where(SampleRow.account_id == (actor.account_id or 0), SampleRow.judged_at >= now - UNDO_WITHIN)
        .order_by(SampleRow.judged_at.desc(), SampleRow.id.desc())
        .limit(1)
        .with_for_update(of=SampleRow)
    )
    with db.write() as connection:
        row = connection.execute(last).one_or_none()
        if row is None:
            minutes = int(UNDO_WITHIN.total_seconds() // 60)
            raise ReviewError(f"没有可以撤销的判断（只能撤销 {minutes} 分钟之内自己作出的判断）")
        found = row.lead_id if row.kind == "unflagged" else None
        if found is not None:
            _let_lapse(connection, found, actor, now)
        cleared = {"judged_at": None, "account_id": None, "verdict": None, "note": ""}
        cleared |= {"lead_id": None} if found is not None else {}
        connection.execute(update(SampleRow).where(SampleRow.id == row.id).values(cleared))
        detail = {"verdict": row.verdict, "note": row.note} | ({"lead": found} if found is not None else {})
        audit.add(connection, actor, Event("sample.undo", "sample", row.id, detail), now)
    return TakenBack(row.id, row.kind)


def _let_lapse(connection: Connection, lead_id: int, actor: Actor, now: datetime) -> None:
    """Unless somebody has touched it: then the verdict is not taken back either."""
    query = select(Lead.status, Lead.source, Lead.listing_id).where(Lead.id == lead_id).with_for_update()
    status, source, listing_id = connection.execute(query).one()
    if source != SOURCE:  # the lexicon had found it meanwhile: it was no lead of ours
        return
    touched = connection.scalar(select(exists().where(Decision.lead_id == lead_id)))
    others = (Lease.lead_id == lead_id, Lease.until_at > now, Lease.account_id != (actor.account_id or 0))
    held = connection.scalar(select(exists().where(*others)))
    if status != NEW or touched or held:
        raise ReviewError(f"由它成为的线索 #{lead_id} 已有人研判，不能撤销；请在线索页处理")
    connection.execute(update(Lead).where(Lead.id == lead_id).values(status=LAPSED, updated_at=now))
    refresh(connection, [listing_id])
