from __future__ import annotations

from sqlalchemy import select, text

from storage.models import Lead
from storage.review.expecting import expected
from tests.storage.review.making import lead_ids, offer


def test_common_values_are_known_without_looking(db, site_id, run_id):
    lead_ids(db, site_id, run_id, *(offer(str(n), verdict="alert" if n % 10 else "review") for n in range(50)))
    common, rare = (select(Lead.id).where(Lead.verdict == name) for name in ("alert", "review"))
    with db.write() as connection:
        connection.execute(text("ANALYZE"))
        counts = [expected(connection, query) for query in (common, rare)]
    assert counts == ([45, 5] if db.engine.dialect.name == "postgresql" else [0, 0])


def test_values_are_sent_as_with_the_query_itself(db):
    hostile = select(Lead.id).where(Lead.verdict.in_(["'; --", "a\0b", "%s", "\ud800"]))
    with db.read() as connection:
        assert bool(expected(connection, hostile)) == (db.engine.dialect.name == "postgresql")
