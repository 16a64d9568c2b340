"""Both sites start, end, and come with the configuration that crawls them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from crawler.config import CrawlerConfig
from storage.config import StorageConfig
from tests.wangdun.demo.visiting import visit
from tests.wangdun.running import PATIENCE
from wangdun.demo.server import DemoSites


def test_the_configuration_is_valid_and_its_pages_answer(demo, tmp_path):
    config = demo.config(tmp_path)
    crawler = CrawlerConfig.model_validate(config["crawler"])
    assert [(site.name, site.platform) for site in crawler.sites] == [
        ("demo-forum", "discuz"),
        ("demo-shop", "opencart"),
    ]
    assert StorageConfig.model_validate(config["storage"]).data_dir == tmp_path
    starts = [url for site in crawler.sites for url in site.start]
    assert len(starts) == 8
    assert {visit(url).status for url in starts} == {200}


def test_addresses_need_a_running_server():
    with pytest.raises(RuntimeError, match="尚未启动"):
        _ = DemoSites().forum_url


def test_the_ports_are_free_after_the_end():
    with DemoSites() as demo:
        address = demo.shop_url
        assert visit(address).status == 200
    with pytest.raises(OSError):
        urlopen(address, timeout=PATIENCE)


def test_a_port_in_use_is_an_error_and_frees_the_other():
    with DemoSites() as demo:
        taken = urlsplit(demo.shop_url).port
        with pytest.raises(OSError), DemoSites(shop_port=taken):
            pass


def test_head_has_no_body(demo):
    connection = HTTPConnection(urlsplit(demo.shop_url).netloc, timeout=PATIENCE)
    connection.request("HEAD", "/outdoor")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    connection.close()


def test_the_module_serves_until_interrupted():
    command = [sys.executable, "-m", "wangdun.demo.server", "--forum-port", "0", "--shop-port", "0"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment) as process:
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            forum, shop = (line.partition("：")[2].strip() for line in lines)
            assert "青溪论坛" in visit(forum).text
            assert "青溪优选商城" in visit(shop).text
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def test_a_taken_port_is_said_in_words(demo):
    taken = str(urlsplit(demo.shop_url).port)
    command = [sys.executable, "-m", "wangdun.demo.server", "--forum-port", "0", "--shop-port", taken]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, check=False, capture_output=True, encoding="utf-8", env=environment, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert "端口可能已被占用" in done.stderr
    assert "Traceback" not in done.stderr
