"""What whoever watches reads, and what goes into the file."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.wangdun.running import environment, write_config

STARTS = {"schedule": "logs.start(config, 'schedule')", "crawl-a": "worker._start_log(config, 'a')"}
FIRST = """
from pathlib import Path
from storage.database import Database
from wangdun import logs, worker
from wangdun.config import load
config = load(Path("config.yaml"))
{start}
Database.open(config.storage).close()
"""


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(("level", "told"), [("INFO", False), ("DEBUG", True)])
def test_the_first_run_does_not_begin_with_the_steps_of_making_tables(tmp_path, name, level, told):
    write_config(tmp_path, "", f"wangdun: {{log_level: {level}}}\n")
    code = FIRST.format(start=STARTS[name])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, check=True
    )
    assert told or "alembic" not in done.stderr.decode()
    assert ("alembic" in (tmp_path / "data" / "logs" / f"{name}.log").read_text("utf-8")) is told
