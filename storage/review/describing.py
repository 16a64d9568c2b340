"""Keep what the queue is filtered and searched by in step with leads: whoever writes a lead calls `refresh` after it.

All is read anew from what is stored, so it does not matter who wrote it or how often this is called.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, text, update

from storage.bulk import Bulk, inserting
from storage.models import Contact, Detection, Hit, Lead, ListingContact, Site, Snapshot
from storage.review.models import Fingerprint, LeadTerm
from storage.review.prints import bands, text_print
from storage.review.ranking import prioritise
from storage.review.sources import is_manual, reference
from storage.review.words import (
    MOST_CHARACTERS,
    MOST_TOKENS,
    number_forms,
    pack,
    plain,
    postgres_vector,
    search_row,
    tokens,
    unpack,
)
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Dialect, Row, Update

LEADS = (
    select(
        Lead.id, Lead.listing_id, Lead.detection_id, Lead.score, Lead.status, Lead.judged_category, Lead.search_row,
        Detection.departments, Snapshot.title, func.substr(Snapshot.body, 1, MOST_CHARACTERS).label("body"),
        Snapshot.replies, Snapshot.seller, Snapshot.attributes, Site.name.label("site"),
    )
    .join(Detection, Detection.id == Lead.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
    .join(Site, Site.id == Lead.site_id)
    .order_by(Lead.id)
)  # fmt: skip
HITS = select(Hit.detection_id, Hit.term, Hit.channel, Hit.entry, Hit.category, Hit.weight, Hit.matched).order_by(
    Hit.detection_id, Hit.position
)
CONTACTS = select(ListingContact.listing_id, Contact.value).join(Contact, Contact.id == ListingContact.contact_id)
DESCRIBED = ("category", "department", "channel", "term", "priority", "search_row")


def _describe(_dialect: Dialect) -> Update:
    return update(Lead).where(Lead.id == bindparam("lead_id")).values({name: bindparam(name) for name in DESCRIBED})


DESCRIBE = Bulk(("lead_id", *DESCRIBED), _describe)
ADD_TERMS = inserting(LeadTerm, ("lead_id", "position", "term", "channel", "entry", "status", "score"))
ADD_PRINTS = inserting(Fingerprint, ("lead_id", "kind", "number", "band", "value", "print", "file"))


def refresh(connection: Connection, listings: Collection[int]) -> None:
    """Describe the leads of these listings anew, within the caller's write transaction."""
    for some in chunks(listings):
        leads = connection.execute(LEADS.where(Lead.listing_id.in_(some))).all()
        if leads:
            _refresh(connection, leads)


def _refresh(connection: Connection, leads: Sequence[Row[*tuple[Any, ...]]]) -> None:
    hits = _grouped(connection.execute(HITS.where(Hit.detection_id.in_([row.detection_id for row in leads]))))
    listings = [row.listing_id for row in leads]
    contacts = _grouped(connection.execute(CONTACTS.where(ListingContact.listing_id.in_(listings))))
    DESCRIBE.run(connection, [_described(row, hits[row.detection_id]) for row in leads])
    cut = [(row, tokens(_texts(row, hits[row.detection_id], contacts[row.listing_id]))) for row in leads]
    ids = [row.id for row in leads]
    connection.execute(delete(LeadTerm).where(LeadTerm.lead_id.in_(ids)))
    ADD_TERMS.run(connection, [term for row in leads for term in _terms(row, hits[row.detection_id])])
    connection.execute(delete(Fingerprint).where(Fingerprint.lead_id.in_(ids), Fingerprint.kind == "text"))
    ADD_PRINTS.run(
        connection, [band for row, found in cut for band in print_rows(row.id, "text", 0, text_print(found))]
    )
    said = [(row, _numbered(row, found)) for row, found in cut]
    (_index_postgres if connection.dialect.name == "postgresql" else _index_sqlite)(connection, said)
    prioritise(connection, ids, scored=True)


