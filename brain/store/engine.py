"""The store as everybody sees it: write in a transaction, read in a snapshot, hear of changes."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError

from brain.model.clock import wall_ms
from brain.store.databases import Databases
from brain.store.dialect import open_databases, open_reading
from brain.store.errors import StoreError, StoreUnavailable, first_line, outages_told
from brain.store.meta import settle_boot
from brain.store.migrate import bring_up_to_date, require_up_to_date
from brain.store.outage import READING, Outage, Outages
from brain.store.version import Key, Listener, VersionBoard, read_versions
from brain.store.watch import Watch
from brain.store.writer import Writer

T = TypeVar("T")

PATIENCE_S = 30.0


class Store:
    """An open store; made by `open_store`. All methods may be called from any thread."""

    def __init__(self, databases: Databases, boot: str, real_ms: Callable[[], int]) -> None:
        self.boot = boot
        self.dialect = databases.name
        self._databases = databases
        self._board = VersionBoard()
        self._outages = Outages()
        self._closed = False
        with self.read() as conn:
            self._board.publish(read_versions(conn))
        self._writer = Writer(databases.writing, databases.writers, self._board.publish, real_ms, self._outages)
        self._watch = Watch(databases.reading, self._board.publish, self._outages) if databases.shared else None

    def write(self, work: Callable[[Connection], T], *, people: bool = False) -> "Future[T]":
        """Run `work` in one transaction; the answer is there after commit, when the versions are published.

        `people` overtakes what feeds have queued. The future raises StoreUnavailable when the database is away, locked
        or full (nothing was written), or what `work` raised. On PostgreSQL `work` may run more than once, since the
        database may ask a transaction to give way: it must not leave traces outside `conn`.
        """
        return self._writer.submit(work, people)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only snapshot, the same from first to last statement. Raises StoreUnavailable; keep it short."""
        if self._closed:
            raise StoreError("the store is closed")
        try:
            with outages_told(), self._databases.reading.connect() as conn:
                yield conn
        except StoreUnavailable as error:
            self._outages.failed(READING, str(error))
            raise
        self._outages.well(READING)

    def outage(self) -> Outage | None:
        """Why the database does not give or take now, as far as it was asked; None while it does."""
        return self._outages.now()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener` gets {(input, area_id): n} after each commit, of other processes too where they may write.

        It is called on the store's threads and must be quick; the answer ends the subscription."""
        return self._board.subscribe(listener)

    def versions(self) -> dict[Key, int]:
        """The counters known now: what is read after this call is at least as new. Areas as of `version_area`."""
        return self._board.versions()

    def close(self) -> None:
        """Perform what is queued, then let go of the database. Called again it does nothing."""
        self._writer.close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if not self._closed:
            self._closed = True
            self._databases.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def file_url(path: Path) -> str:
    """The URL of an SQLite store in this file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def open_store(
    url: str,
    *,
    facts_digest: str = "",
    patience_s: float = PATIENCE_S,
    real_ms: Callable[[], int] = wall_ms,
) -> Store:
    """Open the store at `url` (sqlite:///<path> or postgresql://...), made or brought up to date where needed.

    `facts_digest` stands for what is settled about the city: when it changes, the store gets a new boot id.
    `patience_s` is how long a write waits for a lock. Raises StoreError with one line that says what to do.
    """
    databases = open_databases(url, patience_s)
    try:
        with outages_told():
            bring_up_to_date(databases.writing)
            with databases.writing.begin() as conn:
                boot = settle_boot(conn, facts_digest)
        return Store(databases, boot, real_ms)
    except DBAPIError as error:
        databases.close()
        raise StoreError(f"the store cannot be opened: {first_line(error)}") from error
    except BaseException:
        databases.close()
        raise


@contextmanager
def reading_only(url: str, patience_s: float = PATIENCE_S) -> Iterator[Connection]:
    """A snapshot of a store that another process may have open; nothing is made, altered or written.

    Raises StoreError when there is no store at `url`, or one of another version."""
    engine = open_reading(url, patience_s)
    try:
        with outages_told(), engine.connect() as conn:
            require_up_to_date(conn)
            yield conn
    finally:
        engine.dispose()
