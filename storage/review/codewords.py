"""Candidates for code words, and what people said of them: a word that is none is not proposed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import func, insert, select

from storage.bulk import take_ids
from storage.review import audit, quality
from storage.review.audit import Event
from storage.review.exceptions import ReviewError
from storage.review.mining import LENGTHS
from storage.review.models import Account, Decision, WordVerdict
from storage.review.queue import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.review.audit import Actor
    from storage.review.filters import QueueRow
    from storage.review.mining import Candidate

PLAIN, OPEN = "plain", "open"
MOST = 500  # candidates kept: of whom people settle some dozens
AROUND = 12  # characters shown on both sides of a word: enough to see how it is used


_mined: WeakKeyDictionary[Database, tuple[int | None, list[Candidate]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Said:
    """A word that somebody said is no code word."""

    word: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Example:
    """A confirmed lead that shows a word."""

    lead: QueueRow
    before: str
    behind: str
    """What stands around the word; both empty where it is written otherwise."""


def plain(db: Database) -> list[Said]:
    """Words that are no code words, the last said first. Raises StorageError."""
    last = select(func.max(WordVerdict.id)).group_by(WordVerdict.word)
    query = (
        select(WordVerdict.word, WordVerdict.at, func.coalesce(Account.display_name, ""))
        .outerjoin(Account, Account.id == WordVerdict.account_id)
        .where(WordVerdict.id.in_(last), WordVerdict.verdict == PLAIN)
        .order_by(WordVerdict.id.desc())
    )
    with db.read() as connection:
        return [Said(*row) for row in connection.execute(query)]


def say(db: Database, word: str, verdict: str, actor: Actor, now: datetime) -> None:
    """Remember that a word is no code word (plain), or that it may be proposed again (open). Raises ReviewError."""
    word = word.strip()
    if verdict not in {PLAIN, OPEN} or not LENGTHS[0] <= len(word) <= LENGTHS[-1]:
        raise ReviewError("没有这个候选词")
    with db.write() as connection:
        facts = {"id": take_ids(connection, WordVerdict, 1)[0], "word": word, "at": now, "verdict": verdict}
        connection.execute(insert(WordVerdict).values(facts | {"account_id": actor.account_id}))
        audit.add(connection, actor, Event(f"word.{verdict}", "word", word, {}), now)


def candidates(db: Database, *, limit: int = 50) -> list[Candidate]:
    """Words that may be codes, without those that people said are none. Raises StorageError.

    Takes seconds, unless nothing was decided since the last time.
    """
    with db.read() as connection:
        last = connection.scalar(select(func.max(Decision.id)))
    kept = _mined.get(db)
    if kept is None or kept[0] != last:
        _mined[db] = kept = last, quality.candidates(db, limit=MOST)
    settled = {one.word for one in plain(db)}
    return [one for one in kept[1] if one.text not in settled][:limit]


def examples(
    db: Database, word: str, leads: Sequence[int], now: datetime, *, hide: Callable[[str], str] = str
) -> list[Example]:
    """These leads with what stands around the word; `hide` masks a text before it is cut."""
    with db.read() as connection:
        shown = rows(connection, leads, set(), now)
        texts = quality.texts_of(connection, leads)
    return [Example(row, *_around(hide(texts.get(row.id, "")), word)) for row in shown]


def _around(text: str, word: str) -> tuple[str, str]:
    at = text.find(word)
    if at < 0:
        return "", ""
    before, behind = text[max(at - AROUND, 0) : at], text[at + len(word) : at + len(word) + AROUND]
    return before.replace("\n", " "), behind.replace("\n", " ")


__all__ = ["OPEN", "PLAIN", "Example", "Said", "candidates", "examples", "plain", "say"]
