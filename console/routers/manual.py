"""A lead that somebody heard of elsewhere: telephone, reports, other offices."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Form, Request
from starlette.responses import Response

from console.asked import midnight
from console.codes import CONTACTS
from console.exceptions import Refusal
from console.guards import actor
from console.judging import judge
from console.pages import go, page
from console.person import Db, Here, Now
from console.routing import Nav, Screen
from storage.records import ContactRecord
from storage.review import manual
from storage.review.exceptions import ReviewError
from storage.review.manual import LONGEST_TITLE, SOURCES, Entry

router = Screen(Nav("录入", "/manual", 20, "g m"))

LONGEST_TYPED = 20_000  # characters of a form's text: what a person copies from a page
KINDS = {**CONTACTS, "other": "其他"}
Line = Annotated[str, Form(max_length=LONGEST_TITLE * 2)]


@router.get("/manual")
def show(request: Request) -> Response:
    """The form."""
    return _form(request)


def _form(request: Request, *, problem: str = "", **typed: Any) -> Response:
    facts = {"sources": SOURCES, "kinds": KINDS, "typed": typed, "problem": problem}
    return page(request, "manual.html", status=422 if problem else 200, **facts)


@router.post("/manual")
def enter(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    db: Db,
    now: Now,
    source: Line = "",
    title: Line = "",
    body: Annotated[str, Form(max_length=LONGEST_TYPED * 2)] = "",
    url: Annotated[str, Form(max_length=2000)] = "",
    seller: Line = "",
    price: Line = "",
    region: Line = "",
    contact_kind: Line = "phone",
    contact: Line = "",
    reference: Line = "",
    due: Line = "",
) -> Response:
    """Keep it, judged by the lexicon in force, and show it."""
    typed = {
        "source": source, "title": title, "body": body, "url": url, "seller": seller, "price": price, "region": region,
        "contact_kind": contact_kind, "contact": contact, "reference": reference, "due": due,
    }  # fmt: skip
    try:
        entry = Entry(
            source=source,
            title=title,
            body=body.replace("\r\n", "\n"),
            url=_address(url.strip()),
            seller=seller.strip() or None,
            price_text=price.strip() or None,
            region=region.strip() or None,
            contacts=_contacts(contact_kind, contact.strip()),
            reference=reference.strip(),
            due_at=_due(due.strip(), here.zone),
        )
        text = manual.record(entry, now).text
        detection = judge(here, text, offered=bool(entry.price_text or entry.contacts))
        lead_id = manual.enter(db, entry, detection, actor(request), now)
    except (ReviewError, Refusal) as error:
        return _form(request, problem=str(error), **typed)
    return go(f"/leads/{lead_id}")


def _address(url: str) -> str:
    """Raises ReviewError: it is no address of a page."""
    if url and not url.lower().startswith(("http://", "https://")):
        raise ReviewError("网址应以 http:// 或 https:// 开头")
    return url


def _contacts(kind: str, value: str) -> tuple[ContactRecord, ...]:
    if not value:
        return ()
    if kind not in KINDS:
        raise ReviewError("没有这种联系方式")
    return (ContactRecord(kind, value, value),)


def _due(text: str, zone: ZoneInfo) -> datetime | None:
    """The end of the day that is named."""
    return midnight(text, zone, days=1)
