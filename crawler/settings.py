"""Scrapy settings for one run of one site. Every number carries its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from crawler.config import CrawlerConfig, Site

PIPELINES = {
    "pipelines.clean.Clean": 100,
    "pipelines.unchanged.Unchanged": 200,
    "pipelines.detect.Detect": 300,
    "pipelines.seal.Seal": 400,
    "pipelines.store.Store": 900,
}

BASE: dict[str, Any] = {
    "BOT_NAME": "wangdun",
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    # doors that nobody needs: the first runs Python that is posted to it
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "ROBOTSTXT_OBEY": True,
    "COOKIES_ENABLED": False,  # only public pages are read; cookies would let a site track the visits
    "RETRY_HTTP_CODES": [408, 429, 500, 502, 503, 504, 520, 522, 524],
    "RETRY_PRIORITY_ADJUST": -1,
    "REDIRECT_MAX_TIMES": 8,  # real chains have two or three
    "METAREFRESH_MAXDELAY": 5,  # seconds; slower ones are news tickers, not redirects
    "DOWNLOAD_DELAY_JITTER": 0.0,  # the configured delay is a promise, not an average
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "DOWNLOAD_WARNSIZE": 0,
    "DNS_TIMEOUT": 20,
    "CONCURRENT_ITEMS": 2,  # tasks made for each page, which yields one batch; 1,000 here costs two thirds of the speed
    "DEFAULT_DROPITEM_LOG_LEVEL": "DEBUG",  # dropped listings must not be logged in full
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "LOG_LEVEL": "INFO",  # DEBUG costs 17 % of the speed and logs whole listings
    "LOGSTATS_INTERVAL": 60.0,
    "STATS_DUMP": False,
    "LOG_FORMATTER": "crawler.lean.QuietPages",
    "MEMUSAGE_LIMIT_MB": 1024,  # a run needs about 150; beyond this the machine suffers
    "ITEM_PIPELINES": PIPELINES,
    "DOWNLOAD_HANDLERS": {
        "http": "crawler.exchanges.RecordingHandler",
        "https": "crawler.exchanges.RecordingHandler",
    },
    # Of Scrapy's own parts only those named here: a part that is switched off by None would still be loaded, and two of
    # them (a remote control over HTTP, a terminal) take longer to load than all the others.
    "DOWNLOADER_MIDDLEWARES_BASE": {
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    },
    "DOWNLOADER_MIDDLEWARES": {
        "crawler.politeness.OnSite": 50,  # before anything is asked of another host, its robots.txt included
        "crawler.politeness.Robots": 100,  # where Scrapy's own would be
        "crawler.politeness.RetryAfter": 560,  # nearer to the network than Scrapy's retry (550)
        "crawler.lean.MetaRefresh": 580,
        "crawler.lean.Traffic": 850,
    },
    # the spider judges statuses, depth and length of addresses itself; each of Scrapy's parts for it costs 2 % of the
    # speed. And the reader's path (Referer) is nobody's business.
    "SPIDER_MIDDLEWARES_BASE": {},
    "SPIDER_MIDDLEWARES": {"crawler.lean.Starts": 25},  # where Scrapy's own would be
    "EXTENSIONS_BASE": {
        "scrapy.extensions.corestats.CoreStats": 0,
        "scrapy.extensions.closespider.CloseSpider": 0,
        "scrapy.extensions.logstats.LogStats": 0,
        "scrapy.extensions.throttle.AutoThrottle": 0,
    },
    "EXTENSIONS": {
        "crawler.politeness.CrawlDelay": 0,
        "crawler.faults.Faults": 0,
        "crawler.progress.Progress": 0,
        "crawler.lean.Memory": 0,
    },
}


def settings_for(config: CrawlerConfig, site: Site, version: str) -> dict[str, Any]:
    """All settings that one run of `site` needs."""
    polite = config.politeness_of(site)
    return BASE | {
        "USER_AGENT": user_agent(config, version),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            "Accept-Encoding": "gzip, deflate",  # what every reader of archived pages can decode; br and zstd are not
        },
        "ROBOTSTXT_OBEY": site.robots.obey,
        "DOWNLOAD_DELAY": polite.delay,
        # no more under way than may be sent: what waits here has to be waited for when the run is stopped
        "CONCURRENT_REQUESTS": polite.concurrency * len(site.hosts),
        "CONCURRENT_REQUESTS_PER_DOMAIN": polite.concurrency,
        # a delay of 0 says "my own server": nothing to be gentle with
        "AUTOTHROTTLE_ENABLED": polite.autothrottle and polite.delay > 0,
        "AUTOTHROTTLE_START_DELAY": polite.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, polite.delay),  # seconds; slower answers are time-outs
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(polite.concurrency),
        "DOWNLOAD_TIMEOUT": polite.timeout,
        "CLOSESPIDER_TIMEOUT": config.limits_of(site).minutes * 60,
        "DOWNLOAD_MAXSIZE": polite.max_bytes,
        "RETRY_TIMES": polite.retries,
        **(_rendering(config, site, version) if site.render else {}),
    }


def _rendering(config: CrawlerConfig, site: Site, version: str) -> dict[str, Any]:
    """For a site whose pages a browser draws; no other run loads it."""
    from crawler.rendering.commission import SETTING, commission_for

    # each scheme has a handler, and each such handler a browser of its own: only the site's own scheme gets one
    schemes = dict.fromkeys(urlsplit(url).scheme for url in site.start)
    drawing = dict.fromkeys(schemes, "crawler.rendering.handler.RenderingHandler")
    made = commission_for(config, site, user_agent(config, version))
    return {"DOWNLOAD_HANDLERS": BASE["DOWNLOAD_HANDLERS"] | drawing, SETTING: made}


def user_agent(config: CrawlerConfig, version: str) -> str:
    """An honest User-Agent: what asks, for whom, and how to reach them (ASCII; other characters are dropped)."""
    contact = " ".join(config.contact.split()).encode("ascii", "ignore").decode().strip("; ")
    return f"Wangdun/{version} (+{contact or 'local test'})"
