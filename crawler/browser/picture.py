"""Picture: the whole page as one PNG, taken in pieces that a browser can draw."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 8000  # px: from 16,384 on Chromium repeats or blanks, and a piece of this size takes 40 MB of memory
WIDEST = 2560  # px: wider pages are made of errors


def pieces(height: int) -> Iterator[tuple[int, int]]:
    """(top, height) of each piece from top to bottom."""
    for top in range(0, height, PIECE):
        yield top, min(PIECE, height - top)


def order(width: int, top: int, height: int) -> dict[str, Any]:
    """Parameters of Page.captureScreenshot for one piece."""
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    return {"format": "png", "clip": clip, "captureBeyondViewport": True, "optimizeForSpeed": False}


def join(parts: list[str]) -> tuple[bytes, tuple[int, int]]:
    """One PNG of pieces (PNG in base64), one below the other, and its (width, height); a single one stays as it is."""
    contents = [base64.b64decode(part) for part in parts]
    pictures = [Image.open(BytesIO(content)) for content in contents]
    size = pictures[0].width, sum(one.height for one in pictures)
    if len(pictures) == 1:
        return contents[0], size
    whole = Image.new("RGB", size, "white")
    top = 0
    for one in pictures:
        whole.paste(one, (0, top))
        top += one.height
    file = BytesIO()
    whole.save(file, "PNG")
    return file.getvalue(), size
