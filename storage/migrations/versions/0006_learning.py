"""Learning from reviewers: words that are no code words, and pages that changed after somebody had decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it


def upgrade() -> None:
    create_words()
    note_changes()
    guard()


def create_words() -> None:
    op.create_table(
        "word_verdicts",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_word_verdicts_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_word_verdicts"),
    )
    op.create_index("ix_word_verdicts_word_id", "word_verdicts", ["word", "id"])


def note_changes() -> None:
    op.add_column("leads", sa.Column("changed_at", TIME))
    newest = "(SELECT s.fetched_at FROM snapshots s WHERE s.id = leads.snapshot_id)"
    op.execute(
        f"UPDATE leads SET changed_at = {newest}"  # noqa: S608 - no input
        f" WHERE status IN ('confirmed', 'dismissed', 'referred') AND decided_at < {newest}"
    )
    op.create_index("ix_leads_changed_at_id", "leads", ["changed_at", "id"])


def guard() -> None:
    """Let the database itself refuse to change what is only ever added to."""
    table = "word_verdicts"
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 - no input
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {refuse}")
        return
    for name, what in (("no_change", "UPDATE OR DELETE"), ("no_truncate", "TRUNCATE")):
        each = "STATEMENT" if what == "TRUNCATE" else "ROW"
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {what} ON {table} FOR EACH {each} EXECUTE FUNCTION append_only()"
        )
