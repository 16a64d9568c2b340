"""Processes that seal captures until they are killed, forked from one that has loaded everything.

``python -m tests.storage.evidence.writer URL FOLDER KILLS SEED SECONDS`` forks `KILLS` children, some at a time, kills
each at a random moment (kill -9) of its first `SECONDS` and prints, as JSON, the digests that the children had reported
as sealed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from storage.config import EvidenceConfig
from storage.database import Database
from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from storage.evidence.sealing import seal
from tests.storage.evidence.making import ACTOR, draft

AT_ONCE = 3  # they meet in the database, in the folder and in shared files
SITE = 1
SHARED = b"\xff\xd8 the same picture on every page" * 3000


def write_forever(url: str, folder: str, name: str, report: int) -> None:
    db = Database.open(url)
    objects = Objects(Path(folder), EvidenceConfig(keep_free_mb=16))
    number = 0
    while True:
        number += 1
        key = f"{name}-{number}"
        files = (
            FileDraft("page.txt", "text", "text/plain", f"出售 {key} ".encode() * 2000),
            FileDraft("shared.jpg", "picture", "image/jpeg", SHARED + bytes([number % 7])),
            FileDraft("own.png", "screenshot", "image/png", os.urandom(300_000)),
        )
        made = seal(db, objects, draft(SITE, key, *files), actor=ACTOR, now=datetime.now(UTC))
        os.write(report, f"{made.digest}\n".encode())


def fork(url: str, folder: str, name: str) -> tuple[int, int]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            write_forever(url, folder, name, write)
        finally:
            os._exit(1)
    os.close(write)
    return child, read


def reap(child: int, read: int) -> list[str]:
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "a writer ended by itself"
    with os.fdopen(read, "rb") as pipe:
        return [line.decode().strip() for line in pipe if line.endswith(b"\n")]


def main(url: str, folder: str, kills: str, seed: str, seconds: str) -> None:
    luck = random.Random(int(seed))
    running: list[tuple[float, int, int]] = []
    sealed: list[str] = []
    for number in range(int(kills)):
        running.append((time.monotonic() + luck.random() * float(seconds), *fork(url, folder, str(number))))
        while len(running) >= AT_ONCE or (number + 1 == int(kills) and running):
            running.sort()
            when, child, read = running.pop(0)
            time.sleep(max(0.0, when - time.monotonic()))
            sealed += reap(child, read)
    sys.stdout.write(json.dumps(sealed))


if __name__ == "__main__":
    main(*sys.argv[1:])
