"""What is done with the installation as a whole, and notices to those who run it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it
GUARDED = "operations"


def upgrade() -> None:
    op.create_table(
        "operations",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
    )
    op.create_index("ix_operations_kind_id", "operations", ["kind", "id"])
    create_notices()
    guard()


def create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
    )
    op.create_table(
        "notice_sends",
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", TIME, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_sends_notice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_sends"),
        sa.UniqueConstraint("notice_id", "target", name="uq_notice_sends_notice_id_target"),
    )
    op.create_index("ix_notice_sends_status_target_next_at", "notice_sends", ["status", "target", "next_at"])


def guard() -> None:
    """Let the database itself refuse to change what is only ever added to."""
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{GUARDED} is append-only'); END"
        op.execute(f"CREATE TRIGGER {GUARDED}_no_update BEFORE UPDATE ON {GUARDED} {refuse}")
        op.execute(f"CREATE TRIGGER {GUARDED}_no_delete BEFORE DELETE ON {GUARDED} {refuse}")
        known = f"WHEN EXISTS (SELECT 1 FROM {GUARDED} WHERE id = NEW.id)"  # noqa: S608 - no input
        op.execute(f"CREATE TRIGGER {GUARDED}_no_replace BEFORE INSERT ON {GUARDED} {known} {refuse}")
        return
    for name, what in (("no_change", "UPDATE OR DELETE"), ("no_truncate", "TRUNCATE")):
        each = "STATEMENT" if what == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {GUARDED}_{name} BEFORE {what} ON {GUARDED} FOR EACH {each} EXECUTE FUNCTION append_only()"
        )
