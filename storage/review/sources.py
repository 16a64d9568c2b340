"""Where leads come from that no crawl found: the names under which they are kept among those of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOURCES: Final = (
    "12315",
    "举报电话",
    "群众举报",
    "转办交办",
    "媒体曝光",
    "监督检查",
    "海关情报",
    "寄递企业移交",
    "网格员",
    "其他",
)
PREFIX: Final = "manual:"
PLATFORM: Final = "manual"
"""Of all of them: nothing is crawled there."""
SOURCE: Final = "线索来源"
REFERENCE: Final = "来源编号"
"""Attributes of what was typed in."""


def is_manual(site: str) -> bool:
    """Whether this is the name of no web site, but of a source."""
    return site.startswith(PREFIX)


def reference(attributes: Iterable[Sequence[str]]) -> str:
    """The number of the report at its source; empty where nobody gave one."""
    return next((value for name, value in attributes if name == REFERENCE), "")
