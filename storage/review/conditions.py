"""What each filter means in SQL: a test of one lead, and where possible an index to walk along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, and_, bindparam, column, exists, func, literal, not_, or_, select, table, text
from sqlalchemy import cast as converted
from sqlalchemy.dialects.postgresql import TSQUERY

from storage.columns import fit
from storage.models import Contact, Lead, Site
from storage.review.expecting import expected
from storage.review.few import Few
from storage.review.filters import OPEN, PINNED
from storage.review.models import LeadTerm, Lease
from storage.review.words import in_a_row, number_parts, plain_query, postgres_query, sqlite_query, told_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.review.filters import Filters

SEARCH = table("lead_search", column("rowid"), column("lead_id"), column("words"))
TOLD = table("lead_search_words", column("row"), column("words"))
"""What SQLite's index was told of each lead."""
PLAIN = table("lead_search_plain", column("lead_id"), column("said"))
"""What PostgreSQL's index was told of each lead, as a text."""
NOTHING = literal(1) == literal(0)


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter."""

    test: ColumnElement[bool]
    """On a row of leads."""
    kind: str = ""
    """How it may drive a walk: equal and term by an index in the queue's order, text by SQLite's search index, ids and
    words (PostgreSQL's search index) by listing all its leads, if they are few; empty: not at all."""
    value: Any = None
    """equal: the test; term: the term; text: the query; ids, words: the selection."""
    count: Select[*tuple[Any, ...]] | None = None
    """One row for each of its leads, whatever their status."""
    bare: bool = False
    """There is an index that does without the status."""
    listed: dict[int, list[int]] = field(default_factory=dict, compare=False)
    """The first so many of `count`, where somebody has listed them: a page and its counts ask for the same."""
    looked: list[Few] = field(default_factory=list, compare=False)
    """All its leads, where somebody has listed them."""
    expectation: list[int] = field(default_factory=list, compare=False)
    """One number, where somebody has asked for it."""

    def first(self, connection: Connection, most: int) -> list[int]:
        """At most so many rows of `count`."""
        assert self.count is not None
        if most not in self.listed:
            self.listed[most] = list(connection.scalars(self.count.limit(most)))
        return self.listed[most]

    def few(self, ids: list[int]) -> Few:
        """All its leads, which are these: a page and its counts look them up once."""
        if not self.looked:
            self.looked.append(Few(ids))
        return self.looked[0]

    def expected(self, connection: Connection) -> int:
        """Rows of `count`, as far as the database can tell without looking for them; 0: it cannot."""
        assert self.count is not None
        if not self.expectation:
            self.expectation.append(expected(connection, self.count))
        return self.expectation[0]


def conditions(connection: Connection, filters: Filters, now: datetime) -> list[Condition]:
    """All that the filters ask for, but the status."""
    found = [*_same(connection, filters), *_times(filters)]
    if filters.term is not None:
        found.append(_term(fit(filters.term)))
    if filters.held_by is not None:
        held = select(Lease.lead_id).where(Lease.account_id == filters.held_by, Lease.until_at > now)
        found.append(Condition(Lead.id.in_(held), "ids", held, held))
    if filters.text is not None and filters.text.strip():
        found.append(_text(connection, filters.text))
    return [*found, *own(filters)]


def own(filters: Filters) -> list[Condition]:
    """What a page of leads asks for beyond what its counts do."""
    found = []
    if filters.changed:
        test = Lead.changed_at.is_not(None)
        found.append(Condition(test, "ids", query := select(Lead.id).where(test), query))
    if filters.viewer is not None and (not filters.status or "pending" in filters.status):
        found.append(unasked(filters.viewer))
    return found


def free(account_id: int, now: datetime) -> Condition:
    """Nobody else holds it."""
    held = exists().where(Lease.lead_id == Lead.id, Lease.until_at > now, Lease.account_id != account_id)
    return Condition(not_(held))


def unasked(viewer: int) -> Condition:
    """It does not wait for somebody else than this account, who asked for a second person."""
    return Condition(not_(and_(Lead.status == "pending", func.coalesce(Lead.asked_by, 0) == viewer)))


def pinned(at: datetime) -> ColumnElement[bool]:
    """It stands in front, as of that moment."""
    return and_(Lead.due_at <= at + PINNED, Lead.status.in_(OPEN))


def unpinned(at: datetime) -> Condition:
    """It stands in its place."""
    return Condition(or_(Lead.due_at.is_(None), Lead.due_at > at + PINNED, Lead.status.not_in(OPEN)))


def _same(connection: Connection, filters: Filters) -> Iterator[Condition]:
    """Those that compare one column, the one with most different values first."""
    site_id = None
    if filters.site is not None:
        # 0: no site has it
        site_id = connection.scalar(select(Site.id).where(Site.name == fit(filters.site))) or 0
    wanted = (
        (Lead.seller_id, filters.seller_id),
        (Lead.site_id, site_id),
        (Lead.source, filters.source),
        (Lead.channel, filters.channel),
        (Lead.category, filters.category),
        (Lead.department, filters.department),
        (Lead.verdict, filters.verdict),
    )
    for compared, value in wanted:
        if value is not None:
            test = compared == value
            yield Condition(test, "equal", test, select(Lead.id).where(test), bare=compared is Lead.site_id)


def _times(filters: Filters) -> Iterator[Condition]:
    bounds = []
    if filters.since is not None:
        bounds.append(Lead.first_seen_at >= filters.since)
    if filters.until is not None:
        bounds.append(Lead.first_seen_at < filters.until)
    if bounds:
        yield Condition(and_(*bounds), "ids", query := select(Lead.id).where(*bounds), query)
    if filters.due:
        test = Lead.due_at.is_not(None)
        yield Condition(test, "ids", query := select(Lead.id).where(test), query)


def _term(term: str) -> Condition:
    # an expression, so that SQLite does not look through all rows of the term for each lead
    here = select(literal(1)).where(LeadTerm.lead_id == Lead.id, LeadTerm.term.concat("") == term).limit(1)
    test = here.scalar_subquery().is_not(None)  # not EXISTS: PostgreSQL would list all leads of the term for it
    return Condition(test, "term", term, select(LeadTerm.lead_id).where(LeadTerm.term == term))


MOST_NUMBERS = 300  # telephone numbers that hold the digits asked for: of a million, some hundred end with four of them


def _numbers(connection: Connection, asked: str) -> dict[str, list[str]]:
    """The telephone numbers that hold what may be a part of one; those that end with it first."""
    found = {}
    for part in number_parts(asked):
        holds = and_(Contact.kind == "phone", Contact.value.contains(part), not_(Contact.value.startswith(part)))
        query = select(Contact.value).where(holds).order_by(not_(Contact.value.endswith(part)), Contact.id.desc())
        found[part] = list(connection.scalars(query.limit(MOST_NUMBERS)))
    return found


def _text(connection: Connection, asked: str) -> Condition:
    numbers = _numbers(connection, asked)
    if connection.dialect.name == "postgresql":
        return _plain_text(asked, numbers)
    said = sqlite_query(asked, numbers)
    if said is None:
        return Condition(NOTHING)
    # not by the index: for each single lead it would be looked through anew
    told = select(TOLD.c.words).where(TOLD.c.row == Lead.search_row).scalar_subquery()
    test = func.says(told, told_query(asked, numbers), type_=Boolean)
    return Condition(test, "text", said, select(SEARCH.c.rowid).where(matching(said)))


def matching(said: str) -> Any:
    """FTS5's own operator."""
    return text("lead_search MATCH :words").bindparams(bindparam("words", said, unique=True))


def _plain_text(asked: str, numbers: dict[str, list[str]]) -> Condition:
    """For PostgreSQL: one lead is tested by its text, and the index lists what has all the tokens."""
    said, pieces = postgres_query(asked, numbers), plain_query(asked, numbers)
    if said is None:
        return Condition(NOTHING)
    has = and_(*(_has_one(some) for some in pieces))
    listed = select(SEARCH.c.lead_id).where(SEARCH.c.words.op("@@")(converted(literal(said), TSQUERY)))
    if in_a_row(asked):
        listed = listed.join(PLAIN, PLAIN.c.lead_id == SEARCH.c.lead_id).where(has)
    # a scalar, so that the planner cannot turn it into a list of all matches
    test = select(has).where(PLAIN.c.lead_id == Lead.id).scalar_subquery()
    return Condition(test, "words", listed, listed)


def _has_one(pieces: tuple[str, ...]) -> ColumnElement[bool]:
    """The text holds one of the pieces. A choice of whole numbers is looked through only where the digits are at all."""
    any_of = or_(*(func.strpos(PLAIN.c.said, one) > 0 for one in pieces))
    return any_of if len(pieces) == 1 else and_(func.strpos(PLAIN.c.said, pieces[0].strip()) > 0, any_of)