def _grouped(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _described(row: Any, hits: list[Any]) -> tuple[Any, ...]:
    """The hit that weighs most speaks for the lead; of equals the first."""
    top = max(hits, key=lambda hit: hit.weight, default=None)
    category, channel, term = (top.category, top.channel, top.term) if top is not None else ("", "", "")
    department = row.departments[0] if row.departments else ""
    place = (float(row.score), search_row(row.score, row.id))
    return row.id, row.judged_category or category, department, channel, term, *place


def _terms(row: Any, hits: list[Any]) -> Iterator[tuple[Any, ...]]:
    distinct = dict.fromkeys((hit.term, hit.channel, hit.entry) for hit in hits)
    for position, facts in enumerate(distinct):
        yield row.id, position, *facts, row.status, row.score


def _texts(row: Any, hits: list[Any], contacts: list[Any]) -> Iterator[str]:
    """All that somebody may search for; terms as well, because the text may have them in disguise."""
    yield from (row.title, row.body, *row.replies, row.seller or "")
    yield from (contact.value for contact in contacts)
    yield from dict.fromkeys(hit.term for hit in hits)


def _numbered(row: Any, found: list[str]) -> list[str]:
    """With the number of a report before the text, of which the end may be cut; prints are alike without it."""
    if not is_manual(row.site):
        return found
    return [*tokens(number_forms(reference(row.attributes))), *found][:MOST_TOKENS]


def print_rows(lead_id: int, kind: str, number: int, value: int | None, file: str = "") -> Iterator[tuple[Any, ...]]:
    """Rows for `ADD_PRINTS`; none where there is no fingerprint."""
    if value is not None:
        yield from ((lead_id, kind, number, band, bits, value, file) for band, bits in bands(value))


def _index_sqlite(connection: Connection, cut: list[tuple[Any, list[str]]]) -> None:
    """The index keeps no copy of what it was told: to forget a row it must be told the very same words again."""
    old = [{"at": row.search_row} for row, _ in cut if row.search_row is not None]
    told = {one["at"]: connection.scalar(TOLD, one) for one in old}
    if told:
        connection.execute(FORGET, [{"at": at, "words": unpack(words)} for at, words in told.items()])
        connection.execute(DROP_TOLD, old)
    said = sorted((search_row(row.score, row.id), " ".join(found)) for row, found in cut)
    # ascending: FTS5 writes out all it has in memory whenever a smaller number comes
    new: list[dict[str, Any]] = [{"at": at, "words": words} for at, words in said]
    connection.execute(TELL, new)
    connection.execute(KEEP_TOLD, [{"at": one["at"], "words": pack(one["words"])} for one in new])


TOLD = text("SELECT words FROM lead_search_words WHERE row = :at")
FORGET = text("INSERT INTO lead_search (lead_search, rowid, words) VALUES ('delete', :at, :words)")
DROP_TOLD = text("DELETE FROM lead_search_words WHERE row = :at")
TELL = text("INSERT INTO lead_search (rowid, words) VALUES (:at, :words)")
KEEP_TOLD = text("INSERT INTO lead_search_words (row, words) VALUES (:at, :words)")
POSTGRES_INDEX = text(
    "INSERT INTO lead_search (lead_id, words) VALUES (:lead, CAST(:words AS tsvector))"
    " ON CONFLICT (lead_id) DO UPDATE SET words = excluded.words"
)


KEEP_PLAIN = text(
    "INSERT INTO lead_search_plain (lead_id, said) VALUES (:lead, :said)"
    " ON CONFLICT (lead_id) DO UPDATE SET said = excluded.said"
)


def _index_postgres(connection: Connection, cut: list[tuple[Any, list[str]]]) -> None:
    connection.execute(POSTGRES_INDEX, [{"lead": row.id, "words": postgres_vector(found)} for row, found in cut])
    keep_plain(connection, cut)


def keep_plain(connection: Connection, cut: Iterable[tuple[Any, list[str]]]) -> None:
    """What PostgreSQL looks through for characters in a row, of at least one lead with its tokens."""
    connection.execute(KEEP_PLAIN, [{"lead": row.id, "said": plain(found)} for row, found in cut])
