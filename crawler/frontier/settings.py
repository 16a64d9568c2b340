"""Scrapy settings that a shared run has besides those of every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.config import Limits


def gated_settings(url: str) -> dict[str, Any]:
    """For whatever reads a shared site: its requests pass the gate in the Redis at `url`."""
    handler = "crawler.frontier.gate.GatedHandler"
    return {"REDIS_URL": url, "DOWNLOAD_HANDLERS": {"http": handler, "https": handler}}


def shared_settings(url: str, limits: Limits, age: float) -> dict[str, Any]:
    """For a frontier at `url` of a run that began `age` seconds ago: its time limit is one for all processes."""
    return gated_settings(url) | {
        "SCHEDULER": "crawler.frontier.queue.QuietScheduler",
        "SCHEDULER_QUEUE_CLASS": "crawler.frontier.queue.LeaseQueue",
        "DUPEFILTER_CLASS": "crawler.frontier.queue.NoFilter",
        "SCHEDULER_PERSIST": True,  # the frontier outlives each of its processes
        "SCHEDULER_SERIALIZER": "json",  # not used, but its default is pickle
        "CLOSESPIDER_TIMEOUT": max(1, limits.minutes * 60 - round(age)),  # 0 would be without end
    }
