"""The databases a fault is tried on, looked into from outside."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.services.postgresql import PostgresServer
from tests.services.waiting import wait_until


class Database(Protocol):
    """`command` is the one of app.py that runs feeds on it."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def command(self) -> str: ...
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Empty while the database is away or has no such table yet."""
        ...


@dataclass(frozen=True)
class Sqlite:
    path: Path
    name: str = "SQLite"
    command: str = "run"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)
        except sqlite3.OperationalError:
            return []
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()


@dataclass(frozen=True)
class Postgres:
    server: PostgresServer
    database: str
    name: str = "PostgreSQL"
    command: str = "feeds"

    @property
    def url(self) -> str:
        return self.server.url(self.database)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            with self.server.connect(self.database) as connection:
                return connection.execute(sql.encode()).fetchall()
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
            return []


@contextmanager
def postgresql() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.close()


def one(database: Database, sql: str) -> Any:
    """The one value of a query; None while there is none."""
    found = database.rows(sql)
    return found[0][0] if found else None


def status(database: Database, feed: str = "iot_mqtt") -> str:
    """What feed health says of a feed, as it is stored; "" while nothing is."""
    return str(one(database, f"SELECT status FROM feed_state WHERE feed = '{feed}'") or "")


def await_status(database: Database, *wanted: str, feed: str = "iot_mqtt") -> float:
    """When feed health said one of these, system-wide monotonic."""
    wait_until(lambda: status(database, feed) in wanted, f"feed {feed} to be {' or '.join(wanted)}", 120)
    return time.monotonic()
