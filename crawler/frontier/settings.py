"""Scrapy settings that a shared run has besides those of every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.config import Limits


def shared_settings(url: str, limits: Limits, age: float) -> dict[str, Any]:
    """For a frontier at `url` of a run that began `age` seconds ago: its time limit is one for all processes."""
    return {
        "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
        "SCHEDULER_QUEUE_CLASS": "crawler.frontier.queue.LeaseQueue",
        "DUPEFILTER_CLASS": "crawler.frontier.queue.NoFilter",
        "SCHEDULER_PERSIST": True,  # the frontier outlives each of its processes
        "SCHEDULER_SERIALIZER": "json",  # not used, but its default is pickle
        "REDIS_URL": url,
        "DOWNLOAD_HANDLERS": {
            "http": "crawler.frontier.gate.GatedHandler",
            "https": "crawler.frontier.gate.GatedHandler",
        },
        "CLOSESPIDER_TIMEOUT": max(1, limits.minutes * 60 - round(age)),  # 0 would be without end
    }
