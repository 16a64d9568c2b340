"""Small pictures for lists: made once of a sealed picture, kept beside the evidence, never larger than a list needs.

Sealed pictures come from hostile pages: only plain formats are decoded, one at a time, and never very large ones. What
comes out is a new JPEG without any of the original's metadata.
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from threading import Lock
from typing import Final

from PIL import Image, ImageOps

SIZE: Final = (132, 99)  # pixels: three times what the list shows, for dense screens
QUALITY: Final = 70  # it is shown blurred
MOST_BYTES: Final = 20_000_000
MOST_PIXELS: Final = 30_000_000  # 90 MB decoded; a telephone's camera has 12 to 50 million, and JPEG is decoded smaller
FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_ONE: Final = Lock()  # decoding takes memory: one picture at a time


def thumbnail(content: bytes) -> bytes | None:
    """A small JPEG; None for what is no picture, or too large a one."""
    if len(content) > MOST_BYTES:
        return None
    try:
        with _ONE, Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            return _small(picture)
    # a damaged picture may raise nearly anything, and warnings where those are errors
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, Warning, Image.DecompressionBombError, MemoryError):
        return None


def _small(picture: Image.Image) -> bytes | None:
    picture.draft("RGB", SIZE)  # a JPEG is decoded at an eighth of its size where that is enough
    if picture.width * picture.height > MOST_PIXELS:
        return None
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail(SIZE)
    made = io.BytesIO()
    seen = turned.convert("RGBA")
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen)
    flat.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()


def kept(folder: Path, sha256: str) -> bytes | None:
    """What `keep` has put there for a picture with this hash; None where there is nothing yet."""
    try:
        return _place(folder, sha256).read_bytes()
    except OSError:
        return None


def keep(folder: Path, sha256: str, made: bytes) -> None:
    """Put it there in one piece; a full disk is no reason not to show it."""
    place = _place(folder, sha256)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(made)
        Path(name).replace(place)
    except OSError:
        return


def _place(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.jpg"
