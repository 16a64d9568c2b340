"""Who writes, and to whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Office:
    """The office that refers, as it is named on paper."""

    name: str
    """In full: signs the letter."""
    address: str = ""
    phone: str = ""
    person: str = ""
    """联系人."""
    red_head: str = ""
    """Printed in red above the first page (某县林业局文件); empty: none, for paper that has one."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The receiving department."""

    name: str
    """In full: 主送."""
    person: str = ""
    phone: str = ""
    address: str = ""
