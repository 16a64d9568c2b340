"""Only a run of a site that asks for it knows of a browser."""

from __future__ import annotations

import pytest

from crawler.config import CrawlerConfig, Site
from crawler.rendering.commission import SETTING, commission_for
from crawler.settings import settings_for
from tests.wangdun.running import python

RENDERING, RECORDING = "crawler.rendering.handler.RenderingHandler", "crawler.exchanges.RecordingHandler"


def site(**keys):
    return Site.model_validate({"name": "b", "start": "https://a.cn/list", **keys})


@pytest.mark.parametrize(
    ("keys", "handlers"),
    [
        ({}, (RECORDING, RECORDING)), ({"render": "http"}, (RECORDING, RECORDING)), ({"render": "browser"}, (RECORDING, RENDERING)),
        ({"render": {"lists": "browser"}, "start": "http://a.cn/"}, (RENDERING, RECORDING)),
    ],
)  # fmt: skip
def test_which_handlers_a_run_has(keys, handlers):
    settings = settings_for(CrawlerConfig(), site(**keys), "1")
    assert (settings["DOWNLOAD_HANDLERS"]["http"], settings["DOWNLOAD_HANDLERS"]["https"]) == handlers
    assert (SETTING in settings) == (RENDERING in handlers)


def test_what_a_run_is_told():
    config = CrawlerConfig.model_validate({"limits": {"minutes": 10}, "browser": {"megabytes": 500}})
    drawn = site(
        render={"lists": {"scroll": 3}, "allow": ["Static.cdn.cn"]},
        json={"item": {"title": "t", "url": "https://api.a.cn/{key}"}},
    )
    told = commission_for(config, drawn, "Wangdun/1")
    assert (told.url, told.hosts, told.user_agent) == ("https://a.cn/list", ("a.cn", "api.a.cn"), "Wangdun/1")
    assert (told.render.lists.scroll, told.render.allow, told.browsing.megabytes) == (3, ("static.cdn.cn",), 500)
    assert told.longest > 600
    with pytest.raises(ValueError, match="b"):
        commission_for(config, site(), "x")


def test_no_other_run_loads_the_browsers_library(tmp_path):
    said = python(
        """
        import sys
        from crawler.config import CrawlerConfig, Site
        from crawler.settings import settings_for
        import crawler.probe, crawler.single, crawler.spider
        from scrapy.utils.misc import load_object
        settings = settings_for(CrawlerConfig(), Site(name="b", start=("http://a.cn/",)), "1")
        for handler in settings["DOWNLOAD_HANDLERS"].values():
            load_object(handler)
        print(sorted(name for name in sys.modules if name.split(".")[0] in {"playwright", "scrapy_playwright"}))
        """,
        tmp_path,
    )
    assert said.strip() == "[]"
