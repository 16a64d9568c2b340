"""The clock's state as the kernel tells it."""

from __future__ import annotations

import ctypes
import json

import pytest

from storage.evidence import clock


def test_this_machine_tells():
    told = clock.read_clock()
    assert json.loads(json.dumps(told)) == told
    assert told["synchronised"] in {True, False}
    assert ("reason" in told) == (told["synchronised"] is not True)


class Kernel:
    """In place of the C library: one that fills in what a test wants."""

    def __init__(self, answer, **values):
        self.answer, self.values = answer, values

    def adjtimex(self, reference):
        state = reference._obj
        assert state.modes == 0, "nothing may be set"
        for name, value in self.values.items():
            setattr(state, name, value)
        return self.answer


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (Kernel(0, offset=2_500, est_error=1_500, max_error=30_000), (True, 0.0025, 0.0015, 0.03)),
        (Kernel(0, offset=2_500_000, status=0x2001, est_error=1_500, max_error=30_000), (True, 0.0025, 0.0015, 0.03)),
        (Kernel(5), (False, None, None, None)),
        (Kernel(0, status=0x40), (False, None, None, None)),
        (Kernel(-1), (None, None, None, None)),
    ],
)
def test_states(monkeypatch, kernel, expected):
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: kernel)
    told = clock.read_clock()
    assert tuple(told.get(name) for name in ("synchronised", "offset", "estimated_error", "maximum_error")) == expected


def test_a_system_without_such_a_state_says_so(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    assert clock.read_clock()["synchronised"] is None
