"""A few pages fetched once for a person to look at."""

from __future__ import annotations

import json

from tests.site.fixture import serve
from tests.wangdun.running import python

CODE = """
    import json
    from crawler.config import CrawlerConfig, Site
    from wangdun.probe import fetch

    urls = [({host!r} + path, path) for path in ("/ok", "/redirect-chain?n=2", "/500", "/reset", "/private")]
    start = {host!r} + "/list?to=/ok"
    config = CrawlerConfig.model_validate({{"politeness": {{"delay": 0, "retries": 0}}}})
    result = fetch(config, Site(name="new", start=(start,)), start, lambda answer: urls)
    answers = [(one.url, one.status, len(one.body) > 100) for one in result.answers]
    print(json.dumps({{"answers": answers, "asked": result.asked, "failures": result.failures}}))
"""


def test_probe(tmp_path):
    with serve() as site:
        found = json.loads(python(CODE.format(host=site.url), tmp_path))
        assert found["answers"][0] == [f"{site.url}/list?to=/ok", 200, True], "the first page is first"
        assert [f"{site.url}/500", 500, True] in found["answers"]
        assert [f"{site.url}/private", 404, True] in found["answers"]
        assert found["failures"] == [[f"{site.url}/reset", "连接失败（对方中断了连接）"]]
        assert found["asked"][f"{site.url}/500"] == [f"{site.url}/500", "/500"]
        assert site.paths()[0] == "/robots.txt"
        assert {entry["headers"]["User-Agent"] for entry in site.log()} == {"Wangdun/0.1.0 (+local test)"}
