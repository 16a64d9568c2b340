"""Text from pages made fit for a screen: what cannot be seen, or turns the direction of reading, is shown as a sign."""

from __future__ import annotations

import re
from typing import Final

# C0 without tab and newline, DEL and C1, soft hyphen, zero-width and bidi marks and overrides, line separators,
# lone surrogates, BOM, interlinear marks, and the two code points that no file format takes
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff]"
)
_SIGN: Final = "\ufffd"


def visible(text: object, longest: int | None = None) -> str:
    """`text` with each hidden character as �, one for one, so that spans of hits stay valid; cut with … if longer."""
    shown = _HIDDEN.sub(_SIGN, str(text))
    return shown if longest is None or len(shown) <= longest else shown[: longest - 1] + "…"


def tidy(text: object, longest: int | None = None) -> str:
    """A title for lists and headings: hidden characters are left out; where it matters, the text below shows them."""
    return visible(_HIDDEN.sub("", str(text)), longest)
