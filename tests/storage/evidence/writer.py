"""Processes that seal captures until they are killed, forked from one that has loaded everything.

``python -m tests.storage.evidence.writer URL FOLDER KILLS SEED MOST`` forks `KILLS` children, some at a time, kills
each (kill -9) at a random moment after it has sealed up to `MOST` captures and prints, as JSON, the digests that the
children had reported as sealed.
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
SHORTEST = 0.05  # s: a writer that has sealed nothing yet is still opening the database
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
            FileDraft("own.png", "screenshot", "image/png", os.urandom(60_000)),
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


def reap(child: int, read: int, luck: random.Random, most: int) -> list[str]:
    """Kill a writer at a random moment after it has sealed 0 to `most` captures; what it had reported."""
    with os.fdopen(read, "rb") as pipe:
        started = time.monotonic()
        sealed = [pipe.readline() for _ in range(luck.randint(0, most))]
        each = (time.monotonic() - started) / max(1, len(sealed))
        time.sleep(luck.random() * max(each, SHORTEST))  # anywhere within the next one, however busy the machine is
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "a writer ended by itself"
        sealed += pipe.readlines()
    return [line.decode().strip() for line in sealed if line.endswith(b"\n")]


def main(url: str, folder: str, kills: str, seed: str, most: str) -> None:
    luck = random.Random(int(seed))
    running: list[tuple[int, int]] = []
    sealed: list[str] = []
    for number in range(int(kills)):
        running.append(fork(url, folder, str(number)))
        while len(running) >= AT_ONCE or (number + 1 == int(kills) and running):
            sealed += reap(*running.pop(0), luck, int(most))
    sys.stdout.write(json.dumps(sealed))


if __name__ == "__main__":
    main(*sys.argv[1:])
