"""Who offers: sellers of a site, and the contacts that may join several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_

from storage.columns import clean, fit
from storage.models import Contact, ListingContact, Seller
from storage.statements import chunks, insert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from storage.writing import Entry


def name_sellers(connection: Connection, site_id: int, entries: list[Entry]) -> None:
    """Find or make the seller of each entry."""
    first = {fit(name): entry.record.fetched_at for entry in reversed(entries) if (name := entry.record.seller)}
    if not first:
        return
    rows = [{"site_id": site_id, "name": name, "first_seen_at": at} for name, at in first.items()]
    connection.execute(insert(connection, Seller).on_conflict_do_nothing(), rows)
    query = select(Seller.name, Seller.id).where(Seller.site_id == site_id, Seller.name.in_(first))
    ids = dict(connection.execute(query).all())
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
    rows = [{"kind": kind, "value": value, "first_seen_at": first[kind, value]} for kind, value in sorted(first)]
    connection.execute(insert(connection, Contact).on_conflict_do_nothing(), rows)
    ids = _contact_ids(connection, first)
    links = [
        {"listing_id": e.listing_id, "contact_id": ids[pair], "text": clean(text), "first_seen_at": e.record.fetched_at}
        for pair, text, e in shown
    ]
    connection.execute(insert(connection, ListingContact).on_conflict_do_nothing(), links)


def _contact_ids(connection: Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    ids = {}
    for chunk in chunks(pairs):
        query = select(Contact.kind, Contact.value, Contact.id)
        for kind, value, contact_id in connection.execute(
            query.where(tuple_(Contact.kind, Contact.value).in_(chunk)),
        ):
            ids[kind, value] = contact_id
    return ids
