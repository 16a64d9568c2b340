"""Commission: what the download handler is told of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.config import CrawlerConfig, Site
    from crawler.rendering.rules import Browsing, Render

SETTING = "RENDERING"
"""The Scrapy setting that holds it."""
SPARE = 600.0  # seconds beyond a run's own limit: its last pages may take all their time, and each is tried again


@dataclass(frozen=True, slots=True)
class Commission:
    """Which pages of which site are drawn, by what, within which bounds."""

    render: Render
    browsing: Browsing
    url: str
    """The first start page: where the site is."""
    hosts: tuple[str, ...]
    user_agent: str
    max_bytes: int
    """Of one drawn page."""
    longest: float
    """Seconds that a browser lives at most: a run and a little more."""


def commission_for(config: CrawlerConfig, site: Site, user_agent: str) -> Commission:
    """What a run of `site` is told. Raises ValueError for a site of which nothing is drawn."""
    if site.render is None:
        raise ValueError(site.name)
    return Commission(
        render=site.render,
        browsing=config.browser,
        url=site.start[0],
        hosts=site.hosts,
        user_agent=user_agent,
        max_bytes=config.politeness_of(site).max_bytes,
        longest=config.limits_of(site).minutes * 60 + SPARE,
    )
