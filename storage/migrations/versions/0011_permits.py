"""What people found out of the permits that offers claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it
TABLE = "permit_checks"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_permit_checks_lead_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_permit_checks_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_permit_checks"),
    )
    op.create_index("ix_permit_checks_lead_id_id", TABLE, ["lead_id", "id"])
    op.create_index("ix_permit_checks_paper_number_id", TABLE, ["paper", "number", "id"])
    guard()


def guard() -> None:
    """Let the database itself refuse to change what is only ever added to."""
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        op.execute(f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {refuse}")
        op.execute(f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {refuse}")
        known = f"WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)"  # noqa: S608 - no input
        op.execute(f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} {known} {refuse}")
        return
    for name, what in (("no_change", "UPDATE OR DELETE"), ("no_truncate", "TRUNCATE")):
        each = "STATEMENT" if what == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {TABLE}_{name} BEFORE {what} ON {TABLE} FOR EACH {each} EXECUTE FUNCTION append_only()"
        )
