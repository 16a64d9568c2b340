"""Fill the search index and the fingerprints from what was stored before there were any: migration 0004 alone uses it.

It speaks SQL and not through the models, which may change after it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from storage.review.prints import bands, text_print
from storage.review.words import pack, postgres_vector, search_row, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

BATCH = 500  # leads whose texts are in memory at once


def fill_search(connection: Connection) -> None:
    """A batch at a time: texts of a million leads do not fit into memory."""
    after = 0
    joined = "string_agg" if connection.dialect.name == "postgresql" else "group_concat"
    query = text(TEXTS.format(joined=joined))
    while rows := connection.execute(query, {"after": after, "limit": BATCH}).all():
        after = rows[-1].id
        cut = [(row, tokens(_said(row))) for row in rows]
        _add_words(connection, cut)
        _add_prints(connection, cut)
    if joined == "string_agg":
        connection.execute(text("CREATE INDEX ix_lead_search_words ON lead_search USING gin (words)"))


TEXTS = (
    "SELECT l.id, l.score, s.title, substr(s.body, 1, 20000) AS body, s.replies, s.seller,"
    " (SELECT {joined}(c.value, ' ') FROM listing_contacts lc JOIN contacts c ON c.id = lc.contact_id"
    "  WHERE lc.listing_id = l.listing_id) AS contacts,"
    " (SELECT {joined}(h.term, ' ') FROM hits h WHERE h.detection_id = l.detection_id) AS terms"
    " FROM leads l JOIN detections d ON d.id = l.detection_id JOIN snapshots s ON s.id = d.snapshot_id"
    " WHERE l.id > :after ORDER BY l.id LIMIT :limit"
)


def _said(row: Any) -> Iterator[str]:
    replies = json.loads(row.replies) if isinstance(row.replies, str) else row.replies
    yield from (row.title, row.body, *replies, row.seller or "", row.contacts or "", row.terms or "")


def _add_words(connection: Connection, cut: Sequence[tuple[Any, list[str]]]) -> None:
    rows = [{"at": search_row(row.score, row.id), "lead": row.id, "words": " ".join(found)} for row, found in cut]
    connection.execute(text("UPDATE leads SET search_row = :at WHERE id = :lead"), rows)
    if connection.dialect.name == "postgresql":
        query = text("INSERT INTO lead_search (lead_id, words) VALUES (:lead, CAST(:words AS tsvector))")
        connection.execute(query, [{"lead": row.id, "words": postgres_vector(found)} for row, found in cut])
        return
    connection.execute(text("INSERT INTO lead_search (rowid, words) VALUES (:at, :words)"), rows)
    packed = [{"at": row["at"], "words": pack(row["words"])} for row in rows]
    connection.execute(text("INSERT INTO lead_search_words (row, words) VALUES (:at, :words)"), packed)


def _add_prints(connection: Connection, cut: Sequence[tuple[Any, list[str]]]) -> None:
    query = text(
        "INSERT INTO fingerprints (lead_id, kind, number, band, value, print, file)"
        " VALUES (:lead, 'text', 0, :band, :value, :print, '')"
    )
    prints = [(row.id, text_print(found)) for row, found in cut]
    rows = [
        {"lead": lead, "band": band, "value": value, "print": whole}
        for lead, whole in prints
        if whole is not None
        for band, value in bands(whole)
    ]
    if rows:
        connection.execute(query, rows)
