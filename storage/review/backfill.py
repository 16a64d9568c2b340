"""Fill the console's columns, terms, search index and fingerprints from what was stored before there were any.

Migration 0004 leaves a table behind that says how far this has come; each step goes on from there in a transaction of its
own, so that a process that is killed loses one step, and the last one takes the table away. It speaks SQL and not through
the models, which may change after it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Column, MetaData, Table, bindparam, inspect, text

from storage.review.prints import bands, text_print
from storage.review.words import MOST_CHARACTERS, pack, postgres_vector, search_row, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

BATCH = 2_000  # leads of one step: a second or two, and some 10 MB of texts
LONGEST = 250  # characters of a term: what fits into an index
CLAIMS = Table("console_backfill", MetaData(), Column("after", BigInteger), Column("last", BigInteger))
"""One row while there is something to do: the last lead that is done, and the last one there is to do."""
SUBJECT = "为已有线索建立筛选和查找"
INDEXES = (
    ("leads", "seller_id", "status", "score", "id"),
    ("leads", "category", "status", "score", "id"),
    ("leads", "department", "status", "score", "id"),
    ("leads", "channel", "status", "score", "id"),
    ("leads", "verdict", "status", "score", "id"),
    ("leads", "source", "status", "score", "id"),
    ("leads", "status", "priority", "id"),
    ("leads", "first_seen_at"),
    ("leads", "decided_at"),
    ("leads", "due_at", "id"),
    ("leads", "merged_into"),
    ("lead_terms", "term", "status", "score", "lead_id"),
    ("lead_terms", "entry", "channel", "lead_id"),
    ("fingerprints", "kind", "band", "value"),
)
"""Made after filling: sorted once instead of moved a million times."""
WORDS_INDEX = "CREATE INDEX ix_lead_search_words ON lead_search USING gin (words)"


class Progress(NamedTuple):
    """How far it has come."""

    done: int
    """Leads, as far as their numbers tell."""
    total: int
    indexes: int = 0
    """Indexes that are still to be made; counted once all leads are done."""


def begin(connection: Connection) -> None:
    """Note down what there is to do; with no leads it is done at once."""
    last = connection.scalar(text("SELECT max(id) FROM leads"))
    CLAIMS.create(connection)
    connection.execute(CLAIMS.insert(), {"after": 0, "last": last or 0})
    if not last:
        while step(connection) is not None:
            pass


def is_unfinished(connection: Connection) -> bool:
    """Whether there is something to do."""
    return inspect(connection).has_table(CLAIMS.name)


def step(connection: Connection) -> Progress | None:
    """Do the next piece within the caller's write transaction; None when that was the last one."""
    after, last = connection.execute(CLAIMS.select()).one()
    if after < last:
        done = _fill(connection, after)
        connection.execute(CLAIMS.update(), {"after": done})
        return Progress(done, last, len(_missing(connection)) if done >= last else 0)
    missing = _missing(connection)
    if missing:
        connection.execute(text(missing[0]))
        return Progress(last, last, len(missing) - 1)
    CLAIMS.drop(connection)
    return None


def _missing(connection: Connection) -> list[str]:
    """Statements that make the indexes that are not there yet."""
    tables = dict.fromkeys(table for table, *_ in INDEXES)
    look = inspect(connection)
    there = {index["name"] for table in tables for index in look.get_indexes(table)}
    made = {f"ix_{table}_{'_'.join(names)}": (table, names) for table, *names in INDEXES}
    found = [
        f"CREATE INDEX {name} ON {table} ({', '.join(names)})"
        for name, (table, names) in made.items()
        if name not in there
    ]
    if connection.dialect.name == "postgresql" and not look.get_indexes("lead_search"):
        found.append(WORDS_INDEX)
    return found


def read(connection: Connection, after: int) -> tuple[dict[int, list[Any]], list[tuple[Any, list[str]]]]:
    """Hits of the next leads by lead, and the leads with the tokens of all that they say."""
    leads = connection.execute(LEADS, {"after": after, "limit": BATCH}).all()
    ids = {"first": leads[0].id, "last": leads[-1].id} if leads else {"first": 0, "last": 0}
    hits, contacts = _grouped(connection.execute(HITS, ids)), _grouped(connection.execute(CONTACTS, ids))
    return hits, [(lead, tokens(_said(lead, hits[lead.id], contacts[lead.id]))) for lead in leads]


