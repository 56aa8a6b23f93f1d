"""Bringing a store's tables up to date when it is opened. The revisions are in brain/store/migrations/versions."""

from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table
from sqlalchemy.exc import DBAPIError

from brain.store.errors import StoreError, outages_told

HEAD = "0004"
"""The newest revision. A constant, so that a store that is up to date opens without loading Alembic."""

_TRIES = 3


def bring_up_to_date(engine: Engine) -> None:
    """Make or alter the tables in one transaction. Raises StoreError for a store of a newer program."""
    for left in reversed(range(_TRIES)):
        try:
            with outages_told(), engine.begin() as conn:
                if _revision(conn) != HEAD:
                    _upgrade(conn)
                return
        except DBAPIError:
            # Another worker was faster: its tables are there now, and ours were rolled back.
            if not left:
                raise


def require_up_to_date(conn: Connection) -> None:
    """Raise StoreError unless the tables are those of this program."""
    if _revision(conn) != HEAD:
        raise StoreError("the store has the tables of another version of the program: start the cockpit once with this")


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.scalar(select(column("version_num")).select_from(table("alembic_version")))


def _upgrade(conn: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    revision = _revision(conn)
    if revision is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError as error:
            raise StoreError(
                f"the store has the schema {revision} of a newer program; this one knows up to {HEAD}: "
                "update the program or restore an older copy of the store"
            ) from error
    command.upgrade(config, "head")
