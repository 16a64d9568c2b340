"""The tables of what visits found: boards (lists, feeds, sitemaps) and re-checked pages."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the columns' types are read at run time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Identified, Key, SiteId
from storage.operation.models import Base


class Board(Identified):
    """A page that names listings, and how often it has new ones."""

    __tablename__ = "boards"
    __table_args__ = (UniqueConstraint("site_id", "url"),)

    site_id: Mapped[SiteId]
    url: Mapped[Key]
    """As configured or discovered: a start page, a feed, a sitemap."""
    kind: Mapped[Key]
    """list, feed, sitemap."""
    arrived: Mapped[float]
    """New and changed rows, older visits counting less (`storage.freshness.estimate`)."""
    seconds: Mapped[float]
    """The time in which they came, discounted alike."""
    reads: Mapped[int]
    fruitful: Mapped[int]
    """Reads that found something."""
    read_at: Mapped[datetime]
    full_at: Mapped[datetime]
    """When it was last sent in full, not as "not modified"."""
    rows: Mapped[int]
    """Listings it named then."""
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    trusted: Mapped[bool]
    """False once it was sent with other rows under the same validators: "not modified" would be no news."""


class Recheck(Base):
    """What blind visits of known pages found, for pages of one age after gaps of one length."""

    __tablename__ = "rechecks"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    age: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """`storage.freshness.rechecks.AGES`."""
    gap: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Power of two, hours."""
    reads: Mapped[float]
    changes: Mapped[float]
    seconds: Mapped[float]


__all__ = ["Base", "Board", "Recheck"]
