"""The form of a table of duties. Every key is described in docs/referral.md."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from referrals.routing import words
from storage.words import VERDICTS

Text = Annotated[str, Field(min_length=1, max_length=400)]
Timer = Literal[
    "approval",
    "transfer",
    "receipt",
    "acceptance",
    "review",
    "onward",
    "decision",
    "result",
    "reconsider",
    "reconsidered",
    "answer",
]


def _known(values: tuple[str, ...], known: tuple[str, ...], what: str) -> tuple[str, ...]:
    for value in values:
        if value not in known:
            raise ValueError(f"没有这个{what}：{value}{words.meant(value, known)}")
    if len(set(values)) != len(values):
        raise ValueError(f"{what}重复")
    return values


class _Edge(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Timing(_Edge):
    """How long a step may take."""

    name: Text
    days: int = Field(default=0, ge=0, le=3660)
    hours: int = Field(default=0, ge=0, le=87_840)
    working: bool | None = None
    basis: str = Field(default="", max_length=400)

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if bool(self.days) == bool(self.hours):
            raise ValueError("days（天）和 hours（小时）须写且只写一个")
        return self


class When(_Edge):
    """When a rule applies: all that is given must hold. What is left out does not matter."""

    category: tuple[str, ...] | None = Field(default=None, min_length=1)
    agency: tuple[str, ...] | None = Field(default=None, min_length=1)
    acts: tuple[str, ...] | None = Field(default=None, min_length=1)
    """At least one of them."""
    without: tuple[str, ...] | None = Field(default=None, min_length=1)
    """None of these acts."""
    venue: tuple[str, ...] | None = Field(default=None, min_length=1)
    verdict: tuple[str, ...] | None = Field(default=None, min_length=1)
    flags: tuple[str, ...] | None = Field(default=None, min_length=1)
    """At least one of them."""
    value_at_least: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Yuan; never holds where the value is not known."""
    province: tuple[str, ...] | None = Field(default=None, min_length=1)

    @field_validator("category")
    @classmethod
    def _category(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _known(values, tuple(words.CATEGORIES), "标的类别")

    @field_validator("agency")
    @classmethod
    def _agency(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _known(values, tuple(words.AGENCIES), "主管部门")

    @field_validator("acts", "without")
    @classmethod
    def _acts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _known(values, tuple(words.ACTS), "行为")

    @field_validator("venue")
    @classmethod
    def _venue(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _known(values, tuple(words.VENUES), "场所")

    @field_validator("verdict")
    @classmethod
    def _verdict(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _known(values, tuple(VERDICTS), "研判等级")

    @field_validator("flags")
    @classmethod
    def _flags(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return _known(values, tuple(words.FLAGS), "标记")


class Rule(_Edge):
    """One line of the table: it names who leads, or who supports."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    when: When = When()
    lead: str | None = None
    support: str | None = None
    because: Text
    """What the explanation says, after 因."""
    clause: Text
    confirmed: bool = True
    """The clause was read in the official text; otherwise the explanation says 以正式文本为准."""
    template: Literal["lead", "crime", "appraisal", "cleanup", "platform", "postal"] | None = None
    deadlines: dict[Timer, Timing] = {}
    priority: int = Field(default=0, ge=0, le=99)
    """A higher one goes before any number of conditions."""

    @field_validator("lead", "support")
    @classmethod
    def _department(cls, value: str | None) -> str | None:
        return _known((value,), tuple(words.DEPARTMENTS), "部门")[0] if value else value

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if bool(self.lead) == bool(self.support):
            raise ValueError("lead（主办）和 support（协办）须写且只写一个")
        if self.support and (self.template or self.deadlines or self.priority):
            raise ValueError("协办规则没有 template、deadlines 和 priority")
        return self


class Fallback(_Edge):
    """Who leads where no rule fits."""

    lead: str
    because: Text
    clause: Text
    confirmed: bool = True

    @field_validator("lead")
    @classmethod
    def _department(cls, value: str) -> str:
        return _known((value,), tuple(words.DEPARTMENTS), "部门")[0]


class Table(_Edge):
    """A file."""

    version: Literal[1]
    base: Literal["shipped", "none"] = "shipped"
    """The file changes the shipped table, or stands for itself."""
    name: str = Field(default="", max_length=200)
    remove: tuple[str, ...] = ()
    """Ids of shipped rules that do not apply here."""
    fallback: Fallback | None = None
    deadlines: dict[str, dict[Timer, Timing]] = {}
    """Department -> its timers; a rule's own go first."""
    rules: tuple[Rule, ...] = Field(default=(), max_length=1000)

    @field_validator("deadlines")
    @classmethod
    def _departments(cls, values: dict[str, dict[Timer, Timing]]) -> dict[str, dict[Timer, Timing]]:
        _known(tuple(values), (*words.DEPARTMENTS, "platform"), "部门")
        return values
