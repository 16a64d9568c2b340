"""What a browser showed, in the form in which it is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.browser.policy import host_of
from storage.evidence.records import CaptureDraft, FileDraft
from wangdun.securing import circumstances_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crawler.browser.records import Shot
    from crawler.browser.robots import Ruling
    from crawler.config import Site
    from storage.evidence.jobs import Job
    from wangdun.config import Config

METHOD = (
    "无界面 Chromium 打开网页，执行网页脚本，未登录，每次用全新的浏览器环境（无 Cookie、无缓存）；逐屏滚动后截取整页"
)
NOTES = (
    "图片和网页存档由浏览器生成，是网页呈现的样子，不是服务器答复的原始字节；原始字节见同一信息的网页固定（WARC）",
    "浏览器经本程序的隧道访问网络：只放行网页自身的请求和第三方的图片、样式、字体、脚本",
)


def is_of(site: Site, url: str) -> bool:
    """Whether the address is on one of the site's own hosts: the browser is sent nowhere else."""
    return host_of(url) in {host.rstrip(".").lower() for host in site.hosts} | {host_of(one) for one in site.start}


def draft(  # noqa: PLR0913 -- one fact each
    config: Config, job: Job, shot: Shot, *, site: Site | None, ruling: Ruling | None, taken_at: datetime
) -> CaptureDraft:
    """A capture of kind "screen", complete or with the reason why it is not."""
    return CaptureDraft(
        site_id=job.site_id,
        site=job.site,
        key=job.key,
        url=job.url,
        kind="screen",
        cause=job.cause,
        taken_at=taken_at,
        files=tuple(_files(shot)),
        facts=_facts(config, job, shot, site, ruling),
        missing=shot.missing,
    )


def _files(shot: Shot) -> Iterator[FileDraft]:
    if shot.png:
        yield FileDraft("page.png", "screenshot", "image/png", shot.png)
        yield FileDraft("page.txt", "text", "text/plain; charset=utf-8", shot.text.encode("utf-8", "replace"))
    if shot.mhtml:
        yield FileDraft("page.mhtml", "mhtml", "multipart/related", shot.mhtml)


def _facts(config: Config, job: Job, shot: Shot, site: Site | None, ruling: Ruling | None) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if site is not None:
        facts = circumstances_of(config, site, "").facts(())
        del facts["lexicon_version"], facts["as_kept"]  # nothing is judged here, and nothing kept as it came
        facts["robots"] |= {} if ruling is None or not ruling.reason else {"decision": "refused", "told": ruling.reason}
    host = host_of(shot.final_url or job.url)
    network = {
        "ip": shot.facts.get("servers", {}).get(host),
        "certificate_sha256": shot.facts.get("certificate_sha256"),
    }
    return facts | {
        "method": METHOD,
        "notes": list(NOTES),
        "network": network,
        "listing_digest": job.occasion,
        "asked": {"by": job.asked_by, "at": job.asked_at.isoformat(), "attempt": job.attempts, "score": job.score},
        "requested_url": job.url,
        "final_url": shot.final_url,
        "status": shot.status,
        "title": shot.title,
        "browser": shot.facts,
        "requests": list(shot.requests),
        "blocked": list(shot.blocked),
        "failures": list(shot.failures),
    }
