"""What waits for a second person (四眼): decided by one, to be approved or refused by another."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from console import masking
from console.asked import Asked
from console.pages import page
from console.person import Db, Here, Me, Now
from console.reading import at_once
from console.routing import Nav, Screen
from storage.review import decisions, queue
from storage.review.filters import Filters, QueueRow
from storage.review.records import Step

router = Screen(Nav("复核", "/second", 12, "g f"))

PAGE = 50  # rows: each costs a look at its decisions


@router.get("/second")
@at_once
def show(request: Request, me: Me, here: Here, db: Db, now: Now) -> Response:
    """Those of others to be looked at, and my own that wait."""
    found = queue.page(db, Filters(status=("pending",)), now, limit=PAGE)
    waiting = [(row, _asking(decisions.history(db, row.id))) for row in found.rows]
    own = [(row, step) for row, step in waiting if step is not None and step.account_id == me.id]
    others: list[tuple[QueueRow, Step | None]] = [
        (row, step) for row, step in waiting if step is None or step.account_id != me.id
    ]
    asked = Asked(status="pending")
    facts: dict[str, Any] = {
        "own": own,
        "others": others,
        "more": found.next is not None,
        "masks": masking.hides(here, me),
    }
    return page(request, "second.html", asked=asked, **facts)


def _asking(history: tuple[Step, ...]) -> Step | None:
    """The decision that waits."""
    return next((step for step in reversed(history) if step.asks and not step.undone), None)
