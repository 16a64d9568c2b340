"""What programs send and get of referrals, as the OpenAPI document describes it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from console.person import LARGEST_ID

MOST_LEADS = 500  # of one draft
LONGEST = 5_000  # characters of a text
Line = Annotated[str, Field(max_length=200)]
Number = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Seen = Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="所见的最后一步的编号 step")]


class Frozen(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class ReferralLine(Frozen):
    """One referral."""

    id: int
    number: str
    template: str
    department: str
    receiver: str
    copies: list[str]
    title: str
    status: str
    leads: list[int]
    masked: bool
    seller: int | None
    campaign: int | None
    drafted_by: str
    drafted_at: datetime
    approved_by: str
    sent_at: datetime | None
    due_at: datetime | None
    due_kind: str
    step: int
    """To be handed back as `seen` with a step."""


class ReferralPage(Frozen):
    """Some referrals and where they go on."""

    referrals: list[ReferralLine]
    next: int | None


class LeadFacts(Frozen):
    """One lead as it is referred; contacts are masked, a program cannot reveal them."""

    id: int
    position: int
    title: str
    site: str
    url: str
    seller: str | None
    category: str
    subject: str
    terms: list[str]
    score: float
    verdict: str
    captures: int
    manifest: str | None
    contacts: list[tuple[str, str]]


class StepFacts(Frozen):
    """One thing that happened."""

    id: int
    at: datetime
    who: str
    kind: str
    happened_at: datetime | None
    reference: str
    person: str
    note: str
    undone: bool


class FileFacts(Frozen):
    """A paper."""

    name: str
    kind: str
    size: int
    sha256: str
    current: bool


class ReferralFacts(Frozen):
    """One referral in full."""

    referral: ReferralLine
    routing: dict[str, Any]
    fields: dict[str, str]
    leads: list[LeadFacts]
    steps: list[StepFacts]
    files: list[FileFacts]
    feedback: list[int]


class Wanted(BaseModel):
    """A draft; what is left out, the table of duties says."""

    model_config = ConfigDict(extra="forbid")

    leads: list[Number] = Field(min_length=1, max_length=MOST_LEADS, description="线索编号")
    department: Line = Field(default="", description="主送部门代码；不填按分工规则")
    template: Line = Field(default="", description="文书种类；不填按分工规则")
    receiver: Line = ""
    title: Line = ""
    copies: list[Line] | None = Field(default=None, max_length=20)
    fields: dict[str, Annotated[str, Field(max_length=LONGEST)]] = Field(
        default={}, max_length=40, description="公文中填写的内容"
    )
    masked: bool | None = Field(default=None, description="是否遮挡个人信息；不填按文书和接收部门")
    seller: Number | None = None
    campaign: Number | None = Field(default=None, description="专项行动；不填为正在进行的，null 为不归入")
    again: str = Field(default="", max_length=LONGEST, description="再次移送的理由")
    override: str = Field(default="", max_length=LONGEST, description="不按分工规则的理由")


class WantedStep(BaseModel):
    """A step."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[
        "approve", "refuse", "withdraw", "send", "receive", "accept", "decline", "pass_on", "file", "not_file",
        "close", "note", "remind", "undo",
    ]  # fmt: skip
    seen: Seen = None
    happened_at: datetime | None = Field(default=None, description="发生的时间，须带时区")
    reference: Line = ""
    person: Line = ""
    note: str = Field(default="", max_length=LONGEST)
    to: Line = Field(default="", description="转送至")
    result: Line = Field(default="", description="办结的结果")


class WantedSeizure(BaseModel):
    """One thing that was seized."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["animal", "plant", "product", "gear"]
    name: Line
    amount: float = Field(gt=0, le=1e8)
    unit: Line
    batch: Line = ""


class WantedFeedback(BaseModel):
    """What came of it."""

    model_config = ConfigDict(extra="forbid")

    unit: Line
    title: Line
    happened_on: date
    case_number: Line = ""
    filed: bool = False
    criminal: bool = False
    people: int = Field(default=0, ge=0, le=10**7)
    gangs: int = Field(default=0, ge=0, le=10**7)
    confiscated: float = Field(default=0, ge=0, le=1e8, description="没收违法所得，万元")
    fined: float = Field(default=0, ge=0, le=1e8, description="罚款和罚金，万元")
    seizures: list[WantedSeizure] = Field(default=[], max_length=200)
    leads: list[Number] = Field(default=[], max_length=MOST_LEADS)
    note: str = Field(default="", max_length=LONGEST)
    publish: Literal["yes", "no", "after_meeting"] = "yes"


class FeedbackFacts(Frozen):
    """What was written down."""

    id: int
    referral: int | None
    campaign: int | None
    unit: str
    title: str
    happened_on: date
    filed: bool
    criminal: bool
    fined: Decimal

    @field_serializer("fined")
    def _plainly(self, value: Decimal) -> str:
        return f"{value:f}"
