"""The xlsx form in which departments and townships tell what came of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def blank_xlsx(units: Sequence[str] = (), campaign: str = "") -> bytes:
    """The empty form: sheets 案件, 收缴物品, 填写说明. `units`: choices of the column 单位."""
    raise NotImplementedError
