"""The compose file and the service files name what there is; no container is started here."""

from __future__ import annotations

import configparser
import re

import pytest
import yaml

from tests.wangdun.running import ROOT
from wangdun.cli import COMMANDS

COMPOSE = ROOT / "docs" / "compose"


@pytest.fixture
def services():
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_every_service_is_one_of_ours_or_the_database(services):
    assert set(services) == {"database", "worker", "console"}
    for name in ("worker", "console"):
        assert services[name]["command"][0] in COMMANDS
        assert services[name]["depends_on"] == {"database": {"condition": "service_healthy"}}
        assert services[name]["init"] is True
    build = services["worker"]["build"]
    assert (COMPOSE / build["context"] / build["dockerfile"]).resolve() == COMPOSE / "Dockerfile"


def test_named_volumes_are_declared_and_secrets_stay_outside(services):
    text = (COMPOSE / "compose.yaml").read_text(encoding="utf-8")
    declared = set(yaml.safe_load(text)["volumes"])
    used = {volume.partition(":")[0] for one in services.values() for volume in one["volumes"]}
    assert {name for name in used if not name.startswith(".")} == declared
    assert all(one["env_file"] == "secrets.env" for one in services.values())
    assert not any("PASSWORD" in line and "=" in line for line in text.splitlines() if "#" not in line)
    assert all(port.startswith("127.0.0.1:") for port in services["console"]["ports"])


def test_a_worker_gets_longer_to_end_than_its_runs(services):
    from wangdun.config import RunConfig

    grace = RunConfig().grace.total_seconds()
    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) > grace
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(ROOT / "docs" / "systemd" / "wangdun-worker.service", encoding="utf-8")
    assert int(unit["Service"]["TimeoutStopSec"]) > grace
    assert unit["Service"]["ExecStart"].endswith("wangdun worker")
    assert unit["Service"]["KillMode"] == "mixed"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_the_image_installs_only_what_is_locked_and_copies_what_there_is():
    text = (COMPOSE / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("pip install") == 1
    assert "--require-hashes -r requirements.lock" in text
    copied = re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE)
    assert all((ROOT / name).exists() for line in copied for name in line.split())
    wheels = re.search(r"^packages = \[(.+)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r'"(\w+)"', wheels[1])) <= set(copied)
