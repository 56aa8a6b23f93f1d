"""Many rows at once: the same on both databases as one statement per row."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from brain.store import schema
from brain.store.dialect import insert_into, insert_new, insert_rows, insert_rows_returning, raise_columns
from brain.store.engine import Store

COLUMNS = ("input", "area_id", "n", "changed_ms")
TABLE = schema.version


def _all(conn: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in conn.execute(select(*(TABLE.c[c] for c in COLUMNS)).order_by(TABLE.c.area_id))]


def test_rows_are_inserted_and_conflicts_updated_in_order(store: Store) -> None:
    def work(conn: Connection) -> list[tuple[object, ...]]:
        insert = insert_into(conn, TABLE)
        added = insert.on_conflict_do_update(
            index_elements=["input", "area_id"], set_={"n": TABLE.c.n + insert.excluded.n + 100}
        )
        insert_rows(conn, added, COLUMNS, [("a", "1", 1, 0), ("a", "2", 2, 0)])
        insert_rows(conn, added, COLUMNS, [("a", "2", 5, 0), ("a", "3", 3, 0)])
        insert_rows(conn, added, COLUMNS, [])
        return _all(conn)

    assert store.write(work).result() == [("a", "1", 1, 0), ("a", "2", 107, 0), ("a", "3", 3, 0)]


def test_what_was_inserted_is_told_from_what_was_there(store: Store) -> None:
    def work(conn: Connection) -> list[list[str]]:
        new = insert_into(conn, TABLE).on_conflict_do_nothing(index_elements=["input", "area_id"])
        told = new.returning(TABLE.c.area_id)
        answers = [
            insert_rows_returning(conn, told, COLUMNS, [("a", str(k), k, 0) for k in range(first, last)])
            for first, last in ((0, 3), (1, 5), (0, 0), (2, 4))
        ]
        return [sorted(row.area_id for row in rows) for rows in answers]

    assert store.write(work).result() == [["0", "1", "2"], ["3", "4"], [], []]


def test_an_odd_value_stays_a_value(store: Store) -> None:
    names = ["'; DROP TABLE version; --", "%(input)s", "?", "{a,b}", 'quote " and \\', "中文", "NULL", ""]

    def work(conn: Connection) -> set[object]:
        insert_rows(conn, insert_into(conn, TABLE), COLUMNS, [("a", name, 1, 0) for name in names])
        return {row[1] for row in _all(conn)}

    assert store.write(work).result() == set(names)


def test_columns_in_another_order_than_the_table_are_no_matter(store: Store) -> None:
    def work(conn: Connection) -> list[tuple[object, ...]]:
        insert_rows(conn, insert_into(conn, TABLE), ("n", "changed_ms", "area_id", "input"), [(1, 2, "x", "a")])
        return _all(conn)

    assert store.write(work).result() == [("a", "x", 1, 2)]


def test_values_of_all_kinds_come_back_as_they_were(store: Store) -> None:
    columns = ("feed", "id", "at_ms", "reason", "detail", "place", "payload", "sealed")
    payloads = [b"", bytes(range(256)), None]
    rows = [("f", str(k), 2**62 + k, "r", "中\n\t\x01\x7f", "", payload, k == 1) for k, payload in enumerate(payloads)]
    table = schema.dead_letter

    def work(conn: Connection) -> list[tuple[object, ...]]:
        insert_rows(conn, insert_into(conn, table), columns, rows)
        found = conn.execute(select(*(table.c[column] for column in columns)).order_by(table.c.id))
        return [tuple(row) for row in found]

    assert store.write(work).result() == rows


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_measured_values_come_back_to_the_last_bit(store: Store, value: float) -> None:
    table = schema.reading

    def work(conn: Connection) -> float | None:
        conn.execute(table.delete())
        columns = ("device_id", "metric", "at_ms", "value", "received_ms")
        insert_rows(conn, insert_into(conn, table), columns, [("d", "m", 1, value, 1)])
        return conn.scalar(select(table.c.value))

    assert store.write(work).result() == value


def test_a_row_that_is_too_short_is_refused(store: Store) -> None:
    def work(conn: Connection) -> None:
        insert_rows(conn, insert_into(conn, TABLE), COLUMNS, [("a", "1", 1, 0), ("a", "2", 1)])

    with pytest.raises(Exception, match=r"(?i)bindings|argument"):
        store.write(work).result()


def test_many_rows_at_once_are_the_same_as_few(store: Store) -> None:
    """Enough that they take the way of many, twice in one transaction."""
    rows = [("a", f"{k:04}", k, 0) for k in range(1000)]

    def work(conn: Connection) -> list[tuple[object, ...]]:
        insert = insert_into(conn, TABLE)
        added = insert.on_conflict_do_update(
            index_elements=["input", "area_id"], set_={"n": TABLE.c.n + insert.excluded.n}
        )
        insert_rows(conn, added, COLUMNS, rows)
        insert_rows(conn, added, COLUMNS, rows[500:])
        return _all(conn)

    assert store.write(work).result() == [(*row[:2], k if k < 500 else 2 * k, 0) for k, row in enumerate(rows)]


def test_many_values_of_all_kinds_come_back_as_they_were(store: Store) -> None:
    columns = ("feed", "id", "at_ms", "reason", "detail", "place", "payload", "sealed")
    table = schema.dead_letter
    odd = ["'; --", "%(input)s", "?", "{a,b}", 'quote " and \\', "中文", "NULL", "\\N", "\t\n\x01\x7f", ""]
    rows = [
        ("f", f"{k:04}", 2**62 + k, "r", odd[k % len(odd)], "", (b"", bytes(range(256)), None)[k % 3], k % 2 == 1)
        for k in range(500)
    ]

    def work(conn: Connection) -> list[tuple[object, ...]]:
        insert_rows(conn, insert_into(conn, table), columns, rows)
        found = conn.execute(select(*(table.c[column] for column in columns)).order_by(table.c.id))
        return [tuple(row) for row in found]

    assert store.write(work).result() == rows


@pytest.mark.postgres
@pytest.mark.parametrize("text", ["x" * 65, "nul \0"])
def test_a_row_among_many_that_will_not_do_is_no_outage(postgres_store: Store, text: str) -> None:
    rows = [("a", f"{k}", k, 0) for k in range(500)]
    rows[321] = ("a", text, 1, 0)

    def work(conn: Connection) -> None:
        insert_rows(conn, insert_into(conn, TABLE), COLUMNS, rows)

    error = postgres_store.write(work).exception()
    assert isinstance(error, DBAPIError)
    assert "nul " not in str(error)
    assert postgres_store.write(_all).result() == [], "and the next transaction goes well"


@pytest.mark.parametrize("many", [3, 600], ids=["few", "many"])
def test_what_was_there_is_told_from_what_is_new(store: Store, many: int) -> None:
    rows = [("a", f"{k:04}", 1, 0) for k in range(many)]

    def work(conn: Connection) -> list[list[tuple[object, ...]]]:
        keys = COLUMNS[:2]
        told = [
            insert_new(conn, TABLE, keys, COLUMNS, some)
            for some in (rows[: many // 3], [(*row[:2], 2, 0) for row in rows], rows, [])
        ]
        return [sorted(some) for some in told] + [_all(conn)]

    first, second, third, fourth, stored = store.write(work).result()
    assert (first, fourth) == ([], [])
    assert second == [row[:2] for row in rows[: many // 3]]
    assert third == [row[:2] for row in rows]
    assert [row[2] for row in stored] == [1] * (many // 3) + [2] * (many - many // 3)


@pytest.mark.parametrize("beside", [0, 400], ids=["few", "many"])
def test_columns_grow_and_nulls_leave_them(store: Store, beside: int) -> None:
    table = schema.device
    names = ("last_reported_ms", "last_changed_ms")
    offered = [("a", 5, None), ("b", 5, 5), ("c", 1, 9), ("d", 3, 3), ("unknown", 1, 1)]
    offered += [(f"unknown-{k}", 1, 1) for k in range(beside)]
    before = {"a": (3, 3), "b": (None, 3), "c": (3, None), "d": (3, 4), "e": (1, None)}

    def work(conn: Connection) -> dict[str, tuple[object, ...]]:
        plain = {"kind": "k", "name": "", "area_id": "x", "interval_s": 1, "feed": "f", "created_ms": 0}
        rows = [
            plain | {"id": i, names[0]: a, names[1]: b, "simulated": False, "state": ""} for i, (a, b) in before.items()
        ]
        conn.execute(table.insert(), rows)
        raise_columns(conn, table, "id", names, offered)
        return {row.id: (row.last_reported_ms, row.last_changed_ms) for row in conn.execute(select(table))}

    assert store.write(work).result() == {"a": (5, 3), "b": (5, 5), "c": (3, 9), "d": (3, 4), "e": (1, None)}
