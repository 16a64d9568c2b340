"""The results form, folded from what departments answered and what people typed. Nothing is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from storage.database import Database
    from storage.referral.campaign_records import Figure, Unit
    from storage.referral.feedback_records import Feedback
    from storage.referral.form_records import Form, Row


def fold(
    units: Sequence[Unit], feedback: Iterable[Feedback], figures: Iterable[Figure]
) -> tuple[tuple[Row, ...], Row, tuple[str, ...]]:
    """Rows of the form, its total and what to look at; pure, whatever the order of the rows.

    Rows that were superseded or taken back count nothing. A case (unit and number) counts once however many rows tell
    of it; so does what was seized, told by batch, kind, name and unit. A batch's products count in 件 or in 千克.
    """
    raise NotImplementedError


def compute(db: Database, campaign_id: int, *, until: date | None = None) -> Form:
    """The form of a campaign, of all that happened and was typed up to that day. Raises Absent."""
    raise NotImplementedError
