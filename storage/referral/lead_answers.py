"""What a department said of each lead of a referral, by the workbooks that came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.referral.records import Step


@dataclass(frozen=True, slots=True)
class LeadAnswer:
    """The newest answer on one lead."""

    lead_id: int
    kind: str
    """accept, decline, pass_on, file, not_file, close; empty where only a number or a remark was filled in."""
    reference: str
    note: str
    at: datetime
    """When it was read in."""


def newest(steps: Iterable[Step]) -> dict[int, LeadAnswer]:
    """Lead -> what was said of it last; steps that were taken back say nothing. `steps`: oldest first."""
    found: dict[int, LeadAnswer] = {}
    for step in steps:
        if step.undone:
            continue
        for one in step.detail.get("leads") or ():
            if isinstance(one, dict):  # of a draft, `leads` are numbers
                number = int(one["lead"])
                kind, reference, note = (str(one.get(name) or "") for name in ("kind", "reference", "note"))
                found[number] = LeadAnswer(number, kind, reference, note, step.at)
    return found
