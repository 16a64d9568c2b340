"""The time stamp of an official capture, asked for at once so that the papers can state it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from storage.config import EvidenceConfig
    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture

NONE = "无（没有配置时间戳服务）"


def stamp(  # noqa: PLR0913 -- what stamping needs
    config: EvidenceConfig,
    db: Database,
    objects: Objects,
    capture: Capture,
    *,
    zone: tzinfo,
    clock: Callable[[], datetime],
) -> str:
    """Stamp the manifest and the WARC files of `capture`; what the record says of it. Raises StorageError."""
    from storage.evidence import timestamps
    from storage.evidence.tokens import Authority, TimestampError, request_for
    from wangdun.official.fetching import stated
    from wangdun.timestamping import Stamper

    if config.timestamp_url is None:
        return NONE
    told = []
    named = [("固定清单", capture.digest)]
    named += [(file.name, file.sha256) for file in capture.files if file.role == "warc"]
    try:
        stamper = Stamper(config.timestamp_url, Authority(config.timestamp_ca))
        for name, sha256 in named:
            token = stamper.ask(request_for(objects.read(sha256), sha256))
            one = timestamps.Unstamped(sha256, capture.id)
            timestamps.store(db, objects, one, token, url=stamper.url, now=clock())
            moment = token.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
            told.append(f"{name}：{moment}，{token.authority or stamper.url}（RFC 3161）")
    except TimestampError as error:
        told.append(f"未能取得：{stated(str(error))}")
    return "\n".join(told)