def _fill(connection: Connection, after: int) -> int:
    """The next leads; the number of the last one."""
    hits, cut = read(connection, after)
    if not cut:  # those there were to do are gone
        return int(connection.scalar(text("SELECT last FROM console_backfill")) or 0)
    leads = [lead for lead, _ in cut]
    connection.execute(DESCRIBE, [_described(lead, hits[lead.id]) for lead in leads])
    _add(connection, TERMS, [term for lead in leads for term in _terms(lead, hits[lead.id])])
    _add(connection, PRINTS, [band for lead, found in cut for band in _prints(lead.id, found)])
    (_words_postgres if connection.dialect.name == "postgresql" else _words_sqlite)(connection, cut)
    return int(leads[-1].id)


LEADS = text(
    "SELECT l.id, l.score, l.status, d.departments, s.title, substr(s.body, 1, :longest) AS body, s.replies, s.seller"
    " FROM leads l JOIN detections d ON d.id = l.detection_id JOIN snapshots s ON s.id = d.snapshot_id"
    " WHERE l.id > :after ORDER BY l.id LIMIT :limit"
).bindparams(bindparam("longest", MOST_CHARACTERS))
HITS = text(
    "SELECT l.id, h.term, h.channel, h.entry, h.category, h.weight"
    " FROM leads l JOIN hits h ON h.detection_id = l.detection_id"
    " WHERE l.id BETWEEN :first AND :last ORDER BY l.id, h.position"
)
CONTACTS = text(
    "SELECT l.id, c.value FROM leads l JOIN listing_contacts lc ON lc.listing_id = l.listing_id"
    " JOIN contacts c ON c.id = lc.contact_id WHERE l.id BETWEEN :first AND :last"
)
DESCRIBE = text(
    "UPDATE leads SET category = :category, department = :department, channel = :channel, term = :term,"
    " priority = score, search_row = :place WHERE id = :lead"
)
TERMS = text(
    "INSERT INTO lead_terms (lead_id, position, term, channel, entry, status, score)"
    " VALUES (:lead, :position, :term, :channel, :entry, :status, :score)"
)
PRINTS = text(
    "INSERT INTO fingerprints (lead_id, kind, number, band, value, print, file)"
    " VALUES (:lead, 'text', 0, :band, :value, :print, '')"
)


def _grouped(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _add(connection: Connection, query: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(query, rows)


def _listed(value: Any) -> list[str]:
    """PostgreSQL's driver reads JSON, SQLite's does not."""
    return list(json.loads(value) if isinstance(value, str) else value)


def _said(lead: Any, hits: list[Any], contacts: list[Any]) -> Iterator[str]:
    yield from (lead.title, lead.body, *_listed(lead.replies), lead.seller or "")
    yield from (contact.value for contact in contacts)
    yield from dict.fromkeys(hit.term for hit in hits)


def _described(lead: Any, hits: list[Any]) -> dict[str, Any]:
    """The hit that weighs most speaks for the lead; of equals the first."""
    top = max(hits, key=lambda hit: hit.weight, default=None)
    departments = _listed(lead.departments)
    said = ("", "", "") if top is None else (top.category, top.channel, top.term)
    named = {name: value[:LONGEST] for name, value in zip(("category", "channel", "term"), said, strict=True)}
    place = search_row(lead.score, lead.id)
    return {**named, "department": departments[0] if departments else "", "place": place, "lead": lead.id}


def _terms(lead: Any, hits: list[Any]) -> Iterator[dict[str, Any]]:
    distinct = dict.fromkeys(tuple(text[:LONGEST] for text in (hit.term, hit.channel, hit.entry)) for hit in hits)
    for position, (term, channel, entry) in enumerate(distinct):
        yield {
            "lead": lead.id, "position": position, "term": term, "channel": channel, "entry": entry,
            "status": lead.status, "score": lead.score,
        }  # fmt: skip


def _prints(lead_id: int, found: list[str]) -> Iterator[dict[str, Any]]:
    whole = text_print(found)
    for band, value in () if whole is None else bands(whole):
        yield {"lead": lead_id, "band": band, "value": value, "print": whole}


def _words_sqlite(connection: Connection, cut: Sequence[tuple[Any, list[str]]]) -> None:
    """In the order of the row numbers: FTS5 writes out all it has in memory whenever a smaller number comes."""
    said = sorted((search_row(lead.score, lead.id), " ".join(found)) for lead, found in cut)
    rows = [{"at": at, "words": words} for at, words in said]
    connection.execute(text("INSERT INTO lead_search (rowid, words) VALUES (:at, :words)"), rows)
    packed = [{"at": at, "words": pack(words)} for at, words in said]
    connection.execute(text("INSERT INTO lead_search_words (row, words) VALUES (:at, :words)"), packed)


def _words_postgres(connection: Connection, cut: Sequence[tuple[Any, list[str]]]) -> None:
    query = text("INSERT INTO lead_search (lead_id, words) VALUES (:lead, CAST(:words AS tsvector))")
    connection.execute(query, [{"lead": lead.id, "words": postgres_vector(found)} for lead, found in cut])
