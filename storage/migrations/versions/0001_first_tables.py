"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only for INTEGER
TIME = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")  # SQLite has no type for it


def upgrade() -> None:
    create_contacts()
    create_run_requests()
    create_sites()
    create_retries()
    create_runs()
    create_sellers()
    create_issues()
    create_listings()
    create_events()
    create_listing_contacts()
    create_snapshots()
    create_detections()
    create_hits()
    create_leads()


def create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("kind", "value", name="uq_contacts_kind_value"),
    )


def create_run_requests() -> None:
    op.create_table(
        "run_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_requests"),
        sa.UniqueConstraint("site", name="uq_run_requests_site"),
    )


def create_sites() -> None:
    op.create_table(
        "sites",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("start_urls", sa.JSON(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.UniqueConstraint("name", name="uq_sites_name"),
    )


def create_retries() -> None:
    op.create_table(
        "retries",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_retries_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_retries"),
        sa.UniqueConstraint("site_id", "identity", name="uq_retries_site_id_identity"),
    )


def create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("lexicon_version", sa.Text(), nullable=False),
        sa.Column("config_hash", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("beat_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("complete_walk", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("listings_new", sa.BigInteger(), nullable=False),
        sa.Column("listings_changed", sa.BigInteger(), nullable=False),
        sa.Column("listings_unchanged", sa.BigInteger(), nullable=False),
        sa.Column("listings_gone", sa.BigInteger(), nullable=False),
        sa.Column("listings_back", sa.BigInteger(), nullable=False),
        sa.Column("listings_seen", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("leads", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("empty_fields", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_runs_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_site_id_id", "runs", ["site_id", "id"])


def create_sellers() -> None:
    op.create_table(
        "sellers",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_sellers_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sellers"),
        sa.UniqueConstraint("site_id", "name", name="uq_sellers_site_id_name"),
    )


def create_issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_issues_run_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_issues_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_issues"),
    )
    op.create_index("ix_issues_run_id_id", "issues", ["run_id", "id"])
    op.create_index("ix_issues_site_id_id", "issues", ["site_id", "id"])


def create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("snapshot_number", sa.BigInteger(), nullable=False),
        sa.Column("row_signature", sa.Text()),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("gone_at", TIME),
        sa.Column("last_run_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["last_run_id"], ["runs.id"], name="fk_listings_last_run_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_listings_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listings"),
        sa.UniqueConstraint("site_id", "key", name="uq_listings_site_id_key"),
    )
    op.create_index("ix_listings_site_id_checked_at", "listings", ["site_id", "checked_at"])


def create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_events_listing_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_events_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_listing_id_id", "events", ["listing_id", "id"])


def create_listing_contacts() -> None:
    op.create_table(
        "listing_contacts",
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_listing_contacts_contact_id"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_listing_contacts_listing_id"),
        sa.PrimaryKeyConstraint("listing_id", "contact_id", name="pk_listing_contacts"),
    )
    op.create_index("ix_listing_contacts_contact_id", "listing_contacts", ["contact_id"])


def create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", ID, nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("fetched_at", TIME, nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("seller", sa.Text()),
        sa.Column("seller_id", ID),
        sa.Column("price_text", sa.Text()),
        sa.Column("price_amount", sa.Text()),
        sa.Column("price_currency", sa.Text()),
        sa.Column("price_unit", sa.Text()),
        sa.Column("negotiable", sa.Boolean(), nullable=False),
        sa.Column("region", sa.Text()),
        sa.Column("posted_at", TIME),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_snapshots_listing_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_snapshots_run_id"),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name="fk_snapshots_seller_id"),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
        sa.UniqueConstraint("listing_id", "number", name="uq_snapshots_listing_id_number"),
    )


def create_detections() -> None:
    op.create_table(
        "detections",
        sa.Column("id", ID, nullable=False),
        sa.Column("snapshot_id", ID, nullable=False),
        sa.Column("lexicon_version", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_detections_snapshot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_detections"),
        sa.UniqueConstraint("snapshot_id", "lexicon_version", name="uq_detections_snapshot_id_lexicon_version"),
    )


def create_hits() -> None:
    op.create_table(
        "hits",
        sa.Column("detection_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["detection_id"], ["detections.id"], name="fk_hits_detection_id"),
        sa.PrimaryKeyConstraint("detection_id", "position", name="pk_hits"),
    )


def create_leads() -> None:
    op.create_table(
        "leads",
        sa.Column("id", ID, nullable=False),
        sa.Column("site_id", ID, nullable=False),
        sa.Column("listing_id", ID, nullable=False),
        sa.Column("snapshot_id", ID, nullable=False),
        sa.Column("detection_id", ID, nullable=False),
        sa.Column("seller_id", ID),
        sa.Column("lexicon_version", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("posted_at", TIME),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["detection_id"], ["detections.id"], name="fk_leads_detection_id"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_leads_listing_id"),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name="fk_leads_seller_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_leads_site_id"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.id"], name="fk_leads_snapshot_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("listing_id", name="uq_leads_listing_id"),
    )
    op.create_index("ix_leads_score_id", "leads", ["score", "id"])
    op.create_index("ix_leads_seller_id", "leads", ["seller_id"])
    op.create_index("ix_leads_site_id_score_id", "leads", ["site_id", "score", "id"])
    op.create_index("ix_leads_site_id_status_score_id", "leads", ["site_id", "status", "score", "id"])
    op.create_index("ix_leads_status_score_id", "leads", ["status", "score", "id"])
