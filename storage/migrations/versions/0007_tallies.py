"""Tallies of leads by day, for the figures; indexes for log-ins, runs, and the leads beside a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
COUNTED = (
    "status",
    "category",
    "judged_category",
    "department",
    "source",
    "channel",
    "term",
    "snapshot_id",
    "decided_at",
)
"""What a change of makes the day's counts wrong."""


def upgrade() -> None:
    op.create_table(
        "lead_tallies",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("dimension", "day", "name", "status")),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dimension", "day", "name", "status", name="pk_lead_tallies"),
        sqlite_with_rowid=False,  # the rows lie in the order they are read in
    )
    op.create_index("ix_lead_tallies_day", "lead_tallies", ["day"])
    op.create_table(
        "stale_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stale_days"),
    )
    op.create_index("ix_stale_days_day", "stale_days", ["day"])
    op.create_index("ix_login_attempts_name_address_at", "login_attempts", ["name", "address", "at"])
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    # the newest leads of a seller, or with a contact, who may have a hundred thousand
    op.create_index("ix_leads_seller_id_id", "leads", ["seller_id", "id"])
    op.create_index("ix_listing_contacts_contact_id_listing_id", "listing_contacts", ["contact_id", "listing_id"])
    op.drop_index("ix_listing_contacts_contact_id", "listing_contacts")
    mark_all()
    follow()


def mark_all() -> None:
    """All days there are: each is counted when somebody first asks for it."""
    moments = " UNION ".join(
        f"SELECT {day(column)} AS day FROM {table}"  # noqa: S608 - no input
        for table, column in (("leads", "first_seen_at"), ("leads", "decided_at"), ("decisions", "at"))
    )
    op.execute(f"INSERT INTO stale_days (day) SELECT day FROM ({moments}) AS days WHERE day IS NOT NULL")  # noqa: S608


def day(moment: str) -> str:
    """The day in China, which has one time and no summer time, as text; no time has no day."""
    if op.get_bind().dialect.name == "sqlite":
        return f"date(substr({moment}, 1, 19), '+8 hours')"  # without the fraction, which would be rounded
    return f"to_char({moment} AT TIME ZONE 'UTC' + interval '8 hours', 'YYYY-MM-DD')"


def follow() -> None:
    """Let the database itself note which days are to be counted anew."""
    for statement in sqlite_follow() if op.get_bind().dialect.name == "sqlite" else postgres_follow():
        op.execute(statement)


def sqlite_follow() -> Iterator[str]:
    for name, table, moment in (("leads_added", "leads", "first_seen_at"), ("decisions_added", "decisions", "at")):
        value = day(f"NEW.{moment}")
        yield (
            f"CREATE TRIGGER {name}_stale AFTER INSERT ON {table}"  # noqa: S608 - no input
            f" WHEN NOT EXISTS (SELECT 1 FROM stale_days WHERE day = {value})"
            f" BEGIN INSERT INTO stale_days (day) VALUES ({value}); END"
        )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COUNTED)
    moments = " UNION ".join(
        f"SELECT {day(moment)} AS day" for moment in ("OLD.first_seen_at", "OLD.decided_at", "NEW.decided_at")
    )
    fresh = "day IS NOT NULL AND day NOT IN (SELECT day FROM stale_days)"
    yield (
        f"CREATE TRIGGER leads_changed_stale AFTER UPDATE OF {', '.join(COUNTED)} ON leads WHEN {changed}"  # noqa: S608 - no input
        f" BEGIN INSERT INTO stale_days (day) SELECT day FROM ({moments}) WHERE {fresh}; END"
    )


def postgres_follow() -> Iterator[str]:
    """Rows are only added, never looked for: two transactions that change leads of one day do not wait for each other."""
    for name, table, moment in (("leads_added", "leads", "first_seen_at"), ("decisions_added", "decisions", "at")):
        yield function(f"{name}_stale", f"SELECT {day(moment)} AS day FROM fresh")  # noqa: S608 - no input
        yield (
            f"CREATE TRIGGER {name}_stale AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}_stale()"
        )
    old, new = (", ".join(f"{side}.{name}" for name in COUNTED) for side in ("o", "n"))
    both = f"FROM gone o JOIN fresh n ON n.id = o.id WHERE ({old}) IS DISTINCT FROM ({new})"
    moments = " UNION ".join(
        f"SELECT {day(moment)} AS day {both}" for moment in ("o.first_seen_at", "o.decided_at", "n.decided_at")
    )
    yield function("leads_changed_stale", moments)
    yield (
        "CREATE TRIGGER leads_changed_stale AFTER UPDATE ON leads REFERENCING OLD TABLE AS gone NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION leads_changed_stale()"
    )


def function(name: str, days: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608 - no input
        f" INSERT INTO stale_days (day) SELECT DISTINCT day FROM ({days}) AS days WHERE day IS NOT NULL;"
        f" RETURN NULL; END $$"
    )
