"""Papers of referrals: the letter before it is approved, papers as approved, everything in one zip, receipts."""

from contextlib import suppress
from pathlib import Path as FilePath
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Form, Query, Request
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from console import pages
from console.exceptions import Refusal
from console.guards import actor, tell
from console.person import Db, Filled, Here, Id, Now
from console.referral_service import Product, service_of
from console.routing import Screen
from console.services import ServiceRefusal
from referrals.exceptions import ReferralError
from storage.referral import queries
from storage.referral.exceptions import ReferringError

router = Screen()

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
"""For a PDF that the browser shows by itself."""
LARGEST = 10 * 1024 * 1024  # bytes of a returned workbook


@router.get("/referrals/{referral_id}/letter.{form}")
def letter(  # noqa: PLR0913, PLR0917 -- one parameter per part of the address
    request: Request, here: Here, db: Db, now: Now, referral_id: Id, form: Literal["pdf", "docx"],
    save: Annotated[str, Query(max_length=5)] = "",
) -> Response:  # fmt: skip
    """The letter as it would be made now; a PDF is shown in the browser."""
    case = queries.get(db, referral_id)
    made = service_of(here).letter(case, form, now)
    tell(request, "referral", referral_id, form=form)
    return handed_out(made, inline=form == "pdf" and not save)


def handed_out(made: Product, *, inline: bool = False) -> Response:
    """A file as an answer. A temporary one goes away afterwards."""
    how = "inline" if inline else "attachment"
    headers = {"content-disposition": f"{how}; filename*=UTF-8''{quote(made.name)}"}
    if inline:
        headers |= {"content-security-policy": SANDBOX, "x-frame-options": "SAMEORIGIN"}
    if isinstance(made.content, bytes):
        return Response(made.content, media_type=made.media_type, headers=headers)
    path = made.content
    return FileResponse(path, media_type=made.media_type, headers=headers, background=BackgroundTask(_remove, path))


def _remove(path: FilePath) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):  # its own folder, where it had one
        path.parent.rmdir()


@router.get("/referrals/{referral_id}/files/{file_id}")
def paper(request: Request, here: Here, db: Db, now: Now, referral_id: Id, file_id: Id) -> Response:  # noqa: PLR0913, PLR0917
    """A paper as it was approved; the chain of custody keeps that it was copied."""
    case = queries.get(db, referral_id)
    file = next((one for one in case.files if one.id == file_id), None)
    if file is None:
        raise Refusal(404, "这份移送没有这个文件。")
    made = service_of(here).kept(case, file, actor(request), now)
    tell(request, "referral", referral_id, name=file.name, sha256=file.sha256)
    return handed_out(made)


@router.post("/referrals/{referral_id}/export")
def export(
    request: Request, here: Here, now: Now, referral_id: Id, masked: Annotated[str, Form(max_length=5)] = "yes"
) -> Response:
    """Papers and evidence in one zip."""
    made = service_of(here).export(referral_id, actor(request), now, masked=masked != "no")
    return handed_out(made)


@router.get("/referrals/{referral_id}/receipt.xlsx")
def receipt_form(request: Request, here: Here, db: Db, referral_id: Id) -> Response:
    """The workbook that the department fills in."""
    made = service_of(here).receipt_form(queries.get(db, referral_id))
    tell(request, "referral", referral_id, name=made.name)
    return handed_out(made)


@router.post("/referrals/receipt")
def read_receipt(request: Request, here: Here, now: Now, form: Filled) -> Response:
    """Take a returned workbook in; it says itself which referral it answers."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _refused(request, "请选择退回的回执文件（xlsx）。")
    content = file.file.read(LARGEST + 1)
    if len(content) > LARGEST:
        return _refused(request, f"文件太大，超过 {LARGEST // 1024 // 1024} MB。")
    try:
        found = service_of(here).read_receipt(file.filename[:200], content, actor(request), now)
    except (ReferringError, ServiceRefusal, ReferralError) as error:
        return _refused(request, str(error))
    return pages.go(f"/referrals/{found.id}")


def _refused(request: Request, problem: str) -> Response:
    back = {"title": "回执没有读入", "message": problem, "code": 422}
    return pages.page(request, "referral_refused.html", status=422, **back)
