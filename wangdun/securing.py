"""Securing: how one run of a site secures its hits, put together from the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wangdun import __version__

if TYPE_CHECKING:
    from crawler.config import Site
    from pipelines.circumstances import Circumstances
    from pipelines.evidence import Evidence
    from storage.database import Database
    from storage.evidence.objects import Objects
    from wangdun.config import Config


def evidence_for(  # noqa: PLR0913 -- what a run is
    config: Config, site: Site, db: Database, objects: Objects, *, site_id: int, run_id: int, lexicon: str
) -> Evidence:
    """What the seal stage of a run needs."""
    from pipelines.drafts import Drafting
    from pipelines.evidence import Evidence

    drafting = Drafting(site_id, site.name, run_id, circumstances_of(config, site, lexicon))
    return Evidence(db, objects, config.storage.evidence, drafting)


def circumstances_of(config: Config, site: Site, lexicon: str) -> Circumstances:
    """Who collects `site`, with what, under which rules."""
    from crawler.settings import user_agent
    from pipelines.circumstances import Circumstances

    return Circumstances(
        version=__version__,
        config_sha256=config.hash,
        lexicon_version=lexicon,
        operator=config.crawler.unit,
        user_agent=user_agent(config.crawler, __version__),
        robots_reason=None if site.robots.obey else site.robots.reason,
        site=_settings(config, site),
    )


def _settings(config: Config, site: Site) -> dict[str, Any]:
    """Those that shape what is read; selectors and the rest are bound by the configuration's hash."""
    polite = config.crawler.politeness_of(site)
    return {
        "name": site.name,
        "platform": site.platform,
        "start": list(site.start),
        "replies": site.replies,
        "encoding": site.encoding,
        "timezone": site.timezone,
        "delay": polite.delay,
        "concurrency": polite.concurrency,
        "timeout": polite.timeout,
        "max_bytes": polite.max_bytes,
        "retries": polite.retries,
    }
