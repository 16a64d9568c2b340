"""What people should be told of: looked up in the database and on the disk, each event under a key of its own.

A site that fails again and again is one event until it has worked again; a low disk is one event a day.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from storage import runs
from storage.operation import alerts, records
from storage.operation.notices import NewNotice
from storage.referral import queries, reporting
from wangdun import planning
from wangdun.doctor import LITTLE_SPACE, existing
from wangdun.due import next_run
from wangdun.output import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.database import Database
    from storage.runs import Run
    from wangdun.config import Config
    from wangdun.planning import Planned

CHANGED: Final = ("没有读到", "只读到", "少于设定的最少")
"""What `wangdun.health` says of a run that read pages but not what they hold."""
PATIENCE: Final = 3  # turns that a site may miss before it is silent: one is a restart, two a night of repairs
LEAST: Final = timedelta(days=1)  # however often a site is read, nobody gets up for an hour's outage
BACK: Final = timedelta(days=1)  # older leads are no news; somebody who has just switched this on is not flooded
LONGEST: Final = 120  # characters of a title or a reason: a line in a message
DISK_STEPS: Final = (LITTLE_SPACE, LITTLE_SPACE // 4)  # bytes: the second is another event, for it is urgent


def see(config: Config, db: Database, now: datetime) -> list[NewNotice]:
    """Everything that is worth a word now, whether or not it was told before. Raises StorageError, OSError."""
    zone = ZoneInfo(config.wangdun.timezone)
    planned = planning.plan(config, db, known := planning.register(config, db, now), now)
    found = []
    for one in planned:
        if one.site.enabled:
            good = runs.last_good(db, known[one.site.name].id, 1)
            found += list(_of_site(one, good[0] if good else None, known[one.site.name].since, now, zone))
    found += list(_disk(config, now, zone))
    found += list(_alerts(db, now))
    found += list(_deadlines(db, now, zone))
    found += list(_backup(config, db, now))
    return found


def _of_site(one: Planned, good: Run | None, since: datetime, now: datetime, zone: ZoneInfo) -> Iterator[NewNotice]:
    name, mark = one.site.name, good.id if good else 0
    if one.last is not None and one.last.status in {"failed", "killed"} and one.last.id > mark:
        changed = any(words in one.last.reason for words in CHANGED)
        event, what = ("site_changed", "网页可能已改版") if changed else ("run_failed", "采集失败")
        why = f"：{one_line(one.last.reason, LONGEST)}" if one.last.reason else ""
        yield NewNotice(f"{event}:{name}:{mark}", event, f"站点 {name} {what}{why}", {"site": name, "run": one.last.id})
    last = good.started_at if good else since
    if one.next is not None and now - last > _longest_wait(one, last, zone):
        text = f"站点 {name} 已有 {planning.span_text(now - last)} 没有完整采集过"
        yield NewNotice(f"site_silent:{name}:{mark}", "site_silent", text, {"site": name})


def _longest_wait(one: Planned, last: datetime, zone: ZoneInfo) -> timedelta:
    following = next_run(one.site, last, last, zone, last, pace=one.pace.wait if one.pace else None)
    return max(LEAST, PATIENCE * (following - last)) if following else timedelta.max


def _disk(config: Config, now: datetime, zone: ZoneInfo) -> Iterator[NewNotice]:
    folder = existing(config.storage.data_dir)
    free = shutil.disk_usage(folder).free
    reached = [step for step in DISK_STEPS if free < step]
    if reached:
        key = f"disk_low:{now.astimezone(zone):%Y-%m-%d}:{reached[-1]}"
        text = f"磁盘空间不足：{folder} 剩余 {free >> 20} MB，请清理或换更大的磁盘"
        yield NewNotice(key, "disk_low", text, {"free": free})


def _alerts(db: Database, now: datetime) -> Iterator[NewNotice]:
    for number, site, score in alerts.since(db, now - BACK):
        text = f"告警线索 {number}（{site}，{score:.0f} 分）"  # no title: messages leave the office
        yield NewNotice(f"alert_lead:{number}", "alert_lead", text, {"lead": number, "site": site, "score": score})


def _deadlines(db: Database, now: datetime, zone: ZoneInfo) -> Iterator[NewNotice]:
    for one in queries.overdue(db, now):
        assert one.due_at is not None
        key = f"deadline:referral:{one.id}:{one.due_kind}:{one.due_at:%Y%m%d%H%M}"
        text = f"移送 {one.number or one.id}（{one.receiver}）已超过期限 {one.due_at.astimezone(zone):%Y-%m-%d}"
        yield NewNotice(key, "deadline", one_line(text, LONGEST), {"referral": one.id})
    today = now.astimezone(zone).date()
    for due in reporting.reminders(db, today):
        if due.days < 0:
            text = f"专项行动“{due.campaign}”的报送已逾期 {-due.days} 天，{len(due.missing)} 个单位未报"
            key = f"deadline:campaign:{due.campaign_id}:{due.due.id}"
            yield NewNotice(key, "deadline", one_line(text, LONGEST), {"campaign": due.campaign_id})


def _backup(config: Config, db: Database, now: datetime) -> Iterator[NewNotice]:
    last, good = records.last(db, "backup"), records.last(db, "backup", ok=True)
    if last is not None and not last.ok:
        mark = good.id if good else 0
        text = f"备份失败：{one_line(str(last.detail.get('why', '')), LONGEST)}"
        yield NewNotice(f"backup_failed:{mark}", "backup_failed", text, {"operation": last.id})
    if config.wangdun.backup.folder is None:
        return
    if good is not None and now - good.at > config.wangdun.backup.warn_after:
        text = f"已有 {planning.span_text(now - good.at)} 没有成功备份"
        yield NewNotice(f"backup_old:{good.id}", "backup_failed", text, {"operation": good.id})
