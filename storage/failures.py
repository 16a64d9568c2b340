"""Turn a driver's error into one plain Chinese sentence for the person at the screen."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError, StatementError

from storage.exceptions import NaiveTimeError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

SQLITE_SENTENCES = {
    sqlite3.SQLITE_FULL: "磁盘已满，数据没有写入。请清理磁盘后重试：{place}",
    sqlite3.SQLITE_READONLY: "数据库只能读取，不能写入。请检查文件夹权限，或磁盘是否为只读：{place}",
    sqlite3.SQLITE_PERM: "没有权限使用数据库文件：{place}",
    sqlite3.SQLITE_CANTOPEN: "打不开数据库文件。请检查文件夹是否存在、能否写入：{place}",
    sqlite3.SQLITE_NOTADB: "这个文件不是网盾的数据库：{place}",
    sqlite3.SQLITE_CORRUPT: "数据库文件已损坏，请用备份恢复：{place}",
    sqlite3.SQLITE_BUSY: "数据库正忙：另一个程序占用写入超过 10 秒。请稍后重试：{place}",
    sqlite3.SQLITE_LOCKED: "数据库正忙，请稍后重试：{place}",
    sqlite3.SQLITE_IOERR: "读写磁盘出错，请检查磁盘是否已满或损坏：{place}",
    sqlite3.SQLITE_TOOBIG: "内容过大，数据库存不下：{place}",
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html; whole codes first, then classes (two characters)
POSTGRES_SENTENCES = {
    "53100": "数据库服务器磁盘已满，数据没有写入：{place}",
    "53300": "数据库连接数已满，请稍后重试：{place}",
    "25006": "数据库只能读取，不能写入：{place}",
    "3D000": "数据库不存在，请先建库：{place}",
    "42501": "数据库用户没有所需的权限：{place}",
    "28": "数据库用户名或密码不对：{place}",
    "pg_hba": "数据库服务器不允许这台机器或这个用户连接，请检查它的 pg_hba.conf：{place}",
    "08": "连不上数据库，请检查地址和网络：{place}",
    "57": "数据库服务器正在启动、停止，或中断了操作，请稍后重试：{place}",
    "40": "数据库正忙（并发冲突），请稍后重试：{place}",
    "22": "有内容超出数据库能存的范围：{place}",
}

# what a server says as it refuses a connection, in English and in Chinese (its lc_messages), and the code that it means;
# the first that fits counts: a refusal for want of a right names the database too
REFUSALS = (
    ("password authentication failed", "28"),
    ("认证失败", "28"),
    ("no password supplied", "28"),
    ("pg_hba.conf", "pg_hba"),
    ('role "', "28"),
    ("角色", "28"),
    ("permission denied for database", "42501"),
    ("权限不够", "42501"),
    ("too many clients", "53300"),
    ("太多的客户", "53300"),
    ("connection slots are reserved", "53300"),
    ("连接位置", "53300"),
    ("the database system is", "57"),
    ("数据库系统", "57"),
    ('database "', "3D000"),
    ('数据库 "', "3D000"),
)
SEVERITY = re.compile("(?:FATAL|致命错误): *")


@contextmanager
def speaking_plainly(place: str) -> Iterator[None]:
    """Raise StorageError instead of any error of the database library; `place` is shown, so it holds no password."""
    try:
        yield
    except StatementError as error:
        if isinstance(error.orig, NaiveTimeError):
            raise error.orig from error
        raise StorageError(_sentence(error.orig, place)) from error
    except sqlite3.Error as error:  # from a connection that the library did not stand in front of
        raise StorageError(_sentence(error, place)) from error
    except OverflowError as error:  # sqlite3 is handed a whole number beyond 63 bits
        raise StorageError(f"有数字超出数据库能存的范围：{place}") from error
    except SQLAlchemyError as error:
        raise StorageError(f"数据库操作失败：{place}") from error


def _sentence(error: BaseException | None, place: str) -> str:
    known = _known_sentence(error)
    if known is not None:
        return known.format(place=place)
    first_line = str(error).partition("\n")[0][:200]  # what follows may quote whole rows
    return f"数据库操作失败（{first_line}）：{place}"


def _known_sentence(error: BaseException | None) -> str | None:
    if isinstance(error, sqlite3.Error):
        return SQLITE_SENTENCES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # low byte: the primary code
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return POSTGRES_SENTENCES.get(state) or POSTGRES_SENTENCES.get(state[:2])
    if isinstance(error, OverflowError):
        return POSTGRES_SENTENCES["22"]
    return _unconnected(str(error)) if type(error).__module__.startswith("psycopg") else None


def _unconnected(said: str) -> str:
    """While it connects, libpq passes on no code, only words: the server's, in its own language, or none of a server."""
    for words, code in REFUSALS:
        if words in said:
            return POSTGRES_SENTENCES[code]
    refused = SEVERITY.search(said)
    if refused is None:
        return POSTGRES_SENTENCES["08"]
    reason = said[refused.end() :].partition("\n")[0][:200].replace("{", "{{").replace("}", "}}")
    return f"数据库服务器拒绝了连接（{reason}）：{{place}}"
