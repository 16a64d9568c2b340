"""PostgreSQL keeps the text of each lead beside its search index: what is in a row is read there, not in a vector."""

from __future__ import annotations

from alembic import op

from storage.review import backfill_plain

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # it has such texts since 0004
    # 8,160 bytes, the most there can be: whatever fits into a page lies there plainly, not compressed or elsewhere
    op.execute(
        "CREATE TABLE lead_search_plain (lead_id bigint PRIMARY KEY REFERENCES leads (id), said text NOT NULL)"
        " WITH (toast_tuple_target = 8160)"
    )
    backfill_plain.begin(op.get_bind())
