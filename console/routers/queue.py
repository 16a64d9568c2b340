"""The queue: leads riskiest first, due ones in front; filters in the address; saved views."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Form, Query, Request
from starlette.responses import Response

from console import masking
from console.asked import TABS, Asked, place
from console.codes import CATEGORIES, DEPARTMENTS, ORDERS, SOURCES
from console.exceptions import Refusal
from console.guards import tell
from console.hidden import visible
from console.lead_page import objects_of
from console.opening import ordered, pass_on
from console.pages import go, own_path, page, site_name, whole_number
from console.person import Db, Here, Id, Me, Now
from console.reading import at_once
from console.routing import Nav, Screen
from storage import sites
from storage.evidence import shown
from storage.review import queue, views
from storage.review.filters import Count, Filters
from storage.words import CHANNELS, VERDICTS

router = Screen(Nav("线索", "/queue", 10, "g l"))

PAGE = 50  # rows: three screens; the next page is one key away
SEEING_PICTURES = frozenset({"reviewer", "approver", "handler"})
BESIDE = frozenset({"after", "done"})  # in this page's address beside its filters
LEAD = re.compile("[0-9]{1,10}")  # digits: more leads than any office has; a telephone number has eleven
Text = Annotated[str, Query(max_length=200)]


@router.get("/queue")
@at_once
def show(request: Request, me: Me, here: Here, db: Db, now: Now, after: Text = "") -> Response:  # noqa: PLR0913, PLR0917
    """One page."""
    asked = ordered(here, Asked.read(request.query_params, beside=BESIDE))
    problem = masking.NO_SEARCH if here.config.mask and masking.asks_for_contact(me, asked.q) else ""
    if problem:
        asked = replace(asked, q="")
    filters = asked.filters(here.zone, me.id)
    found, counts = queue.look(db, filters, now, after=place(after), limit=PAGE)
    named = _named(asked.q)
    if named is not None and (asked.q.startswith(("#", "＃")) or not found.rows) and queue.brief(db, named) is not None:
        return go(f"/leads/{named}")
    pictures = {}
    if me.roles & SEEING_PICTURES and objects_of(here) is not None:
        pictures = shown.first_pictures(db, [row.id for row in found.rows if row.picture])
    names = tuple(sites.names(db))
    siteless = asked.siteless(names)
    facts: dict[str, Any] = {
        "tabs": TABS,
        "tab_counts": _at_least(counts, filters, 0 if after else len(found.rows)),
        "changed": queue.count(db, Filters(changed=True), now),
        "categories": CATEGORIES,
        "departments": DEPARTMENTS,
        "verdicts": {code: said for code, said in VERDICTS.items() if code in {"alert", "review", asked.verdict}},
        "channels": CHANNELS,
        "orders": ORDERS,
        "sources": SOURCES,
        "sites": _labels((*names, asked.site) if siteless else names),
        "siteless": siteless,
        "views": views.of_account(db, me.id),
        "masks": masking.hides(here, me),
        "refers": asked.tab == "confirmed" and me.may("POST /referrals/new"),
    }
    number = whole_number(request.query_params.get("done"))
    done = None if number is None else queue.brief(db, number)
    return page(
        request, "queue.html", status=422 if problem else 200, asked=asked, found=found, after=after,
        pictures=pictures, done=done, problem=problem, **facts,
    )  # fmt: skip


@lru_cache(maxsize=2)  # hundreds of names, the same ones every time
def _labels(names: tuple[str, ...]) -> Mapping[str, str]:
    """Site -> what it is called on screen."""
    return MappingProxyType({name: visible(site_name(name), 30) for name in names})


def _at_least(counts: dict[str, Count], filters: Filters, shown: int) -> dict[str, Count]:
    """Where nobody counted to the end, there are of the status shown at least those `shown`."""
    for status in filters.status if len(filters.status) == 1 and not filters.changed else ():
        number, exact = counts[status]
        counts[status] = Count(number if exact else max(number, shown), exact)
    return counts


def _named(query: str) -> int | None:
    """The number of a lead that a search may mean: ``30``, ``#30``."""
    digits = unicodedata.normalize("NFKC", query).removeprefix("#").strip()
    return int(digits) if LEAD.fullmatch(digits) else None


@router.post("/queue/next")
@at_once
def claim_next(
    request: Request, me: Me, here: Here, now: Now, back: Annotated[str, Form(max_length=3000)] = ""
) -> Response:
    """Claim the first free lead of this queue and open it."""
    tell(request, "lead")
    return pass_on(here, me.id, Asked.parse(back), now)


@router.post("/queue/views")
def save_view(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    me: Me,
    db: Db,
    now: Now,
    name: Annotated[str, Form(max_length=100)] = "",
    back: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Keep this queue under a name."""
    query = str(Asked.parse(back))
    view = views.save(db, me.id, name, query, now)
    tell(request, "view", view.id, name=view.name)
    return go(own_path(f"/queue?{query}"))


@router.post("/queue/views/{view_id}/remove")
def remove_view(request: Request, me: Me, db: Db, view_id: Id) -> Response:
    """Forget a view."""
    if not views.remove(db, me.id, view_id):
        raise Refusal(404)
    tell(request, "view", view_id)
    return go("/queue")
