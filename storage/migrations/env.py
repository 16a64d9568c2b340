"""Run migrations on the connection that `storage.migrating` hands over; there is no alembic.ini."""

from __future__ import annotations

from alembic import context

from storage.freshness.models import Base  # the last module of tables: with it all are known

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
