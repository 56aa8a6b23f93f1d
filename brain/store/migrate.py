"""Bringing a store's tables up to date when it is opened. The revisions are in brain/store/migrations/versions."""

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, column, create_engine, inspect, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropTable

from brain.store import schema
from brain.store.dialect import wait_alone
from brain.store.errors import StoreError, outages_told

log = logging.getLogger(__name__)

HEAD = "0008"
"""The newest revision. A constant, so that a store that is up to date opens without loading Alembic."""

_TRIES = 3
_VERSION = "alembic_version"


def bring_up_to_date(engine: Engine) -> None:
    """Make or alter the tables in one transaction. Raises StoreError for a store of a newer program."""
    for left in reversed(range(_TRIES)):
        try:
            with outages_told(), engine.begin() as conn:
                revision = revision_of(conn)
                if revision is not None and revision < HEAD:
                    revision = _wait_for_others(conn, revision)
                if revision != HEAD:
                    _upgrade(conn)
                return
        except DBAPIError:
            # Another worker was faster: its tables are there now, and ours were rolled back.
            if not left:
                raise


def _wait_for_others(conn: Connection, revision: str) -> str | None:
    """The revision once nobody else brings the tables up to date, who may copy big ones for long."""
    log.info("the tables are of schema %s: they are brought to %s, once nobody else does it", revision, HEAD)
    wait_alone(conn, _VERSION)
    return revision_of(conn)


def require_up_to_date(conn: Connection) -> None:
    """Raise StoreError unless the tables are those of this program."""
    if revision_of(conn) != HEAD:
        raise StoreError("the store has the tables of another version of the program: start the cockpit once with this")


def revision_of(conn: Connection) -> str | None:
    """None where no store was ever made."""
    if not inspect(conn).has_table(_VERSION):
        return None
    return conn.scalar(select(column("version_num")).select_from(table(_VERSION)))


def make_tables(conn: Connection, revision: str) -> None:
    """Bring the tables to a revision, from nothing or an older one. Raises StoreError for one of a newer program."""
    _upgrade(conn, revision)


def drop_revision(conn: Connection) -> None:
    """After the tables themselves were dropped: nothing is a store any more."""
    conn.execute(DropTable(Table(_VERSION, MetaData())))


def tables_of(revision: str) -> tuple[Table, ...]:
    """The tables a store of this revision has, by name. Raises StoreError for one of a newer program."""
    tables = schema.metadata if revision == HEAD else _made_for_looking(revision)
    return tuple(each for name, each in sorted(tables.tables.items()) if name != _VERSION)


def _made_for_looking(revision: str) -> MetaData:
    # Only the migrations know what was before, so they are run in memory.
    found, engine = MetaData(), create_engine("sqlite://")
    try:
        with engine.begin() as conn:
            make_tables(conn, revision)
            found.reflect(conn)
    finally:
        engine.dispose()
    return found


def _upgrade(conn: Connection, to: str = HEAD) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    for revision in filter(None, (revision_of(conn), to)):
        try:
            ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError as error:
            raise StoreError(
                f"the store has the schema {revision} of a newer program; this one knows up to {HEAD}: "
                "update the program or restore an older copy of the store"
            ) from error
    command.upgrade(config, to)
