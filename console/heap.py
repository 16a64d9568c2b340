"""What stays for as long as the program runs is not looked through again and again for garbage."""

from __future__ import annotations

import gc


def settle() -> None:
    """Set aside what there is now: code, pages, a lexicon. Called after such things have been loaded.

    A full round of the collector goes through all that is not set aside; with a lexicon that takes some 150 ms, in which
    every page waits.
    """
    gc.unfreeze()  # what was set aside before may have become garbage
    gc.collect()
    gc.freeze()
