"""Fingerprints of texts: texts that differ in few words differ in few of 64 bits."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from storage.review.words import END

if TYPE_CHECKING:
    from collections.abc import Iterable

BANDS = 4  # of 16 bits: prints that differ in at most three bits share at least one
FEWEST = 8  # tokens: shorter texts are alike by chance
NEAR = 3  # bits by which near-duplicates may differ


@lru_cache(maxsize=200_000)  # about 25 MB; a county's texts use fewer pairs of characters
def _bits(token: str) -> bytes:
    return blake2b(token.encode(), digest_size=8).digest()


def text_print(tokens: Iterable[str]) -> int | None:
    """Simhash (Charikar 2002) over distinct tokens, as a signed 64-bit number; None for texts that are too short."""
    import numpy as np

    distinct = set(tokens)
    distinct.discard(END)
    if len(distinct) < FEWEST:
        return None
    hashed = np.frombuffer(b"".join(map(_bits, distinct)), dtype=np.uint8).reshape(-1, 8)
    bits = np.unpackbits(hashed, axis=1).sum(axis=0, dtype=np.int32)
    packed = np.packbits(bits * 2 > len(distinct))
    return int.from_bytes(packed.tobytes(), signed=True)


def bands(value: int) -> list[tuple[int, int]]:
    """(band, its 16 bits) of a print."""
    bits = value & 0xFFFF_FFFF_FFFF_FFFF
    return [(band, bits >> (16 * band) & 0xFFFF) for band in range(BANDS)]


def distance(one: int, other: int) -> int:
    """How many bits differ."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()
