"""What has been loaded is set aside from the garbage collector, garbage is not."""

from __future__ import annotations

import gc
import weakref

from console.heap import settle


class Knot:
    """An object that holds itself."""

    def __init__(self):
        self.itself = self


def test_what_is_there_is_set_aside_and_garbage_is_let_go_of():
    try:
        kept = Knot()
        settle()
        assert gc.get_freeze_count() > 1_000
        assert not any(one is kept for one in gc.get_objects())  # no round looks at it
        gone = weakref.ref(kept)
        del kept
        gc.collect()
        assert gone() is not None  # set aside
        settle()
        assert gone() is None
    finally:
        gc.unfreeze()
