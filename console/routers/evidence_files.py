"""Sealed files of a lead: pictures on its page, a look at one file, a copy to take away, and a verification."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Path, Request
from starlette.responses import Response

from console import thumbnails
from console.asked import Asked
from console.exceptions import Refusal
from console.guards import actor, tell
from console.lead_page import objects_of
from console.opening import address
from console.pages import page
from console.person import Db, Here, Id, Now
from console.routing import Screen
from console.state import Console
from storage.evidence import captures, custody, heads, manifests
from storage.evidence.records import Capture, StoredFile
from storage.evidence.shown import PICTURES
from storage.evidence.verify import Verifier, note_outcome
from storage.exceptions import EvidenceError

router = Screen()

Name = Annotated[str, Path(max_length=200)]
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
LARGEST_SHOWN = 32 * 1024 * 1024  # bytes: a full-page picture of a long thread; larger ones are copied
KEPT = "private, max-age=600"  # 10 minutes: back and forth between queue and lead without loading pictures again
READ = frozenset({"text/plain; charset=utf-8", "text/plain", "application/json"})


@router.get("/leads/{lead_id}/pictures/{capture_id}/{name}")
def picture(here: Here, lead_id: Id, capture_id: Id, name: Name) -> Response:
    """A picture for the page, where it is blurred."""
    _, file = _find(here, lead_id, capture_id, name)
    if file.media_type not in PICTURES or file.size > LARGEST_SHOWN:
        raise Refusal(404)
    response = _answer(_content(here, file), file.media_type)
    response.headers["cache-control"] = KEPT
    return response


@router.get("/leads/{lead_id}/thumbs/{capture_id}/{name}")
def thumb(here: Here, lead_id: Id, capture_id: Id, name: Name) -> Response:
    """The same, small, for a list."""
    _, file = _find(here, lead_id, capture_id, name)
    storage = here.facts.get("storage")
    if file.media_type not in PICTURES or file.size > thumbnails.MOST_BYTES or storage is None:
        raise Refusal(404)
    folder = storage.data_dir.absolute() / "thumbnails"
    small = thumbnails.kept(folder, file.sha256)
    if small is None:
        small = thumbnails.thumbnail(_content(here, file))
        if small is None:
            raise Refusal(404, "这个文件不能显示为图片。")
        thumbnails.keep(folder, file.sha256, small)
    response = _answer(small, "image/jpeg")
    response.headers["cache-control"] = KEPT
    return response


@router.get("/leads/{lead_id}/view/{capture_id}/{name}")
def view(request: Request, here: Here, now: Now, lead_id: Id, capture_id: Id, name: Name) -> Response:  # noqa: PLR0913, PLR0917
    """One file by itself; the chain of custody keeps that it was looked at."""
    capture, file = _find(here, lead_id, capture_id, name)
    if file.media_type not in PICTURES and file.media_type not in READ:
        raise Refusal(422, "这种文件不能在浏览器里查看，请下载。")
    content = _content(here, file)
    _note(request, here, "viewed", capture, file, lead_id, now)
    kind = file.media_type if file.media_type in PICTURES else "text/plain; charset=utf-8"
    return _answer(content, kind)


@router.get("/leads/{lead_id}/files/{capture_id}/{name}")
def copy(request: Request, here: Here, now: Now, lead_id: Id, capture_id: Id, name: Name) -> Response:  # noqa: PLR0913, PLR0917
    """One file to take away; the chain of custody keeps that it was copied."""
    capture, file = _find(here, lead_id, capture_id, name)
    content = _content(here, file)
    _note(request, here, "copied", capture, file, lead_id, now)
    response = _answer(content, "application/octet-stream")
    saved = quote(f"lead-{lead_id}-capture-{capture_id}-{file.name}")
    response.headers["content-disposition"] = f"attachment; filename*=UTF-8''{saved}"
    return response


@router.post("/leads/{lead_id}/verify")
def verify(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    db: Db,
    now: Now,
    lead_id: Id,
    back: Annotated[str, Form(max_length=3000)] = "",
) -> Response:
    """Look at every file of the lead's captures anew, and at the whole chain of custody."""
    objects = objects_of(here)
    listing = captures.listing_of_lead(db, lead_id)
    if objects is None or listing is None:
        raise Refusal(404, "没有证据文件夹，或没有这条线索。")
    ids = captures.ids_of_lead(db, lead_id)
    done = Verifier(db, objects, fast=True).run(ids, listing=listing)
    scope = {"lead": lead_id, "captures": ids}
    note_outcome(db, done, scope=scope, fast=True, actor=actor(request).name, now=now)
    heads.write_head(db, objects.folder, now)
    tell(request, "lead", lead_id, ok=done.ok, files=done.files)
    way = address(lead_id, Asked.parse(back))
    return page(request, "verified.html", done=done, lead_id=lead_id, way=way)


def _find(here: Console, lead_id: int, capture_id: int, name: str) -> tuple[Capture, StoredFile]:
    """A file of a capture of this very lead, or 404."""
    capture = captures.get(here.db, capture_id)
    listing = captures.listing_of_lead(here.db, lead_id)
    if capture is None or listing is None or (capture.site, capture.key) != listing:
        raise Refusal(404)
    if capture.removed_at is not None:
        raise Refusal(404, "文件已按保留期删除。")
    if name == "manifest.json":
        return capture, StoredFile(name, "record", "application/json", -1, capture.digest, "")
    for file in capture.files:
        if file.name == name:
            return capture, file
    raise Refusal(404)


def _content(here: Console, file: StoredFile) -> bytes:
    """What was kept, unchanged; a file that is not what it was is never shown."""
    objects = objects_of(here)
    if objects is None:
        raise Refusal(404, "没有证据文件夹。")
    try:
        content = objects.read(file.sha256)
    except EvidenceError as error:
        raise Refusal(404, "证据文件不见了或读不出来，请运行核验。") from error
    if manifests.digest(content) != file.sha256:
        raise Refusal(409, "证据文件与封存时的哈希不符，没有显示；请运行核验。")
    return content


def _answer(content: bytes, media_type: str) -> Response:
    headers = {"content-security-policy": SANDBOX, "x-content-type-options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


def _note(  # noqa: PLR0913, PLR0917 -- the columns of a link
    request: Request, here: Console, action: str, capture: Capture, file: StoredFile, lead_id: int, now: Now
) -> None:
    detail = {"file": file.name, "sha256": file.sha256, "lead": lead_id}
    custody.note(here.db, at=now, actor=actor(request).name, action=action, capture_id=capture.id, detail=detail)
    if (objects := objects_of(here)) is not None:
        heads.write_head(here.db, objects.folder, now)
    tell(request, "lead", lead_id, capture=capture.id, file=file.name)
