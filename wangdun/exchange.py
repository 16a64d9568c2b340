"""Everything that goes to and comes from other systems by itself: webhooks, packages into a folder, answers out of one."""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from referrals.exceptions import ReferralError
from storage.exceptions import StorageError
from storage.referral import deliveries
from storage.referral.deliveries import Attempt, Target
from storage.referral.exceptions import Absent, ReferringError
from storage.review.audit import Actor
from wangdun import locks
from wangdun.delivering import Hook, Outcome, deliver
from wangdun.distributed import holding
from wangdun.exceptions import WangdunError
from wangdun.folder_watch import STEADY, Inbox, Looked, Refused, Taken, drop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from storage.database import Database
    from storage.referral.deliveries import Message
    from wangdun.config import Config

FOLDER: Final = "folder:out"
"""The folder among the targets; no webhook can be called so."""
DROPPED: Final = frozenset({"referral.send"})
ACTOR: Final = Actor(None, "收发程序")
POLL: Final = 5.0  # seconds between two rounds of one that stays: whoever hands in a file waits beside the screen
INTO: Final = 1024 * 1024  # bytes of a workbook's table of contents: ours have some hundred
SHEET: Final = re.compile(rb'<(?:\w{1,9}:)?sheet\s[^>]{0,400}?name="([^"]{0,100})"')
CASES: Final = "案件"
"""The sheet that a form of feedback has and a receipt has not."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    delivered: Outcome = field(default_factory=Outcome)
    picked_up: tuple[Looked, ...] = ()


class Exchange:
    """Sends and receives for one installation."""

    def __init__(self, config: Config, db: Database, *, clock: Callable[[], datetime] | None = None) -> None:
        self.config = config
        self.db = db
        self.clock = clock or (lambda: datetime.now(UTC))
        self.hooks = tuple(
            Hook(one.name, one.url, frozenset(one.events), one.secret_env) for one in config.referrals.webhooks
        )
        into = config.referrals.folder.into
        self.inbox = Inbox(into, db, self.read) if into else None

    @property
    def targets(self) -> tuple[Target, ...]:
        """Who listens."""
        hooks = tuple(hook.target for hook in self.hooks)
        return (*hooks, Target(FOLDER, DROPPED)) if self.config.referrals.folder.out else hooks

    @property
    def senders(self) -> Mapping[str, Callable[[Message, datetime], Attempt]]:
        """Target -> how it is reached."""
        found: dict[str, Callable[[Message, datetime], Attempt]] = {hook.name: hook.send for hook in self.hooks}
        return {**found, FOLDER: self.drop} if self.config.referrals.folder.out else found

    def round(self) -> Round:
        """Send what is due, pick up what lies still.

        Raises:
            UsageError: the folder for answers cannot be read.
            StorageError: the database.
        """
        done = deliver(self.db, self.targets, self.senders, self.clock)
        looked = self.inbox.look(self.clock(), time.monotonic()) if self.inbox else []
        return Round(done, tuple(looked))

    def drop(self, message: Message, now: datetime) -> Attempt:
        """Put a referral's package into the folder."""
        folder = self.config.referrals.folder.out
        assert folder is not None  # else nobody is told of it
        if message.referral_id is None:
            return Attempt(ok=False, error="这条消息不属于任何移送", final=True)
        number = message.referral_id

        def write(path: Path) -> None:
            self._write(number, path, now)

        return drop(folder, message, write)

    def _write(self, referral_id: int, path: Path, now: datetime) -> None:
        from storage.evidence.objects import Objects
        from wangdun.refer_export import Export

        data = self.config.storage.data_dir
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".spool-", dir=data) as spool:
            made = Path(spool) / "package.zip"
            try:
                Export(self.config, self.db, Objects.of(self.config.storage)).write(referral_id, made, ACTOR, now)
            except (ReferralError, StorageError) as error:
                raise WangdunError(str(error)) from error
            shutil.copyfile(made, path)

    def read(self, name: str, content: bytes, sha256: str) -> Taken:
        """Take in a returned receipt or a filled form of feedback. Raises Refused."""
        now = self.clock()
        try:
            if CASES in sheets_of(content):
                return self._read_feedback(name, content, sha256, now)
            from wangdun.referring import Referring

            made = Referring(self.config, self.db).read_receipt(name, content, ACTOR, now)
        except (ReferralError, ReferringError, WangdunError) as error:
            raise Refused(str(error)) from error
        return Taken(made.id, f"回执：{made.number}")

    def _read_feedback(self, name: str, content: bytes, sha256: str, now: datetime) -> Taken:
        from referrals.feedback_import import reader
        from storage.referral import feedback
        from storage.referral.feedback_records import ImportedFile

        today = now.astimezone(ZoneInfo(self.config.wangdun.timezone)).date()
        rows = reader.read_xlsx(content, name, today, referral_of=self._number_of)
        made = feedback.add_all(self.db, rows, ACTOR, now, file=ImportedFile(name, sha256))
        return Taken(None, f"办理结果 {len(made)} 条")

    def _number_of(self, number: str) -> int | None:
        from storage.referral import queries

        try:
            return queries.by_number(self.db, number).id
        except Absent:
            return None


