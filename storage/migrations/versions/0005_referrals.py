"""Referrals and their steps, answers of departments, campaigns and their figures, deliveries to other systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it
APPEND_ONLY = ("referral_steps", "feedback", "seizures", "campaign_figures", "campaign_reports")


def upgrade() -> None:
    create_campaigns()
    create_campaign_dues()
    create_campaign_figures()
    create_referrals()
    create_referral_leads()
    create_referral_files()
    create_feedback()
    create_deliveries()
    guard()


def create_campaigns() -> None:
    op.create_table(
        "campaigns",
        number(),
        *texts("name", "basis", "starts_on", "ends_on"),
        facts("facts"),
        *times("created_at", "closed_at?"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("name", name="uq_campaigns_name"),
    )
    op.create_table(
        "campaign_stages",
        *ids("campaign_id"),
        *counts("position"),
        *texts("name", "starts_on", "ends_on"),
        refers("campaign_stages", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("campaign_id", "position", name="pk_campaign_stages"),
    )
    op.create_table(
        "campaign_units",
        number(),
        *ids("campaign_id"),
        *texts("name", "kind", "contact"),
        *counts("position"),
        *times("left_at?"),
        refers("campaign_units", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_units"),
        sa.UniqueConstraint("campaign_id", "name", name="uq_campaign_units_campaign_id_name"),
    )


def create_campaign_dues() -> None:
    op.create_table(
        "campaign_dues",
        number(),
        *ids("campaign_id"),
        *texts("name", "kind", "due_on"),
        *counts("remind_days"),
        *flags("paper"),
        refers("campaign_dues", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_dues"),
        sa.UniqueConstraint("campaign_id", "name", name="uq_campaign_dues_campaign_id_name"),
    )
    op.create_table(
        "campaign_reports",
        number(),
        *ids("due_id", "unit_id"),
        *texts("received_on"),
        *flags("electronic", "paper", "zero", "withdrawn"),
        *texts("note"),
        *times("at"),
        *ids("account_id?"),
        refers("campaign_reports", "due_id", "campaign_dues"),
        refers("campaign_reports", "unit_id", "campaign_units"),
        refers("campaign_reports", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_reports"),
    )
    index("campaign_reports", "due_id", "unit_id", "id")


def create_campaign_figures() -> None:
    op.create_table(
        "campaign_figures",
        number(),
        *ids("campaign_id", "unit_id"),
        *counts("column"),
        *texts("value?", "source"),
        *times("at"),
        *ids("account_id?"),
        refers("campaign_figures", "campaign_id", "campaigns"),
        refers("campaign_figures", "unit_id", "campaign_units"),
        refers("campaign_figures", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_figures"),
    )
    index("campaign_figures", "campaign_id", "unit_id", "column", "id")


def create_referrals() -> None:
    op.create_table(
        "referrals",
        number(),
        *texts("number", "template", "department", "receiver"),
        facts("copies"),
        *texts("title", "status"),
        facts("routing"),
        facts("fields"),
        *flags("masked"),
        *ids("seller_id?", "campaign_id?", "drafted_by"),
        *times("drafted_at"),
        *ids("approved_by?"),
        *times("sent_at?", "due_at?"),
        *texts("due_kind"),
        *counts("step_id"),
        *times("updated_at"),
        refers("referrals", "seller_id", "sellers"),
        refers("referrals", "campaign_id", "campaigns"),
        refers("referrals", "drafted_by", "accounts"),
        refers("referrals", "approved_by", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_referrals"),
        sa.UniqueConstraint("number", name="uq_referrals_number"),
    )
    index("referrals", "campaign_id", "id")
    index("referrals", "department", "status", "id")
    index("referrals", "drafted_at")
    index("referrals", "status", "due_at", "id")


def create_referral_leads() -> None:
    op.create_table(
        "referral_leads",
        *ids("referral_id"),
        *counts("position"),
        *ids("lead_id", "detection_id", "snapshot_id"),
        refers("referral_leads", "referral_id", "referrals"),
        refers("referral_leads", "lead_id", "leads"),
        refers("referral_leads", "detection_id", "detections"),
        refers("referral_leads", "snapshot_id", "snapshots"),
        sa.PrimaryKeyConstraint("referral_id", "position", name="pk_referral_leads"),
    )
    index("referral_leads", "lead_id", "referral_id")
    op.create_table(
        "referral_steps",
        number(),
        *ids("referral_id"),
        *times("at"),
        *ids("account_id?"),
        *texts("actor", "kind"),
        *times("happened_at?"),
        *texts("reference", "person", "note"),
        facts("detail"),
        *ids("undoes?"),
        refers("referral_steps", "referral_id", "referrals"),
        refers("referral_steps", "account_id", "accounts"),
        refers("referral_steps", "undoes", "referral_steps"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_steps"),
    )
    index("referral_steps", "at")
    index("referral_steps", "referral_id", "id")


def create_referral_files() -> None:
    op.create_table(
        "referral_files",
        number(),
        *ids("referral_id", "step_id"),
        *texts("kind", "name", "media_type"),
        *counts("size"),
        *texts("sha256"),
        *times("made_at"),
        refers("referral_files", "referral_id", "referrals"),
        refers("referral_files", "step_id", "referral_steps"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_files"),
    )
    index("referral_files", "referral_id", "id")
    index("referral_files", "sha256")
    op.create_table(
        "number_series",
        *texts("series"),
        *counts("year", "last"),
        sa.PrimaryKeyConstraint("series", "year", name="pk_number_series"),
    )


def create_feedback() -> None:
    op.create_table(
        "feedback",
        number(),
        *ids("referral_id?", "campaign_id?"),
        *texts("unit", "case_number", "title", "happened_on"),
        *flags("filed", "criminal"),
        *counts("people", "gangs"),
        *texts("confiscated", "fined", "typical"),
        facts("pictures"),
        *texts("publish", "note", "source"),
        *ids("supersedes?"),
        *flags("void"),
        *times("at"),
        *ids("account_id?"),
        refers("feedback", "referral_id", "referrals"),
        refers("feedback", "campaign_id", "campaigns"),
        refers("feedback", "supersedes", "feedback"),
        refers("feedback", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    index("feedback", "campaign_id", "unit", "id")
    index("feedback", "case_number")
    index("feedback", "referral_id", "id")
    index("feedback", "supersedes")
    op.create_table(
        "feedback_leads",
        *ids("feedback_id", "lead_id"),
        refers("feedback_leads", "feedback_id", "feedback"),
        refers("feedback_leads", "lead_id", "leads"),
        sa.PrimaryKeyConstraint("feedback_id", "lead_id", name="pk_feedback_leads"),
    )
    index("feedback_leads", "lead_id")
    op.create_table(
        "seizures",
        *ids("feedback_id"),
        *counts("position"),
        *texts("batch", "kind", "name", "amount", "unit"),
        refers("seizures", "feedback_id", "feedback"),
        sa.PrimaryKeyConstraint("feedback_id", "position", name="pk_seizures"),
    )


def create_deliveries() -> None:
    op.create_table(
        "deliveries",
        number(),
        *texts("event", "target"),
        *ids("referral_id?"),
        facts("payload"),
        *texts("status"),
        *counts("attempts"),
        *times("next_at"),
        *texts("last_error"),
        *times("created_at", "done_at?"),
        refers("deliveries", "referral_id", "referrals"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    index("deliveries", "referral_id")
    index("deliveries", "status", "next_at")
    op.create_table(
        "delivery_attempts",
        number(),
        *ids("delivery_id"),
        *times("at"),
        *counts("status?"),
        *texts("error"),
        *reals("seconds"),
        refers("delivery_attempts", "delivery_id", "deliveries"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempts"),
    )
    index("delivery_attempts", "delivery_id", "id")
    op.create_table(
        "pickups",
        number(),
        *texts("name", "sha256"),
        *times("at"),
        *texts("outcome"),
        *ids("referral_id?"),
        facts("detail"),
        refers("pickups", "referral_id", "referrals"),
        sa.PrimaryKeyConstraint("id", name="pk_pickups"),
        sa.UniqueConstraint("sha256", name="uq_pickups_sha256"),
    )


def guard() -> None:
    """Let the database itself refuse to change what is only ever added to."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for statement in sqlite_guards(table) if sqlite else postgres_guards(table):
            op.execute(statement)


def sqlite_guards(table: str) -> Iterator[str]:
    """The third: INSERT OR REPLACE takes a row away without asking the second."""
    key = ("feedback_id", "position") if table == "seizures" else ("id",)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
    same = " AND ".join(f"{name} = NEW.{name}" for name in key)
    known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - no input
    yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {refuse}"


def postgres_guards(table: str) -> Iterator[str]:
    """With the function of the migration before."""
    yield (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION append_only()"
    )
    yield (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
    )


def number() -> sa.Column[int]:
    return sa.Column("id", ID, nullable=False)


def texts(*names: str) -> list[sa.Column[str]]:
    """Those with a question mark may be empty."""
    return [sa.Column(name.rstrip("?"), sa.Text(), nullable=name.endswith("?")) for name in names]


def ids(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name.rstrip("?"), ID, nullable=name.endswith("?")) for name in names]


def counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name.rstrip("?"), sa.BigInteger(), nullable=name.endswith("?")) for name in names]


def reals(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=False) for name in names]


def flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def times(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name.rstrip("?"), TIME, nullable=name.endswith("?")) for name in names]


def facts(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def refers(table: str, name: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{other}.id"], name=f"fk_{table}_{name}")


def index(table: str, *names: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))
