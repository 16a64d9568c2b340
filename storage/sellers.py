"""Who offers: sellers of a site, and the contacts that may join several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, tuple_

from storage.bulk import inserting
from storage.columns import fit
from storage.models import Contact, ListingContact, Seller
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from storage.writing import Entry


ADD_SELLERS = inserting(Seller, ("site_id", "name", "first_seen_at"), lambda query: query.on_conflict_do_nothing())
ADD_CONTACTS = inserting(Contact, ("kind", "value", "first_seen_at"), lambda query: query.on_conflict_do_nothing())
ADD_LINKS = inserting(
    ListingContact,
    ("listing_id", "contact_id", "text", "first_seen_at"),
    lambda query: query.on_conflict_do_nothing(),
)
SELLERS = select(Seller.name, Seller.id).where(
    Seller.site_id == bindparam("site_id"), Seller.name.in_(bindparam("names", expanding=True))
)
CONTACTS = select(Contact.kind, Contact.value, Contact.id).where(
    tuple_(Contact.kind, Contact.value).in_(bindparam("pairs", expanding=True))
)


def name_sellers(connection: Connection, site_id: int, entries: list[Entry]) -> None:
    """Find or make the seller of each entry."""
    first = {fit(name): entry.record.fetched_at for entry in reversed(entries) if (name := entry.record.seller)}
    if not first:
        return
    ADD_SELLERS.run(connection, [(site_id, name, at) for name, at in first.items()])
    ids = dict(connection.execute(SELLERS, {"site_id": site_id, "names": [*first]}).all())
    for entry in entries:
        if entry.record.seller:
            entry.seller_id = ids[fit(entry.record.seller)]


def link_contacts(connection: Connection, entries: list[Entry]) -> None:
    """Find or make each contact and note which listing shows it."""
    shown = [
        ((fit(contact.kind), fit(contact.value)), contact.text, entry)
        for entry in entries
        for contact in entry.record.contacts
    ]
    if not shown:
        return
    first = {pair: entry.record.fetched_at for pair, _, entry in reversed(shown)}
    # sorted: two sites' writers that take the same contacts in the same order cannot block each other
    ADD_CONTACTS.run(connection, [(*pair, first[pair]) for pair in sorted(first)])
    ids = _contact_ids(connection, first)
    links = [(entry.listing_id, ids[pair], text, entry.record.fetched_at) for pair, text, entry in shown]
    ADD_LINKS.run(connection, links)


def _contact_ids(connection: Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    ids = {}
    for chunk in chunks(pairs):
        for kind, value, contact_id in connection.execute(CONTACTS, {"pairs": chunk}):
            ids[kind, value] = contact_id
    return ids
