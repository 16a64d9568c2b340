"""One page, fetched once: what is kept of it, and where it does not go."""

from __future__ import annotations

import json

import pytest

from tests.site.fixture import serve
from tests.wangdun.running import python

CODE = """
import json
from crawler.config import CrawlerConfig, Site
from crawler.settings import settings_for
from crawler.single import Seen, SinglePage
from scrapy.crawler import AsyncCrawlerProcess
site = Site(name="demo", start="{url}/board/", delay=0)
seen = Seen()
process = AsyncCrawlerProcess(settings_for(CrawlerConfig(), site, "0") | {{"LOG_ENABLED": False, "ITEM_PIPELINES": {{}}}})
process.crawl(SinglePage, url="{url}{path}", hosts={hosts}, images=lambda answer: {images}, room=1 << 20, seen=seen)
process.start()
print(json.dumps({{
    "exchanges": [[one.url, one.status] for one in seen.exchanges], "failure": seen.failure,
    "status": seen.answer and seen.answer.status, "kept": seen.answer and len(seen.answer.exchanges),
    "pictures": seen.pictures.urls, "missing": [one[1] for one in seen.pictures.failures],
}}))
"""


@pytest.fixture(scope="module")
def site():
    with serve() as running:
        yield running


def fetch(site, tmp_path, path, hosts=("127.0.0.1",), images=()):
    given = [image if image.startswith("ftp:") else site.url + image for image in images]
    return json.loads(python(CODE.format(url=site.url, path=path, hosts=list(hosts), images=given), tmp_path))


def test_page_and_pictures_come_with_their_exchanges(site, tmp_path):
    found = fetch(site, tmp_path, "/ok", images=["/picture.png", "/ok", "ftp://x/y"])
    assert found["exchanges"] == [[f"{site.url}/ok", 200]]
    assert (found["status"], found["kept"], found["failure"]) == (200, 1, "")
    assert found["pictures"] == [f"{site.url}/picture.png"]
    assert found["missing"] == ["不是图片", "不是网址"]


def test_redirects_are_kept_in_their_order(site, tmp_path):
    found = fetch(site, tmp_path, "/redirect-chain?n=2")
    assert [status for _, status in found["exchanges"]] == [302, 302, 200]
    assert found["exchanges"][-1][0] == f"{site.url}/ok"


def test_an_error_page_is_an_answer_too(site, tmp_path):
    found = fetch(site, tmp_path, "/no-such")
    assert found["status"] == 404


def test_it_does_not_leave_the_site(site, tmp_path):
    found = fetch(site, tmp_path, "/ok", hosts=["other.example"])
    assert found["status"] is None
    assert found["exchanges"] == []
    assert found["failure"]
