"""Doctor says whether the Redis of sites that several processes crawl together is there."""

from __future__ import annotations

import pytest

from tests import services
from tests.wangdun.running import wangdun, write_config
from wangdun.config import load
from wangdun.doctor_shared import check_shared

SITE = """
- name: together
  start: http://127.0.0.1:1/list
  shared: {shared}
"""


@pytest.fixture(scope="module")
def server():
    with services.redis() as running:
        yield running


def examined(folder, monkeypatch, url, *, shared="true"):
    monkeypatch.setenv("WANGDUN_REDIS_URL", url)
    return list(check_shared(load(write_config(folder, SITE.format(shared=shared)))))


def test_a_server_that_answers(server, tmp_path, monkeypatch):
    [check] = examined(tmp_path, monkeypatch, server.url)
    assert (check.level, check.found) == ("ok", f"可用：redis://127.0.0.1:{server.port}/0（1 个站点合采）")


def test_a_server_that_wants_another_password(server, tmp_path, monkeypatch):
    from redis import Redis

    with Redis(port=server.port) as client:
        client.config_set("requirepass", "demo")
        try:
            without = examined(tmp_path, monkeypatch, server.url)
            wrong = examined(tmp_path, monkeypatch, server.url.replace("//", "//:s3cret@"))
            right = examined(tmp_path, monkeypatch, server.url.replace("//", "//:demo@"))
        finally:
            client.config_set("requirepass", "")
    for [check] in (without, wrong):
        assert check.level == "error"
        assert check.found == "Redis 拒绝访问：没有写密码，或用户名、密码不对（1 个站点合采）"
    assert right[0].level == "ok"
    assert "demo" not in right[0].found


@pytest.mark.parametrize("url", ["redis://:s3cret@127.0.0.1:1/0", "http://s3cret@there", "redis://:s3cret@there:x/0"])
def test_nobody_answers_or_the_address_is_none(tmp_path, monkeypatch, url):
    [check] = examined(tmp_path, monkeypatch, url)
    assert check.level == "error"
    assert "Redis" in check.found
    assert "s3cret" not in check.found


def test_without_a_shared_site_there_is_nothing_to_say(tmp_path, monkeypatch):
    assert examined(tmp_path, monkeypatch, "redis://127.0.0.1:1/0", shared="false") == []


def test_doctor_asks_it(tmp_path):
    write_config(tmp_path, SITE.format(shared="true"))
    told = wangdun("doctor", "--json", cwd=tmp_path, WANGDUN_REDIS_URL="redis://:s3cret@127.0.0.1:1/0")
    assert told.returncode == 1
    assert "连不上 Redis" in told.stdout.decode()
    assert b"s3cret" not in told.stdout + told.stderr
