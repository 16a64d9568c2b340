"""One decision over all leads of a queue: first a preview, then the decision over exactly what was shown."""

from collections import Counter
from typing import Annotated, NamedTuple

from fastapi import Form, Request
from starlette.responses import Response

from console import deciding, masking
from console.asked import Asked
from console.codes import CATEGORIES, DECISIONS
from console.deciding import Wish
from console.guards import actor
from console.pages import page
from console.person import Here, Me, Now, Person
from console.policy import policy_for
from console.routers.leads import LONGEST_NOTE, grouped
from console.routing import Screen
from console.state import Console
from storage import sites
from storage.review import bulk, reasons
from storage.review.audit import Actor
from storage.review.exceptions import Conflict, ReviewError
from storage.review.filters import Filters
from storage.review.records import BulkDone, Decision, Preview
from storage.words import STATUSES

router = Screen()

SHOWN = 100  # leads of the preview by title; the rest is counted
WAITS = "提请复核"
KINDS = {"dismiss": "排除", "confirm": "确认", "needs_info": "待补充", "reopen": "重新研判"}


@router.get("/queue/bulk")
def preview(request: Request, me: Me, here: Here, now: Now) -> Response:
    """What a decision would touch."""
    asked = Asked.read(request.query_params)
    return _page(request, me, here, asked, _seen(here, asked.filters(here.zone, me.id), now))


def _seen(here: Console, filters: Filters, now: Now) -> Preview:
    return bulk.preview(here.db, filters, now, cap=here.config.bulk_cap)


def _page(  # noqa: PLR0913 -- one parameter per part of the page
    request: Request, me: Person, here: Console, asked: Asked, found: Preview, *, status: int = 200, problem: str = "",
    wish: Wish | None = None,
) -> Response:  # fmt: skip
    facts = {
        "asked": asked,
        "siteless": asked.siteless(sites.names(here.db)) if asked.site else None,
        "back": str(asked),
        "found": found,
        "rows": found.rows[:SHOWN],
        "by_category": Counter(row.category for row in found.rows).most_common(),
        "by_site": Counter(row.site for row in found.rows).most_common(8),
        "held": sum(row.held_by not in {None, me.id} for row in found.rows),
        "grave": sum(bool(policy_for(here.config.second, row.score).verdicts) for row in found.rows),
        "cap": here.config.bulk_cap,
        "kinds": KINDS,
        "reasons": grouped(reasons.everything(here.db)),
        "categories": CATEGORIES,
        "masks": masking.hides(here, me),
        "wish": wish or Wish("dismiss"),
    }
    return page(request, "bulk.html", status=status, problem=problem, **facts)


@router.post("/queue/bulk")
def decide(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    here: Here,
    now: Now,
    do: Annotated[str, Form(max_length=100)] = "",
    reason: Annotated[str, Form(max_length=100)] = "",
    category: Annotated[str, Form(max_length=100)] = "",
    note: Annotated[str, Form(max_length=LONGEST_NOTE * 2)] = "",
    digest: Annotated[str, Form(max_length=64)] = "",
    back: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Decide on all of them, if they are still what the preview showed."""
    asked = Asked.parse(back)
    filters = asked.filters(here.zone, me.id)
    wish = Wish(f"dismiss:{reason}" if do == "dismiss" else do, category=category, note=note)
    try:
        template = _template(me, actor(request), wish, now)
        found = _seen(here, filters, now)
        policy = policy_for(here.config.second, max((row.score for row in found.rows), default=0))
        cap = here.config.bulk_cap
        done = bulk.decide_all(here.db, filters, template, now, digest=digest, cap=cap, policy=policy)
    except ReviewError as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(request, me, here, asked, _seen(here, filters, now), status=status, problem=str(error), wish=wish)
    return page(request, "bulk_done.html", asked=asked, done=done, outcomes=_outcomes(do, done, asked), undone=False)


class Outcome(NamedTuple):
    """What became of some of the leads."""

    said: str
    leads: int
    way: str
    """To the list of those that are so now."""


def _outcomes(kind: str, done: BulkDone, asked: Asked) -> list[Outcome]:
    """By what the leads are now: a decision that waits for a second person is none yet, and must not be told as one."""
    counts = Counter(one.status for one in done.decided)
    told = [Outcome(_said(kind, status), count, _list_of(status, asked)) for status, count in sorted(counts.items())]
    if all(one.said == WAITS for one in told):  # also where there are none at all
        return [Outcome(DECISIONS[kind], 0, ""), *told]
    return told


def _said(kind: str, status: str) -> str:
    if status == "pending":
        return WAITS
    return DECISIONS[kind] + (f"（{STATUSES[status]}）" if status == "lapsed" else "")  # reopened, and no longer found


def _list_of(status: str, asked: Asked) -> str:
    return f"/queue?{asked.with_(status=status, held='', changed='')}"  # deciding has let go of them


@router.post("/queue/bulk/undo")
def undo(
    request: Request,
    here: Here,
    now: Now,
    bulk_id: Annotated[str, Form(max_length=64)] = "",
    back: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Take back all of it that still stands."""
    done = bulk.undo_all(here.db, bulk_id, actor(request), now)
    outcomes = [Outcome("已撤销", len(done.decided), "")]
    return page(request, "bulk_done.html", asked=Asked.parse(back), done=done, outcomes=outcomes, undone=True)


def _template(me: Person, by: Actor, wish: Wish, now: Now) -> Decision:
    """What is done with each. Raises ReviewError: a dismissal without reason, for which every lead would be skipped."""
    if wish.kind == "dismiss" and not wish.reason:
        raise ReviewError("请选择排除理由")
    return deciding.decision(me, by, 0, wish, now)
