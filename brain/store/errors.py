"""What the store says when it cannot do its work, without a word of SQLAlchemy: callers know only these two."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc


class StoreError(Exception):
    """The store cannot be used as it is; the message is one line that says what to do."""


class StoreUnavailable(StoreError):
    """The database is away, locked or full now. Nothing was written; the same work may succeed later."""


_TOLD = {  # by PostgreSQL's code
    "55P03": "something else holds what is asked for, such as a backup or an update of the program",
    "53200": "PostgreSQL is out of memory, or of room for locks (max_locks_per_transaction)",
}


def first_line(error: BaseException) -> str:
    """The database's own words, without statement and parameters (they may be personal)."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__


def is_outage(error: exc.SQLAlchemyError) -> bool:
    """Whether the database failed, and not the rows it was given."""
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    # A bare DatabaseError is SQLite's word for a damaged or exchanged file.
    return isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError) or (
        type(error) is exc.DatabaseError
    )


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise StoreUnavailable for outages of the database; errors of the rows pass as they are."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        if not is_outage(error):
            raise
        state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
        raise StoreUnavailable(f"{_TOLD.get(state, 'the database does not answer')}: {first_line(error)}") from error
