"""Pictures that go with a typical case: looked at, made harmless, kept in the evidence folder with the row that names them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile

from console.lead_page import objects_of
from referrals.case_pictures import LARGEST, as_png
from storage.exceptions import EvidenceError
from storage.referral.exceptions import ReferringError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.datastructures import FormData

    from console.state import Console

MOST: Final = 4  # of one case: a page of a report


def uploaded(form: FormData) -> list[bytes]:
    """Pictures of a form, each made anew. Raises ReferringError: one is none, or there are too many."""
    files = [one for one in form.getlist("picture") if isinstance(one, UploadFile) and one.filename]
    if len(files) > MOST:
        raise ReferringError(f"图片最多 {MOST} 张")
    made = []
    for file in files:
        content = file.file.read(LARGEST + 1)
        picture = as_png(content) if len(content) <= LARGEST else None
        if picture is None:
            raise ReferringError(f"不是可用的图片（PNG、JPEG，{LARGEST >> 20} MB 以内）：{(file.filename or '')[:80]}")
        made.append(picture)
    return made


@contextmanager
def kept(console: Console, pictures: list[bytes]) -> Iterator[tuple[str, ...]]:
    """Their SHA-256; the row that names them is written within the block. Raises EvidenceError, ReferringError."""
    if not pictures:
        yield ()
        return
    objects = objects_of(console)
    if objects is None:
        raise ReferringError("没有证据文件夹，不能保存图片")
    with objects.writing() as batch:
        yield tuple(batch.put(one).sha256 for one in pictures)


def reader(console: Console) -> Callable[[str], bytes | None]:
    """What finds a kept picture for a report; None where it is not there any more."""
    objects = objects_of(console)

    def read(sha256: str) -> bytes | None:
        try:
            return objects.read(sha256) if objects is not None else None
        except EvidenceError:
            return None

    return read
