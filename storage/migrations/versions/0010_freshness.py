"""How often boards and pages change, as the visits so far found it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it


def upgrade() -> None:
    op.create_table(
        "boards",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arrived", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.Column("fruitful", sa.BigInteger(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("full_at", TIME, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_boards_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_boards"),
        sa.UniqueConstraint("site_id", "url", name="uq_boards_site_id_url"),
    )
    op.create_table(
        "rechecks",
        sa.Column("site_id", ID, nullable=False),
        sa.Column("age", sa.BigInteger(), nullable=False),
        sa.Column("gap", sa.BigInteger(), nullable=False),
        sa.Column("reads", sa.Double(), nullable=False),
        sa.Column("changes", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_rechecks_site_id"),
        sa.PrimaryKeyConstraint("site_id", "age", "gap", name="pk_rechecks"),
    )
