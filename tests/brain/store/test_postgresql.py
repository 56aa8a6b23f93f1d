"""PostgreSQL: several processes at once, the server lost and back."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping

import psycopg
import pytest
from sqlalchemy import Connection, inspect

from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.errors import StoreUnavailable
from brain.store.meta import read_meta, write_meta
from brain.store.version import Key, bump, read_versions
from brain.store.watch import Watch
from tests.brain.store.differences import PART
from tests.services.postgresql import PostgresServer
from tests.services.waiting import wait_until
from tests.small_city import CITY, TOWNS, small_tree

pytestmark = pytest.mark.postgres


@pytest.fixture
def two_stores(postgres_url: str) -> Iterator[tuple[Store, Store]]:
    """As two processes have them."""
    with open_store(postgres_url) as one, open_store(postgres_url) as other:
        yield one, other


def _bump(area: str) -> Callable[[Connection], None]:
    return lambda conn: bump(conn, small_tree(), [("tickets", area)])


def _try_to_write(store: Store, value: str) -> bool:
    try:
        store.write(lambda conn: write_meta(conn, "k", value)).result()
    except StoreUnavailable:
        return False
    return True


def _read(store: Store) -> str | None:
    with store.read() as conn:
        return read_meta(conn, "k")


def test_all_processes_share_the_boot_id(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    assert one.boot == other.boot


def test_a_process_hears_what_another_commits(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    heard: list[Mapping[Key, int]] = []
    other.subscribe(heard.append)
    one.write(_bump(TOWNS[0])).result()
    wait_until(lambda: heard, "the other process's change")
    assert heard == [{("tickets", TOWNS[0]): 1, ("tickets", CITY): 1}]
    assert other.versions() == one.versions()


def test_the_hint_alone_is_enough(two_stores: tuple[Store, Store]) -> None:
    one, other = two_stores
    first_look, heard = threading.Event(), list[dict[Key, int]]()

    def publish(versions: dict[Key, int]) -> None:
        heard.append(versions)
        first_look.set()

    watch = Watch(other._databases.reading, publish, poll_s=3600)
    try:
        assert first_look.wait(20)
        one.write(_bump(CITY)).result()
        wait_until(lambda: heard[-1] == {("tickets", CITY): 1}, "the hint")
    finally:
        watch.close()


def test_without_the_hint_the_rows_are_looked_at(two_stores: tuple[Store, Store], postgres_url: str) -> None:
    heard: list[Mapping[Key, int]] = []
    two_stores[0].subscribe(heard.append)
    with psycopg.connect(postgres_url) as plain:
        plain.execute("INSERT INTO version VALUES ('alerts', %s, 7, 0)", (CITY,))
    wait_until(lambda: heard, "the change")
    assert heard == [{("alerts", CITY): 7}]


def test_the_server_is_lost_and_comes_back(
    postgres_server: PostgresServer, two_stores: tuple[Store, Store], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = two_stores
    assert _try_to_write(one, "before")
    postgres_server.stop()
    assert not _try_to_write(one, "lost")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        _read(one)
    lost = lambda: [r for r in caplog.records if "lost" in r.message and r.levelno == logging.WARNING]  # noqa: E731
    wait_until(lambda: len(lost()) >= 2, "both watches to say that the database is lost")
    postgres_server.start()
    heard: list[Mapping[Key, int]] = []
    one.subscribe(heard.append)
    assert _try_to_write(other, "after"), "the first write after the outage"
    other.write(_bump(TOWNS[1])).result()
    assert _read(one) == "after"
    wait_until(lambda: heard, "the change made while the watch was away or just back")
    assert heard == [{("tickets", TOWNS[1]): 1, ("tickets", CITY): 1}]
    assert len(lost()) == 2, "each watch says it once, however often it tries"


def test_a_crash_within_a_transaction_leaves_nothing_of_it(postgres_server: PostgresServer, postgres_url: str) -> None:
    begun, crashed = threading.Event(), threading.Event()

    def work(conn: Connection) -> None:
        write_meta(conn, "k", "half")
        bump(conn, small_tree(), [("tickets", CITY)])
        begun.set()
        assert crashed.wait(60)

    with open_store(postgres_url) as store:
        failed = store.write(work)
        assert begun.wait(20)
        postgres_server.crash()
        crashed.set()
        with pytest.raises(StoreUnavailable):
            failed.result()
        assert store.versions() == {}
        postgres_server.start()
        assert _read(store) is None
        store.write(_bump(CITY)).result()
        with store.read() as conn:
            assert read_versions(conn) == {("tickets", CITY): 1}


def test_a_lock_of_somebody_else_fails_the_write_after_a_while(postgres_url: str) -> None:
    with open_store(postgres_url, patience_s=0.05) as store, psycopg.connect(postgres_url) as plain:
        assert _try_to_write(store, "before")
        plain.execute("UPDATE meta SET value = 'held' WHERE key = 'k'")
        assert not _try_to_write(store, "waited in vain")
        plain.rollback()
        assert _try_to_write(store, "after")
        assert _read(store) == "after"


def test_keys_are_made_by_the_program(postgres_url: str) -> None:
    """No sequences: rows keep their keys when they move between databases and engines."""
    with open_store(postgres_url) as store, store.read() as conn:
        assert inspect(conn).get_sequence_names() == []
        whole = {name for name in inspect(conn).get_table_names() if not PART.fullmatch(name)}
        assert whole == {*schema.metadata.tables, "alembic_version"}
