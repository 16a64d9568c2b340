"""《网盾行动成果表》 as xlsx, docx and PDF, with an annex that traces each figure to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.referral.form_records import Form

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def render(form: Form, extension: str, *, unit: str, made_at: datetime) -> bytes:
    """The finished file; `extension`: xlsx, docx or pdf. `unit`: 填表单位. Raises Unprintable (PDF without typeface)."""
    raise NotImplementedError
