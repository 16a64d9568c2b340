"""What is known of one official extraction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from referrals.exceptions import ReferralError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from storage.evidence.records import Capture


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who extracts and signs."""

    name: str
    unit: str
    number: str
    """Of the certificate that allows it (执法证件号)."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Who looks on, or why nobody does: exactly one of name and `absence` is set, or both are blank on paper."""

    name: str = ""
    document: str = ""
    """Kind and number of the identity paper, as given."""
    absence: str = ""
    """Why there is no witness."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who extracts what, where and for which case: what people state, the program does not know it."""

    officers: tuple[Officer, Officer]
    witness: Witness
    place: str
    case: str
    """案由."""

    def facts(self) -> dict[str, object]:
        """JSON-ready, kept in the sealed capture."""
        return {
            "officers": [{"name": one.name, "unit": one.unit, "number": one.number} for one in self.officers],
            "witness": {
                "name": self.witness.name,
                "document": self.witness.document,
                "absence": self.witness.absence,
            },
            "place": self.place,
            "case": self.case,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done, and when."""

    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one file of the capture comes from, and when."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that the record tells."""

    order: Order
    lead_id: int
    site: str
    account: str
    """The seller's name on the site; empty where the page shows none."""
    url: str
    began_at: datetime
    ended_at: datetime
    zone: tzinfo
    clock: str
    """Where the time comes from, how far it is off."""
    device: str
    """Machine and operating system."""
    software: str
    """Names and versions."""
    network: str
    """Our address to the outside."""
    targets: tuple[tuple[str, str, str], ...]
    """Host, IP, SHA-256 fingerprint of the TLS certificate (empty without TLS)."""
    method: str
    steps: tuple[Step, ...]
    exchanges: tuple[tuple[str, str], ...]
    """Address with status, response headers as text: in the order of the redirects."""
    robots: str
    screen: str
    """What became of the screenshot."""
    capture: Capture
    """Sealed before the drafts are written: its digest stands in them."""
    origins: Mapping[str, Origin]
    """Name of a file -> where it comes from; those that are missing come from the page itself."""
    timestamp: str = "无"
    remarks: tuple[str, ...] = field(default=())


def two_officers(texts: tuple[str, ...]) -> tuple[Officer, Officer]:
    """Read ``姓名,单位,证号`` twice.

    Raises:
        ReferralError: not exactly two, not different people, or a part is missing.
    """
    if len(texts) != 2:  # 两高一部 rules of 2016, art. 14 and 7: two or more; the papers have room for two
        raise ReferralError(f"固证须由两名工作人员进行，现有 {len(texts)} 名：用两个 --officer 姓名,单位,证号")
    first, second = (_officer(text) for text in texts)
    if first.number == second.number or (first.name, first.unit) == (second.name, second.unit):
        raise ReferralError("两名提取人必须是不同的人（姓名与单位、证号都不能相同）")
    return first, second


def _officer(text: str) -> Officer:
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    if len(parts) != 3 or not all(parts):
        raise ReferralError(f"提取人应写成 姓名,单位,证号，现为 {text[:60]!r}")
    return Officer(*parts)


def witness_of(witness: str | None, absence: str | None) -> Witness:
    """Read ``姓名,证件`` or the reason why nobody witnesses; neither leaves lines to write on.

    Raises:
        ReferralError: both are given, or the person's paper is missing.
    """
    if witness and absence:
        raise ReferralError("--witness 与 --no-witness 只能用一个")
    if not witness:
        return Witness(absence=(absence or "").strip())
    name, _, document = witness.replace("，", ",").partition(",")
    if not name.strip() or not document.strip():
        raise ReferralError(f"见证人应写成 姓名,证件，现为 {witness[:60]!r}")
    return Witness(name.strip(), document.strip())
