"""Tells people: what is new since last time, one message a receiver, by e-mail, signed POST or into a file."""

from __future__ import annotations

import json
import logging
import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Any, Final

from storage.operation import notices
from wangdun import __version__, locks, noticing
from wangdun.delivering import post, sign
from wangdun.distributed import holding
from wangdun.output import one_line
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database
    from storage.operation.notices import Waiting
    from wangdun.config import Config
    from wangdun.operating import NotifyTarget

SECONDS: Final = 20.0  # for a whole attempt
SHOWN: Final = 50  # lines of a message; the rest is counted
PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
EVENT_WORDS: Final = {
    "site_silent": "站点没有动静",
    "site_changed": "站点可能改版",
    "run_failed": "采集失败",
    "disk_low": "磁盘空间不足",
    "alert_lead": "告警线索",
    "deadline": "期限已过",
    "backup_failed": "备份没有做成",
}
logger = logging.getLogger("wangdun.notify")


@dataclass(frozen=True, slots=True)
class Told:
    """What one round did."""

    new: int = 0
    """Events not seen before."""
    sent: int = 0
    """Messages that arrived."""
    failed: int = 0
    """Messages that did not; they are tried again."""


def lock_file(config: Config) -> Path:
    """Held during a round: two at once would say everything twice."""
    return locks.lock_folder(config.storage.data_dir) / "notify.lock"


def tell(config: Config, db: Database, clock: Callable[[], datetime]) -> Told:
    """One round: look what has happened, send what is due. Nothing is done where nobody is to be told.

    Raises:
        Busy: another round is running.
        StorageError: the database cannot be read or written.
        OSError: the disk cannot be asked.
    """
    targets = config.wangdun.notify
    if not targets:
        return Told()
    said = "通知正在发送"
    with locks.file_lock(lock_file(config), said), holding.the_only_one(config, "notify", said):
        now = clock()
        wanted = {target.name: target.events for target in targets}
        new = notices.add(db, noticing.see(config, db, now), wanted, now)
        notices.clock_set_back(db, now)
        done = [_send_due(config, db, target, clock) for target in targets]
    return Told(new, done.count(True), done.count(False))


def _send_due(config: Config, db: Database, target: NotifyTarget, clock: Callable[[], datetime]) -> bool | None:
    """Whether a message arrived; None where there was none to send."""
    now = clock()
    due = notices.due(db, target.name, now)
    if any(one.event == "alert_lead" for one in due):
        last = notices.last_sent(db, target.name, "alert_lead")
        if last is not None and last <= now < last + config.wangdun.notify_every:
            due = [one for one in due if one.event != "alert_lead"]
    if not due:
        return None
    error = send(target, due, now)
    if error:
        logger.warning("通知没有送达 %s（%d 项），稍后再试：%s", target.name, len(due), error)
        notices.failed(db, due, error, clock())
        return False
    logger.info("已通知 %s：%d 项", target.name, len(due))
    notices.sent(db, due, clock())
    return True


def send(target: NotifyTarget, due: Sequence[Waiting], now: datetime) -> str:
    """Send one message; what went wrong, empty when it arrived."""
    try:
        if target.email:
            return _mail(target, due, now)
        if target.url:
            return _post(target, due, now)
        return _append(target, due, now)
    except smtplib.SMTPException as error:
        said = error.smtp_error if isinstance(error, smtplib.SMTPResponseException) else str(error)
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        return f"邮件服务器没有收下：{one_line(text, 200)}"
    except ssl.SSLCertVerificationError as error:
        return f"对方的证书不可信：{error.verify_message}"
    except OSError as error:  # a time-out is one of them
        return f"发送失败：{one_line(why(error), 200)}"


def subject(due: Sequence[Waiting]) -> str:
    """``网盾：告警线索 3 项、磁盘空间不足``."""
    counts = {event: sum(one.event == event for one in due) for event in EVENT_WORDS}
    words = [
        f"{EVENT_WORDS[event]} {count} 项" if count > 1 else EVENT_WORDS[event]
        for event, count in counts.items()
        if count
    ]
    return f"网盾：{'、'.join(words) or '通知'}"


def _lines(due: Sequence[Waiting]) -> list[str]:
    lines = [one_line(one.text) for one in due[:SHOWN]]
    return lines if len(due) <= SHOWN else [*lines, f"……另有 {len(due) - SHOWN} 项，请在研判台查看"]


def _mail(target: NotifyTarget, due: Sequence[Waiting], now: datetime) -> str:
    password = os.environ.get(target.password_env, "") if target.password_env else ""
    if target.user and not password:
        return f"环境变量 {target.password_env} 没有设置，不能登录邮件服务器"
    message = EmailMessage()
    message["From"], message["To"] = target.sender, ", ".join(target.email)
    message["Subject"], message["Date"] = subject(due), format_datetime(now)
    message["Message-ID"] = make_msgid(str(due[0].send_id), target.sender.rpartition("@")[2])
    message.set_content("\n".join([*_lines(due), "", "此邮件由网盾自动发出。"]))
    host, _, port = target.smtp.rpartition(":") if target.smtp.rpartition(":")[2].isdigit() else (target.smtp, "", "")
    number = int(port or PORTS[target.security])
    secure = ssl.create_default_context()
    client = (
        smtplib.SMTP_SSL(host, number, timeout=SECONDS, context=secure)
        if target.security == "tls"
        else (smtplib.SMTP(host, number, timeout=SECONDS))
    )
    with client as server:
        if target.security == "starttls":
            server.starttls(context=secure)
        if target.user:
            server.login(target.user, password)
        refused = server.send_message(message)
    return f"邮件服务器拒绝了部分收件人：{'、'.join(refused)}" if refused else ""


def _facts(due: Sequence[Waiting], now: datetime) -> dict[str, Any]:
    items = [
        {"id": one.notice_id, "event": one.event, "text": one.text, "at": one.at.isoformat(), "detail": one.detail}
        for one in due
    ]
    return {"at": now.isoformat(), "subject": subject(due), "notices": items}


def _post(target: NotifyTarget, due: Sequence[Waiting], now: datetime) -> str:
    secret = os.environ.get(target.secret_env, "")
    if not secret:
        return f"环境变量 {target.secret_env} 没有设置，不能签名"
    body = json.dumps(_facts(due, now), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": f"Wangdun/{__version__}",
        "wangdun-event": "notice",
        "wangdun-delivery": f"notice-{due[0].send_id}-{due[-1].send_id}",
        "wangdun-signature": sign(body, secret.encode(), int(now.timestamp())),
    }
    return post(target.url, body, headers, seconds=SECONDS).error


def _append(target: NotifyTarget, due: Sequence[Waiting], now: datetime) -> str:
    assert target.file is not None
    target.file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(
        json.dumps(item | {"sent_at": now.isoformat()}, ensure_ascii=False) + "\n"
        for item in _facts(due, now)["notices"]
    )
    descriptor = os.open(target.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(lines.encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
    return ""
