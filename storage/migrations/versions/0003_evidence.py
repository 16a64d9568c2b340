"""Evidence: captures and their files, the custody chain, browser jobs, timestamps, the watch over leads' pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it


def upgrade() -> None:
    create_captures()
    create_custody()
    guard_custody()
    create_capture_jobs()
    create_timestamps()
    create_watches()


def create_captures() -> None:
    op.create_table(
        "captures",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        *texts("key", "url", "kind", "cause"),
        sa.Column("taken_at", TIME, nullable=False),
        sa.Column("sealed_at", TIME, nullable=False),
        *texts("digest"),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("run_id", ID),
        *texts("missing"),
        sa.Column("removed_at", TIME),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_captures_site_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_captures_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
        sa.UniqueConstraint("digest", name="uq_captures_digest"),
    )
    op.create_index("ix_captures_site_id_key_id", "captures", ["site_id", "key", "id"])
    op.create_table(
        "capture_files",
        sa.Column("capture_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        *texts("name", "role", "media_type"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *texts("sha256", "sm3"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_capture_files_capture_id"),
        sa.PrimaryKeyConstraint("capture_id", "position", name="pk_capture_files"),
    )
    op.create_index("ix_capture_files_sha256", "capture_files", ["sha256"])


def create_custody() -> None:
    op.create_table(
        "custody",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        *texts("actor", "action"),
        sa.Column("capture_id", ID),
        sa.Column("detail", sa.JSON(), nullable=False),
        *texts("previous", "hash"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_custody_capture_id"),
        sa.PrimaryKeyConstraint("id", name="pk_custody"),
    )
    op.create_index("ix_custody_capture_id", "custody", ["capture_id"])


def guard_custody() -> None:
    """Let the database itself refuse to change the chain; a later copy of the table must make these anew."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_GUARDS if sqlite else POSTGRES_GUARDS:
        op.execute(statement)


SQLITE_GUARDS = (
    (
        "CREATE TRIGGER custody_no_update BEFORE UPDATE ON custody"
        " BEGIN SELECT RAISE(ABORT, 'custody is append-only'); END"
    ),
    (
        "CREATE TRIGGER custody_no_delete BEFORE DELETE ON custody"
        " BEGIN SELECT RAISE(ABORT, 'custody is append-only'); END"
    ),
    # INSERT OR REPLACE takes a row away without asking the trigger above
    (
        "CREATE TRIGGER custody_in_order BEFORE INSERT ON custody"
        " WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM custody)"
        " BEGIN SELECT RAISE(ABORT, 'custody is append-only'); END"
    ),
)
POSTGRES_GUARDS = (
    (
        "CREATE FUNCTION custody_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'custody is append-only' USING ERRCODE = 'restrict_violation'; END $$"
    ),
    (
        "CREATE TRIGGER custody_no_change BEFORE UPDATE OR DELETE ON custody"
        " FOR EACH ROW EXECUTE FUNCTION custody_append_only()"
    ),
    (
        "CREATE TRIGGER custody_no_truncate BEFORE TRUNCATE ON custody"
        " FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()"
    ),
)


def create_capture_jobs() -> None:
    op.create_table(
        "capture_jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        *texts("key", "url", "kind", "occasion", "cause"),
        sa.Column("score", sa.Double(), nullable=False),
        *texts("asked_by"),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("not_before", TIME, nullable=False),
        *texts("status"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        *texts("reason", "worker"),
        sa.Column("started_at", TIME),
        sa.Column("capture_id", ID),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_capture_jobs_site_id"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_capture_jobs_capture_id"),
        sa.PrimaryKeyConstraint("id", name="pk_capture_jobs"),
        sa.UniqueConstraint("site_id", "key", "kind", "occasion", name="uq_capture_jobs_site_id_key_kind_occasion"),
    )
    op.create_index("ix_capture_jobs_status_not_before", "capture_jobs", ["status", "not_before"])


def create_timestamps() -> None:
    op.create_table(
        "timestamps",
        sa.Column("id", ID, nullable=False),
        *texts("sha256", "token_sha256", "authority"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_timestamps"),
    )
    op.create_index("ix_timestamps_sha256", "timestamps", ["sha256"])


def create_watches() -> None:
    op.create_table(
        "watches",
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("last_at", TIME),
        *texts("state"),
        sa.Column("snapshot_id", ID, nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_watches_lead_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_watches_snapshot_id"),
        sa.PrimaryKeyConstraint("lead_id", name="pk_watches"),
    )
    op.create_index("ix_watches_next_at", "watches", ["next_at"])
    op.create_table(
        "visits",
        sa.Column("id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        *texts("outcome", "reason"),
        sa.Column("snapshot_id", ID),
        sa.Column("capture_id", ID),
        sa.Column("other_lead_id", ID),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_visits_lead_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_visits_snapshot_id"),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_visits_capture_id"),
        sa.ForeignKeyConstraint(["other_lead_id"], ["leads.id"], name="fk_visits_other_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    op.create_index("ix_visits_lead_id_id", "visits", ["lead_id", "id"])


def texts(*names: str) -> list[sa.Column[str]]:
    """Text columns that always hold something."""
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
