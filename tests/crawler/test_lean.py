"""A run is judged by its own memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from scrapy import Request

from crawler.lean import Starts

LARGE = 300 * 1024 * 1024  # bytes: far more than the child needs
CHILD = """
import resource
from crawler.lean import Memory
memory = Memory.__new__(Memory)
memory.resource = resource
print(memory.get_virtual_size(), super(Memory, memory).get_virtual_size())
"""
PARENT = f"""
import subprocess, sys
held = b"x" * {LARGE}
del held
sys.exit(subprocess.run([sys.executable, "-c", sys.argv[1]], check=False).returncode)
"""


def test_a_run_started_by_a_large_program_does_not_count_that_programs_memory():
    done = subprocess.run([sys.executable, "-c", PARENT, CHILD], capture_output=True, text=True, check=True)
    ours, highest = map(int, done.stdout.split())
    assert highest > LARGE, "the trap that the product's own measure avoids"
    assert 1024 * 1024 < ours < LARGE


def test_start_requests_are_marked_as_by_scrapy_itself():
    async def start():
        yield Request("http://127.0.0.1/1")
        yield Request("http://127.0.0.1/2", meta={"is_start_request": False})

    async def marks():
        return [request.meta["is_start_request"] async for request in Starts().process_start(start())]

    assert asyncio.run(marks()) == [True, False]
