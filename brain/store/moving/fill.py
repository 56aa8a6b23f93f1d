"""A store made from rows that came from another one: made in the schema they had, compared, then brought up to date."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Index, Table, delete, inspect, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropTable

from brain.store import schema
from brain.store.claims import IS_OF_SHARDS
from brain.store.dialect import fill_table, whole_database
from brain.store.errors import StoreError, first_line, is_outage
from brain.store.migrate import HEAD, drop_revision, make_tables, revision_of, tables_of
from brain.store.moving.fits import lost_unsaid, why_not
from brain.store.moving.portion import Portion, Rows, Sum, Summing, columns_of, sum_of
from brain.store.moving.snapshot import portions_of


class Source(Protocol):
    """Where rows come from: a store as it was at one moment, or a file."""

    @property
    def revision(self) -> str: ...

    @property
    def tables(self) -> tuple[Table, ...]: ...

    @property
    def size_bytes(self) -> int: ...

    def portions(self, table: Table) -> Iterator[Portion]: ...


def fill(url: str, source: Source, replace: bool, patience_s: float) -> Mapping[str, Sum]:
    """A whole store at `url` with the rows of `source`; what was copied, by table.

    Raises StoreError, and then what was at `url` is still there, when it has rows and `replace` is not said, when a
    program has it open, when the database cannot keep a value, and when it does not give back what it was given.
    """
    with whole_database(url, patience_s, partial(_look, replace), source.size_bytes) as conn:
        _drop_old(conn)
        make_tables(conn, source.revision)
        with _without_indexes(conn, source.tables):
            given = {str(table.name): _copy(conn, table, source) for table in source.tables}
        _compare(conn, source.tables, given)
        if source.revision != HEAD:
            make_tables(conn, HEAD)
        _settle(conn)
    return given


def _look(replace: bool, conn: Connection) -> None:
    if replace:
        return
    for name in inspect(conn).get_table_names():
        table = schema.metadata.tables.get(name)
        if table is not None and table is not schema.meta and conn.scalar(select(1).select_from(table).limit(1)):
            raise StoreError("there is a store with rows already: name another place, or give --replace to lose it")


def _drop_old(conn: Connection) -> None:
    """On PostgreSQL; what others keep in the same database stays."""
    revision = revision_of(conn)
    if revision is not None:
        for table in tables_of(revision):
            conn.execute(DropTable(table, if_exists=True))
        drop_revision(conn)


@contextmanager
def _without_indexes(conn: Connection, tables: tuple[Table, ...]) -> Iterator[None]:
    """An index is made of all rows at once in a fraction of the time it takes row by row."""
    indexes: list[Index] = [
        index for table in tables for index in sorted(table.indexes, key=lambda each: str(each.name))
    ]
    for index in indexes:
        index.drop(conn)
    yield
    for index in indexes:
        index.create(conn)


def _copy(conn: Connection, table: Table, source: Source) -> Sum:
    columns, summing = columns_of(table), Summing()
    names = [str(column.name) for column in columns]
    for line, rows in source.portions(table):
        summing.add(line, len(rows))
        if lost_unsaid(conn.dialect.name, columns, line, rows):
            _refuse_unfit(conn, table, columns, rows)
        try:
            fill_table(conn, table, names, rows)
        except DBAPIError as error:
            if is_outage(error):
                raise
            _refuse_unfit(conn, table, columns, rows)
            raise StoreError(f"table {table.name} cannot be filled: {first_line(error)}") from error
    return summing.total()


def _refuse_unfit(conn: Connection, table: Table, columns: list[Column[Any]], rows: Rows) -> None:
    """Raise StoreError when the database will not keep one of the values; why is only looked for where it must be."""
    trouble = why_not(conn.dialect.name, table, columns, rows)
    if trouble:
        raise StoreError(f"{trouble}: correct it where it comes from, then begin anew")


def _compare(conn: Connection, tables: tuple[Table, ...], given: Mapping[str, Sum]) -> None:
    for table in tables:
        kept = sum_of(portions_of(conn, table))
        if kept != given[table.name]:
            raise StoreError(
                f"table {table.name} is not what was copied: {given[table.name].rows} rows were given, {kept.rows} are "
                "there, or their checksums differ; nothing was kept"
            )


def _settle(conn: Connection) -> None:
    """Screens shall drop what they hold, and nobody runs feeds here yet."""
    gone = or_(schema.meta.c.key.in_(("boot", "lease.feeds")), IS_OF_SHARDS)
    conn.execute(delete(schema.meta).where(gone))
