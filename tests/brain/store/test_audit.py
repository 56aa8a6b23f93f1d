"""The audit trail: every kind of tampering shows, whoever writes at the same time."""

from concurrent.futures import wait

import pytest
from sqlalchemy import delete, func, insert, select, update

from brain.model.scope import Role, Scope
from brain.store import audit, schema
from brain.store.audit import START, Deed, Head, Result, by, head, record, verify
from brain.store.engine import Store

AUDIT = schema.audit


def deed(n: int = 0, **changes: object) -> Deed:
    made = {"actor": "li", "role": "operator", "action": "alert.close", "target": f"alert:{n}", "result": Result.DONE}
    return Deed(**{**made, "at_ms": 1000 + n, "city_ms": 5000 + n, "address": "10.0.0.1", **changes})  # type: ignore[arg-type]


def fill(store: Store, n: int) -> None:
    store.write(lambda conn: [record(conn, deed(i)) for i in range(n)]).result()


def checked(store: Store, remembered: Head | None = None) -> int | None:
    with store.read() as conn:
        return verify(conn, remembered)


def end(store: Store) -> Head:
    with store.read() as conn:
        return head(conn)


def test_an_empty_trail_is_whole(store: Store) -> None:
    assert checked(store) is None
    assert end(store) == Head(0, START)


def test_a_trail_is_whole_and_numbered(store: Store) -> None:
    fill(store, 5)
    assert checked(store) is None
    assert checked(store, end(store)) is None
    with store.read() as conn:
        rows = conn.execute(select(AUDIT).order_by(AUDIT.c.seq)).all()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0].before_hash == START
    assert [row.before_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert (rows[0].actor, rows[0].target, rows[0].result, rows[0].address) == ("li", "alert:0", "done", "10.0.0.1")


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "wang"},
        {"role": "leader"},
        {"action": "alert.acknowledge"},
        {"target": "alert:9"},
        {"result": "forbidden"},
        {"at_ms": 1},
        {"city_ms": 1},
        {"address": ""},
        {"detail": "x"},
        {"hash": "f" * 64},
        {"before_hash": "f" * 64},
    ],
)
def test_an_edited_row_shows(sqlite_store: Store, change: dict[str, object]) -> None:
    fill(sqlite_store, 5)
    sqlite_store.write(lambda conn: conn.execute(update(AUDIT).where(AUDIT.c.seq == 3).values(change))).result()
    assert checked(sqlite_store) == 3


@pytest.mark.parametrize("seq", [1, 3])
def test_a_deleted_row_shows(store: Store, seq: int) -> None:
    fill(store, 5)
    store.write(lambda conn: conn.execute(delete(AUDIT).where(AUDIT.c.seq == seq))).result()
    assert checked(store) == seq


def test_rows_in_another_order_show(store: Store) -> None:
    fill(store, 5)
    for old, new in ((2, 90), (4, 2), (90, 4)):
        moved = update(AUDIT).where(AUDIT.c.seq == old).values(seq=new)
        store.write(lambda conn, moved=moved: conn.execute(moved)).result()  # type: ignore[misc]
    assert checked(store) == 2


def test_an_added_row_shows(sqlite_store: Store) -> None:
    fill(sqlite_store, 2)
    with sqlite_store.read() as conn:
        row = dict(conn.execute(select(AUDIT).where(AUDIT.c.seq == 1)).one()._mapping)
    for seq in (0, 3):
        sqlite_store.write(lambda conn, seq=seq: conn.execute(insert(AUDIT).values({**row, "seq": seq}))).result()  # type: ignore[misc]
        assert checked(sqlite_store) == max(seq, 1)
        sqlite_store.write(lambda conn, seq=seq: conn.execute(delete(AUDIT).where(AUDIT.c.seq == seq))).result()  # type: ignore[misc]


def cut(store: Store, keep: int) -> None:
    store.write(lambda conn: conn.execute(delete(AUDIT).where(AUDIT.c.seq > keep))).result()


@pytest.mark.parametrize("keep", [0, 3])
def test_a_cut_end_shows(store: Store, keep: int) -> None:
    fill(store, 5)
    cut(store, keep)
    assert checked(store) == keep + 1


def test_a_cut_end_shows_also_when_rows_follow(store: Store) -> None:
    fill(store, 5)
    cut(store, 3)
    fill(store, 2)
    assert checked(store) == 4


def test_a_cut_end_shows_against_a_remembered_head_when_all_traces_are_gone(store: Store) -> None:
    fill(store, 5)
    remembered = end(store)
    cut(store, 3)
    store.write(lambda conn: conn.execute(delete(schema.meta).where(schema.meta.c.key == "audit.head"))).result()
    assert checked(store) is None, "from within the database alone this cannot be known"
    assert checked(store, remembered) == 4
    fill(store, 4)
    assert checked(store) is None
    assert checked(store, remembered) == 5, "a chain that was made anew has another hash there"


def test_long_and_hostile_texts_are_cut_and_cleaned(store: Store) -> None:
    long = deed(actor="a" * 500, target="t\n\x00\u202e" * 200, detail="d" * 5000, address="9" * 300, action="x" * 300)
    store.write(lambda conn: record(conn, long)).result()
    assert checked(store) is None
    with store.read() as conn:
        row = conn.execute(select(AUDIT)).one()
    assert (len(row.actor), len(row.detail), len(row.address), len(row.action)) == (64, 512, 64, 48)
    assert row.target.isprintable()


def test_writers_at_the_same_time_make_one_chain(store: Store) -> None:
    futures = [store.write(lambda conn, i=i: record(conn, deed(i)), people=bool(i % 2)) for i in range(40)]  # type: ignore[misc]
    wait(futures)
    assert sorted(future.result() for future in futures) == list(range(1, 41))
    assert checked(store, end(store)) is None


def test_what_is_rolled_back_leaves_no_gap(store: Store) -> None:
    def fail(conn: object) -> None:
        record(conn, deed())  # type: ignore[arg-type]
        raise RuntimeError("changed my mind")

    fill(store, 1)
    with pytest.raises(RuntimeError):
        store.write(fail).result()
    fill(store, 1)
    assert checked(store) is None
    with store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(AUDIT)) == 2


def test_a_long_trail_is_checked_to_its_end(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_AT_ONCE", 10)
    fill(sqlite_store, 30)
    assert checked(sqlite_store) is None
    sqlite_store.write(lambda conn: conn.execute(update(AUDIT).where(AUDIT.c.seq == 25).values(actor="x"))).result()
    assert checked(sqlite_store) == 25


def test_deeds_of_a_scope() -> None:
    scope = Scope("li", Role.OPERATOR, "020")
    made = by(scope, "alert.close", "alert:1", Result.CONFLICT, 1, 2, detail="closed by wang")
    assert made == Deed("li", "operator", "alert.close", "alert:1", Result.CONFLICT, 1, 2, "", "closed by wang")
