"""Doctor's question where several processes crawl one site together: is their Redis there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.exceptions import FrontierError
from crawler.frontier.address import told_of
from wangdun.doctor import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wangdun.config import Config

ADVICE = "看 Redis 是否在运行、crawler.redis 或 WANGDUN_REDIS_URL 写得对不对；通之前这些站点不采集"


def check_shared(config: Config) -> Iterator[Check]:
    """Does Redis let us in? Nothing where no site is shared: then it is not needed."""
    sites = [site.name for site in config.crawler.sites if site.enabled and site.shared]
    if not sites:
        return
    from crawler.frontier.shared import connect, speaking

    url = config.crawler.redis_url or ""
    try:
        with speaking(), connect(url) as server:
            server.ping()
    except FrontierError as error:
        yield Check("Redis", "error", f"{error}（{len(sites)} 个站点合采）", ADVICE)
        return
    yield Check("Redis", "ok", f"可用：{told_of(url)}（{len(sites)} 个站点合采）")
