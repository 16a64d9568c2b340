"""The small coloured signs of the reviewers' screens: how grave, how decided, whether still online.

Made here and not in a template: a list of leads has hundreds of them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from console.codes import named
from console.hidden import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.review.filters import QueueRow

HIGH: Final = 75  # of 100: half of what lies above the limit of alerts
MIDDLE: Final = 55  # the limit of alerts as the lexicon comes
_STATUS: Final[dict[str, str]] = {
    "needs_info": "amber",
    "pending": "amber",
    "confirmed": "red",
    "referred": "red",
    "dismissed": "grey",
    "duplicate": "grey",
    "lapsed": "grey",
}
_STATE: Final[dict[str, str]] = {"gone": "grey", "sold": "grey", "changed": "amber", "relisted": "amber"}


def risk(row: QueueRow) -> Markup:
    """The score, in the colour of its height."""
    return _risk(f"{row.score:.0f}", _height(row.score), row.verdict)


def _height(score: float) -> str:
    return "high" if score >= HIGH else "middle" if score >= MIDDLE else "low"


@cache  # a hundred scores, a few verdicts
def _risk(score: str, height: str, verdict: str) -> Markup:
    return Markup('<span class="risk {}" title="{}">{}</span>').format(height, named("verdict", verdict), score)


@cache
def status(code: str) -> Markup:
    """What was decided."""
    return _tag(_STATUS.get(code, ""), named("status", code))


@cache
def page_state(state: str) -> Markup:
    """What became of the page; nothing where that is not known."""
    return _tag(_STATE.get(state, "green"), named("page_state", state)) if state else Markup()


def _tag(colour: str, text: str) -> Markup:
    return Markup('<span class="tag {}">{}</span>').format(colour, text)


def options(words: Mapping[str, str], chosen: str) -> Markup:
    """What a field offers: value -> what people read."""
    return _options(tuple(words.items()), chosen)


@lru_cache(maxsize=100)  # six fields, what is chosen in them; hundreds of sites take longer to write than to compare
def _options(words: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    one = Markup('<option value="{}"{}>{}</option>')
    mark = Markup(" selected")
    return Markup().join(one.format(visible(value), mark if value == chosen else "", said) for value, said in words)
