"""What is known of one official extraction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from referrals.exceptions import ReferralError
from referrals.papers.inert import HARMFUL
from referrals.record.offer import Offer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from storage.evidence.records import Capture

LONGEST = 200  # characters of one statement: the longest names of cases have some sixty


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

    @property
    def caution(self) -> str:
        """What somebody should look at once more; Chinese, empty where there is nothing."""
        first, second = self.officers
        if first.name != second.name:
            return ""
        return f"两名提取人同名（{first.name}），单位和证号不同，按两人处理，请核对"

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
    offer: Offer = field(default=Offer())
    remarks: tuple[str, ...] = field(default=())


def two_officers(texts: tuple[str, ...]) -> tuple[Officer, Officer]:
    """Read ``姓名,单位,证号`` twice.

    Raises:
        ReferralError: not exactly two, not different people, or a part is missing.
    """
    if len(texts) != 2:  # 两高一部 rules of 2016, art. 14 and 7: two or more; the papers have room for two
        raise ReferralError(f"固证须由两名工作人员进行，现有 {len(texts)} 名：用两个 --officer 姓名,单位,证号")
    first, second = (_officer(text) for text in texts)
    if first.number == second.number:
        raise ReferralError(f"两名提取人必须是不同的人：两人的证号相同：{first.number}")
    if (first.name, first.unit) == (second.name, second.unit):
        raise ReferralError(f"两名提取人必须是不同的人：两人的姓名和单位都相同：{first.name}，{first.unit}")
    return first, second


def order_of(
    officers: tuple[str, ...], witness: str | None, absence: str | None, place: str = "", case: str = ""
) -> Order:
    """What people stated, read and checked.

    Raises:
        ReferralError: not two different officers, a witness who is one of them, a part is missing, or text that does
            not belong on paper.
    """
    made = Order(two_officers(officers), witness_of(witness, absence), _stated("地点", place), _stated("案由", case))
    if made.witness.name in {one.name for one in made.officers}:
        raise ReferralError(f"见证人不能是提取人：{made.witness.name}（同名的另一人请在姓名后注明，如“张三（保安）”）")
    return made


def _stated(what: str, text: str) -> str:
    """`text` without spaces around it. Raises ReferralError: too long, or with control characters."""
    found = "\n" if "\n" in text else next(iter(HARMFUL.findall(text)), "")
    if found:
        raise ReferralError(f"{what}里有换行或控制字符（U+{ord(found):04X}），请去掉后再试")
    if len(text) > LONGEST:
        raise ReferralError(f"{what}有 {len(text)} 个字，最多 {LONGEST} 个")
    return text.strip()


def _officer(text: str) -> Officer:
    text = _stated("提取人", text)
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
        return Witness(absence=_stated("没有见证人的原因", absence or ""))
    witness = _stated("见证人", witness)
    name, _, document = witness.replace("，", ",").partition(",")
    if not name.strip() or not document.strip():
        raise ReferralError(f"见证人应写成 姓名,证件，现为 {witness[:60]!r}")
    return Witness(name.strip(), document.strip())
