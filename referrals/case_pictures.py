"""Pictures of cases made fit for paper: one size, nothing but what is seen, whatever file they come from."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

LARGEST: Final = 10 << 20  # bytes of a file: what a camera makes
SIZE: Final = (1200, 900)  # pixels: over 16 cm 190 dots an inch, and half a page high
MOST_PIXELS: Final = 60_000_000  # a good camera; more is not opened
KINDS: Final = ("PNG", "JPEG")


def as_png(content: bytes) -> bytes | None:
    """The picture on a white sheet of `SIZE`, without the place and time that cameras write; None where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=KINDS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                upright = ImageOps.exif_transpose(picture).convert("RGB")
                sheet = ImageOps.pad(upright, SIZE, color="white")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    sink = BytesIO()
    sheet.save(sink, "PNG")
    return sink.getvalue()
