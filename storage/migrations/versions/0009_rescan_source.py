"""A rescan may read an archive in place of the database's own texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("rescans", sa.Column("source", sa.Text(), nullable=True))
