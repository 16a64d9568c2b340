"""Keep the plain texts of leads that PostgreSQL's search index knows from before they were kept.

Migration 0012 leaves a table behind that says how far this has come, as 0004 did, see `storage.review.backfill`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, MetaData, Table, inspect, text

from storage.review.backfill import Progress, read
from storage.review.describing import keep_plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

CLAIMS = Table("plain_backfill", MetaData(), Column("after", BigInteger), Column("last", BigInteger))
"""One row while there is something to do: the last lead that is done, and the last one there is to do."""
SUBJECT = "整理已有线索供查找用的文字"


def begin(connection: Connection) -> None:
    """Note down what there is to do; with no leads that is nothing."""
    last = connection.scalar(text("SELECT max(id) FROM leads"))
    if last is not None:
        CLAIMS.create(connection)
        connection.execute(CLAIMS.insert(), {"after": 0, "last": last})


def is_unfinished(connection: Connection) -> bool:
    """Whether there is something to do."""
    return inspect(connection).has_table(CLAIMS.name)


def step(connection: Connection) -> Progress | None:
    """Do the next piece within the caller's write transaction; None when that was the last one."""
    after, last = connection.execute(CLAIMS.select()).one()
    _, cut = read(connection, after)
    if cut:
        keep_plain(connection, cut)
    done = cut[-1][0].id if cut else last
    if done < last:
        connection.execute(CLAIMS.update(), {"after": done})
        return Progress(done, last)
    CLAIMS.drop(connection)
    return None
