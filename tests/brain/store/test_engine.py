"""The store as everybody sees it: transactions, snapshots, changes heard, on both databases."""

import threading
from collections.abc import Mapping

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.errors import StoreError
from brain.store.meta import read_meta, write_meta
from brain.store.version import Key, bump, read_versions
from tests.small_city import CITY, TOWNS, small_tree


def test_what_was_written_is_read(store: Store) -> None:
    assert store.write(lambda conn: write_meta(conn, "k", "v")).result() is None
    with store.read() as conn:
        assert read_meta(conn, "k") == "v"


def test_write_answers_what_the_work_answers(store: Store) -> None:
    assert store.write(lambda conn: conn.scalar(select(1))).result() == 1


def test_failed_work_leaves_no_trace_and_hands_its_exception_on(store: Store) -> None:
    def fail(conn: Connection) -> None:
        write_meta(conn, "k", "v")
        bump(conn, small_tree(), [("tickets", CITY)])
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        store.write(fail).result()
    store.write(lambda conn: write_meta(conn, "other", "v")).result()  # on the same connection
    with store.read() as conn:
        assert read_meta(conn, "k") is None
        assert read_versions(conn) == {}
    assert store.versions() == {}


def test_readers_cannot_write(store: Store) -> None:
    with store.read() as conn, pytest.raises(Exception, match=r"(?i)read-?only"):
        conn.execute(schema.meta.insert().values(key="k", value="v"))


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.read() as conn:
        assert read_meta(conn, "k") is None
        store.write(lambda writing: write_meta(writing, "k", "v")).result()
        assert read_meta(conn, "k") is None
    with store.read() as conn:
        assert read_meta(conn, "k") == "v"


def test_errors_name_no_values(store: Store) -> None:
    """Parameters may be personal, and errors reach the log."""
    row = {"key": "k", "value": "13800138000"}
    store.write(lambda conn: conn.execute(schema.meta.insert().values(row))).result()
    with pytest.raises(DBAPIError) as caught:
        store.write(lambda conn: conn.execute(schema.meta.insert().values(row))).result()
    assert "13800138000" not in str(caught.value)


def test_listeners_hear_of_a_commit_before_its_answer(store: Store) -> None:
    heard: list[Mapping[Key, int]] = []
    stop = store.subscribe(heard.append)
    store.write(lambda conn: bump(conn, small_tree(), [("tickets", TOWNS[0])])).result()
    assert heard == [{("tickets", TOWNS[0]): 1, ("tickets", CITY): 1}]
    stop()
    store.write(lambda conn: bump(conn, small_tree(), [("tickets", TOWNS[0])])).result()
    assert len(heard) == 1
    assert store.versions()["tickets", CITY] == 2


def test_a_failing_listener_stops_nobody(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Mapping[Key, int]] = []

    def fail(_news: Mapping[Key, int]) -> None:
        raise RuntimeError("listener broken")

    store.subscribe(fail)
    store.subscribe(heard.append)
    store.write(lambda conn: bump(conn, small_tree(), [("alerts", CITY)])).result()
    assert heard == [{("alerts", CITY): 1}]
    assert "a listener to changes failed" in caplog.text


def test_boot_is_kept_until_the_facts_change(database_url: str) -> None:
    boots = []
    for digest in ("a", "a", "b", "b"):
        with open_store(database_url, facts_digest=digest) as store:
            boots.append(store.boot)
    assert boots[0] == boots[1] != boots[2] == boots[3]
    assert all(boots)


def test_versions_survive_a_restart(database_url: str) -> None:
    with open_store(database_url) as store:
        store.write(lambda conn: bump(conn, small_tree(), [("feeds", CITY)])).result()
    with open_store(database_url) as store:
        assert store.versions() == {("feeds", CITY): 1}


def test_close_performs_what_is_queued_and_refuses_the_rest(database_url: str) -> None:
    store = open_store(database_url)
    begun, go_on = threading.Event(), threading.Event()

    def wait(_conn: Connection) -> bool:
        begun.set()
        return go_on.wait(20)

    held = [store.write(wait) for _ in range(4)]
    queued = store.write(lambda conn: write_meta(conn, "k", "v"))
    begun.wait(20)
    go_on.set()
    store.close()
    assert all(future.result() for future in held)
    assert queued.result() is None
    with pytest.raises(StoreError, match="closed"):
        store.write(lambda conn: None).result()
    with pytest.raises(StoreError, match="closed"), store.read():
        pass
    store.close()
    with open_store(database_url) as again, again.read() as conn:
        assert read_meta(conn, "k") == "v"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u@h/d", "only sqlite and postgresql"),
        ("no url at all", "is not a database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://nobody@127.0.0.1:1/nothing", "does not answer"),
    ],
)
def test_a_store_that_cannot_be_opened_says_why_in_one_line(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)
