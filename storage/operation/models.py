"""The tables of operations (backup, restore, retention) and of notices to the people who run the installation."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the columns' types are read at run time
from typing import Annotated

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Facts, Identified, Key
from storage.referral.models import Base

NoticeId = Annotated[int, mapped_column(ForeignKey("notices.id"))]


class Operation(Identified):
    """Something that was done with the installation; what was deleted is told here."""

    __tablename__ = "operations"
    __table_args__ = (Index(None, "kind", "id"),)

    kind: Mapped[Key]
    """backup, restore, retention."""
    at: Mapped[datetime]
    ok: Mapped[bool]
    actor: Mapped[str]
    detail: Mapped[Facts]


class Notice(Identified):
    """An event that people are told of, once."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("key"),)

    key: Mapped[Key]
    """The same event has the same key however often it is seen."""
    event: Mapped[Key]
    """site_silent, site_changed, run_failed, disk_low, alert_lead, deadline, backup_failed."""
    text: Mapped[str]
    """One line, Chinese."""
    detail: Mapped[Facts]
    at: Mapped[datetime]


class NoticeSend(Identified):
    """A notice on its way to one receiver."""

    __tablename__ = "notice_sends"
    __table_args__ = (
        UniqueConstraint("notice_id", "target"),
        Index(None, "status", "target", "next_at"),
    )

    notice_id: Mapped[NoticeId]
    target: Mapped[Key]
    status: Mapped[Key]
    """waiting, done, failed."""
    attempts: Mapped[int]
    next_at: Mapped[datetime]
    last_error: Mapped[str]
    done_at: Mapped[datetime | None]


__all__ = ["Base", "Notice", "NoticeSend", "Operation"]
