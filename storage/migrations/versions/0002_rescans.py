"""Applying a newer lexicon to what is stored: what was done, and what it changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it


def upgrade() -> None:
    create_rescans()
    create_rescan_changes()


def create_rescans() -> None:
    op.create_table(
        "rescans",
        sa.Column("id", ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lexicon_version", sa.Text(), nullable=False),
        sa.Column("lexicon", sa.JSON(), nullable=False),
        sa.Column("site", sa.Text()),
        sa.Column("since_text", sa.Text()),
        sa.Column("since", TIME),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("scanned", sa.BigInteger(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_rescans"),
    )


def create_rescan_changes() -> None:
    op.create_table(
        "rescan_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("rescan_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("snapshot_id", ID, nullable=False),
        sa.Column("lead_id", ID),
        sa.Column("old_verdict", sa.Text()),
        sa.Column("old_score", sa.Double()),
        sa.Column("new_verdict", sa.Text(), nullable=False),
        sa.Column("new_score", sa.Double(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_rescan_changes_lead_id"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_rescan_changes_listing_id"),
        sa.ForeignKeyConstraint(["rescan_id"], ["rescans.id"], name="fk_rescan_changes_rescan_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_rescan_changes_snapshot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rescan_changes"),
    )
    op.create_index("ix_rescan_changes_rescan_id_id", "rescan_changes", ["rescan_id", "id"])
