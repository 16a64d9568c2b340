"""The index that finds near-duplicates tells the leads and their prints by itself: to look into the table takes longest."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"

TABLE = "fingerprints"


def upgrade() -> None:
    op.create_index(f"ix_{TABLE}_kind_band_value_lead_id_print", TABLE, ["kind", "band", "value", "lead_id", "print"])
    op.drop_index(f"ix_{TABLE}_kind_band_value", TABLE)
