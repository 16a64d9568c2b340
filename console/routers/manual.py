"""A lead that somebody heard of elsewhere: telephone, reports, other offices."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Form, Request
from starlette.responses import Response

from console.access import PASTED_BYTES
from console.asked import midnight
from console.exceptions import Refusal
from console.guards import actor
from console.judging import judge
from console.pages import go, page
from console.person import Db, Here, Now
from console.routing import Nav, Screen
from console.state import Console
from storage.database import Database
from storage.records import ContactRecord
from storage.review import manual
from storage.review.exceptions import ReviewError
from storage.review.manual import LONGEST, Entry
from storage.review.sources import SOURCES
from storage.review.words import fold
from storage.words import CONTACTS

router = Screen(Nav("录入", "/manual", 20, "g m"))

LONGEST_CONTACT = 100  # characters
KINDS = {**CONTACTS, "other": "其他"}
SIGNS: dict[str, tuple[int, Callable[[str], bool], str]] = {
    "phone": (5, str.isdecimal, "电话号码应至少有 5 位数字"),  # 12315 is the shortest that people write down
    "qq": (5, str.isdecimal, "QQ 号应至少有 5 位数字"),  # the oldest accounts have five
    "wechat": (4, str.isascii, "微信号应由字母、数字组成"),  # old ids have four
    "telegram": (4, str.isascii, "Telegram 账号应由字母、数字组成"),
    "email": (5, str.isascii, "邮箱地址应由字母、数字组成"),  # a@b.c
}
"""Kind -> how many signs of which sort it has at least, and what to say where it has not; disguised ones have others too."""
Typed = Annotated[str, Form(max_length=PASTED_BYTES)]  # what is too long for its field goes back into the form


@router.get("/manual")
def show(request: Request) -> Response:
    """The form."""
    return _form(request)


def _form(request: Request, *, problem: str = "", asks: bool = False, **typed: Any) -> Response:
    facts: dict[str, Any] = {"sources": SOURCES, "kinds": KINDS, "typed": typed, "problem": problem, "asks": asks}
    facts["longest"] = {field: most for field, (_, most) in LONGEST.items()}
    return page(request, "manual.html", status=422 if problem else 200, **facts)


@router.post("/manual")
def enter(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    db: Db,
    now: Now,
    source: Typed = "",
    title: Typed = "",
    body: Typed = "",
    url: Typed = "",
    seller: Typed = "",
    price: Typed = "",
    region: Typed = "",
    contact_kind: Typed = "phone",
    contact: Typed = "",
    reference: Typed = "",
    due: Typed = "",
    sure: Typed = "",
) -> Response:
    """Keep it, judged by the lexicon in force, and show it; what looks like a slip is asked about once."""
    typed: dict[str, Any] = {
        "source": source, "title": title, "body": body, "url": url, "seller": seller, "price": price, "region": region,
        "contact_kind": contact_kind, "contact": contact, "reference": reference, "due": due,
        "sure": sure,
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
            reference=reference.strip(),
            due_at=_due(due.strip(), here.zone),
        )
        text = manual.record(entry, now).text  # not too long for what looks into it now
        entry = replace(entry, contacts=_contacts(here, contact_kind, contact.strip(), f"{title}\n{body}"))
        if not sure and (doubts := "；".join(_doubts(db, entry, now))):
            return _form(request, problem=f"{doubts}。确实如此的，请勾选后再次提交。", asks=True, **typed)
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


def _contacts(here: Console, kind: str, value: str, text: str) -> tuple[ContactRecord, ...]:
    """What was typed into the field, then what the text holds besides. Raises ReviewError: it is no contact."""
    typed: tuple[ContactRecord, ...] = ()
    if value:
        _check_contact(kind, value)
        typed = (ContactRecord(kind, value, value),)
    read: Callable[[str], tuple[ContactRecord, ...]] | None = here.facts.get("read_contacts")
    known = {one.value for one in typed}
    return (*typed, *(one for one in (read(text) if read else ()) if one.value not in known))


def _check_contact(kind: str, value: str) -> None:
    if kind not in KINDS:
        raise ReviewError("没有这种联系方式")
    if len(value) > LONGEST_CONTACT:
        raise ReviewError(f"联系方式有 {len(value)} 个字，最多 {LONGEST_CONTACT} 个字")
    folded = fold(value)
    fewest, sign, problem = SIGNS.get(kind, (1, str.isalnum, "联系方式中没有文字或数字"))
    if sum(map(sign, folded)) < fewest:
        raise ReviewError(problem)


def _doubts(db: Database, entry: Entry, now: datetime) -> Iterator[str]:
    """What may be a slip, in words."""
    if entry.due_at is not None and entry.due_at <= now:
        yield "期限已经过去"
    if (twin := manual.twin(db, entry)) is not None:
        yield f"标题和内容与线索 #{twin} 完全相同，可能已经录入"


def _due(text: str, zone: ZoneInfo) -> datetime | None:
    """The end of the day that is named."""
    return midnight(text, zone, days=1)
