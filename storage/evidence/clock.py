"""Clock: how far the clock of this machine can be trusted, as the kernel knows it. Read only."""

from __future__ import annotations

import ctypes
from typing import Any

UNSYNCHRONISED = 0x0040  # STA_UNSYNC of <sys/timex.h>
NANOSECONDS = 0x2000  # STA_NANO: `offset` counts nanoseconds, not microseconds
TIME_ERROR = 5  # what adjtimex answers when the clock is not synchronised
SOURCE = "系统时钟（Linux 内核 NTP 状态，adjtimex）"


class _Timex(ctypes.Structure):
    """``struct timex`` of Linux; the reserved end is larger than any kernel writes."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("max_error", ctypes.c_long),
        ("est_error", ctypes.c_long),
        ("status", ctypes.c_int),
        ("reserved", ctypes.c_char * 256),
    )


def read_clock() -> dict[str, Any]:
    """Where the time comes from and how exact the kernel believes it to be; JSON-ready, errors in seconds.

    ``synchronised`` is None where the system does not tell.
    """
    try:
        state = _Timex(modes=0)  # no mode: nothing is set
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except (AttributeError, OSError):  # no Linux
        return {"source": "系统时钟", "synchronised": None, "reason": "本系统不提供时钟同步状态"}
    if answer < 0:
        return {"source": SOURCE, "synchronised": None, "reason": f"读取失败（errno {ctypes.get_errno()}）"}
    synchronised = answer != TIME_ERROR and not state.status & UNSYNCHRONISED
    told = {"source": SOURCE, "synchronised": synchronised, "state": answer}
    if not synchronised:
        return told | {"reason": "内核报告时钟未与时间服务器同步，误差未知"}
    unit = 1e-9 if state.status & NANOSECONDS else 1e-6
    return told | {
        "offset": round(state.offset * unit, 9),
        "estimated_error": state.est_error / 1e6,  # microseconds, whatever the unit of the offset
        "maximum_error": state.max_error / 1e6,
    }
