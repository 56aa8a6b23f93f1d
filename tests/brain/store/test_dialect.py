"""Many rows at once: the same on both databases as one statement per row."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from brain.store import schema
from brain.store.dialect import insert_into, insert_rows, insert_rows_returning
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
