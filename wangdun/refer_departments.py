"""The department that a person means: by its code, or by a name that people write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangdun.exceptions import UsageError
from wangdun.mistakes import nearest

if TYPE_CHECKING:
    from referrals.config import ReferralsConfig

USUAL = {"网信办": "cyberspace", "市监局": "market_supervision", "农业局": "agriculture"}
"""Names that are neither the short nor the full one."""
ENDINGS = ("", "局", "部门", "机关")


def known_department(text: str, settings: ReferralsConfig) -> str:
    """The code. A name must be one of those known: 国安局 is not 公安局, however near it looks.

    Raises:
        UsageError: there is no such department, with all that there are.
    """
    names = _names(settings)
    code = names.get(text.strip())
    if code is not None:
        return code
    codes = _codes()
    near = nearest(text, list(codes)) if text.isascii() else None
    meant = f"，是不是 {near}？" if near else ""
    raise UsageError(f"没有名为 {text!r} 的部门{meant}；可用：{'、'.join(f'{one} {codes[one]}' for one in codes)}")


def _codes() -> dict[str, str]:
    from referrals.config import NAMES

    return {str(code): name for code, name in NAMES.items()}


def _names(settings: ReferralsConfig) -> dict[str, str]:
    """Name -> code; a name that stands for two departments stands for none."""
    from storage.referral.words import DEPARTMENTS

    found: dict[str, set[str]] = {}
    for code, full in _codes().items():
        short = [DEPARTMENTS[code] + ending for ending in ENDINGS]
        for name in (code, full, settings.department(code).name, *short):
            found.setdefault(name, set()).add(code)
    for name, code in USUAL.items():
        found.setdefault(name, set()).add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}
