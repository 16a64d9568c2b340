"""Scrapy's settings for one run: everything they name exists, and the site's politeness is in them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object

from crawler.config import CrawlerConfig, Site
from crawler.settings import BASE, settings_for, user_agent

SITE = Site(name="b", start=("http://127.0.0.1/",))


def dotted():
    parts = ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS")
    groups = ("ITEM_PIPELINES", *parts, *(f"{name}_BASE" for name in parts))
    return sorted(path for group in groups for path in BASE[group])


@pytest.mark.parametrize("path", dotted())
def test_every_component_loads(path):
    assert load_object(path)


def test_scrapys_own_parts_are_in_their_places_and_nothing_else_is_loaded():
    """What is not used is not even loaded: the remote control brings a whole HTTP server with it."""
    for name in ("DOWNLOADER_MIDDLEWARES_BASE", "EXTENSIONS_BASE"):
        assert BASE[name].items() <= getattr(default_settings, name).items()
    script = """
import sys
from scrapy.settings import Settings
from crawler.config import CrawlerConfig, Site
from crawler.settings import settings_for
settings = Settings(settings_for(CrawlerConfig(), Site(name="b", start=("http://127.0.0.1/",)), "1"))
for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
    assert settings.get_component_priority_dict_with_base(name)
print(sorted({"aiohttp", "twisted.conch", "scrapy.extensions.telnet"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_politeness_by_default():
    given = settings_for(CrawlerConfig(), SITE, "1.2")
    assert given["ROBOTSTXT_OBEY"] is True
    assert (given["CONCURRENT_REQUESTS_PER_DOMAIN"], given["DOWNLOAD_DELAY"]) == (1, 2.0)
    assert given["AUTOTHROTTLE_ENABLED"] is True
    assert (given["DOWNLOAD_TIMEOUT"], given["DOWNLOAD_MAXSIZE"], given["RETRY_TIMES"]) == (30, 4 << 20, 2)
    assert given["COOKIES_ENABLED"] is False
    assert given["TELNETCONSOLE_ENABLED"] is False


def test_a_sites_own_politeness():
    own = SITE.model_copy(update={"delay": 0.0, "concurrency": 16})
    given = settings_for(CrawlerConfig(), own, "1.2")
    assert (given["CONCURRENT_REQUESTS_PER_DOMAIN"], given["CONCURRENT_REQUESTS"]) == (16, 16)
    assert given["AUTOTHROTTLE_ENABLED"] is False


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        ("demo@example.org", "Wangdun/1.2 (+demo@example.org)"),
        ("", "Wangdun/1.2 (+local test)"),
        ("演示县林业局 demo@example.org", "Wangdun/1.2 (+demo@example.org)"),
        ("a\r\nX-Evil: 1", "Wangdun/1.2 (+a X-Evil: 1)"),
    ],
)
def test_the_user_agent_is_honest_and_one_line(contact, agent):
    assert user_agent(CrawlerConfig(contact=contact), "1.2") == agent
