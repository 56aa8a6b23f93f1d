"""Alembic's entry: runs the revisions inside the transaction that brain/store/migrate.py opened."""

from alembic import context

from brain.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,
)
context.run_migrations()