def sheets_of(content: bytes) -> list[str]:
    """Names of a workbook's sheets. Raises Refused: it is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book, book.open("xl/workbook.xml") as file:
            found = SHEET.findall(file.read(INTO))
    except Exception as error:  # a forged archive brings about whatever it likes: zlib, struct, key, value, end of file
        raise Refused("不是 Excel 工作簿（xlsx），或文件已损坏") from error
    return [name.decode("utf-8", "replace") for name in found]


def hints(config: Config) -> list[str]:
    """What would keep messages from arriving, as far as the settings tell; in Chinese."""
    found = []
    for hook in config.referrals.webhooks:
        where = f"referrals.webhooks {hook.name}"
        found += [f"{where}：没有名为 {one!r} 的事件" for one in hook.events if one not in deliveries.EVENTS]
        if not os.environ.get(hook.secret_env):
            found.append(f"{where}：环境变量 {hook.secret_env} 没有设置，消息不会发出")
    folder = config.referrals.folder
    for name, path in (("out", folder.out), ("in", folder.into)):
        if path is not None and not path.is_dir():
            found.append(f"referrals.folder.{name}：没有这个文件夹：{path}")
    return found


def wanted(config: Config) -> bool:
    """Whether anything is configured that goes out or comes in."""
    settings = config.referrals
    return bool(settings.webhooks or settings.folder.out or settings.folder.into)


def needed(config: Config, db: Database, now: datetime) -> bool:
    """Whether a round would find something to do. Raises StorageError."""
    if not wanted(config):
        return False
    into = config.referrals.folder.into
    return deliveries.waits(db, now) or (into is not None and bool(Inbox.waiting(into)))


def lock_file(data_dir: Path) -> Path:
    """The lock file of the one that sends and receives for a data folder."""
    return locks.lock_folder(data_dir) / "deliver.lock"


@contextmanager
def the_one(config: Config) -> Iterator[None]:
    """Be the one that sends and receives. Raises Busy."""
    said = "收发程序已在运行"
    with locks.file_lock(lock_file(config.storage.data_dir), said), holding.the_only_one(config, "deliver", said):
        yield


def work(
    config: Config, db: Database, *, stay: bool, tell: Callable[[Round], None], pause: Callable[[float], None] = time.sleep
) -> None:  # fmt: skip
    """Do a round, and a second one for files that have to lie still first; with `stay` go on until told to stop.

    Raises:
        Busy: another process is at it.
        UsageError, StorageError: see `Exchange.round`; with `stay` only the first time.
        KeyboardInterrupt: told to stop.
    """
    with the_one(config):
        exchange = Exchange(config, db)
        tell(exchange.round())
        if exchange.inbox and Inbox.waiting(exchange.inbox.folder):
            pause(STEADY + 0.1)  # the clocks' grain
            tell(exchange.round())
        while stay:
            pause(POLL)
            tell(exchange.round())
