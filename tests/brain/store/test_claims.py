"""Each slot of a job is run exactly once by all workers together, and a clock set back does not stop the job."""

import threading

from sqlalchemy import Connection, select

from brain.store.claims import claim_slot, drop_claims_after
from brain.store.engine import Store
from brain.store.schema import job_claim, meta

SECOND = 1000
NOW = 1_772_161_400_000


def claim(store: Store, slot_ms: int, worker: str = "a", job: str = "sweep") -> bool:
    return store.write(lambda conn: claim_slot(conn, job, slot_ms, worker)).result()


def test_a_slot_is_given_once(store: Store) -> None:
    assert [claim(store, NOW, worker) for worker in ("a", "b", "a")] == [True, False, False]
    assert claim(store, NOW, job="other")
    assert claim(store, NOW + 10 * SECOND, "b")


def test_a_failed_result_leaves_the_slot_to_be_run(store: Store) -> None:
    def fails(conn: Connection) -> None:
        assert claim_slot(conn, "sweep", NOW, "a")
        raise RuntimeError("in the middle")

    assert isinstance(store.write(fails).exception(), RuntimeError)
    assert claim(store, NOW, "b")


def test_many_workers_run_each_slot_exactly_once(store: Store) -> None:
    def work(conn: Connection, slot: int, worker: str) -> None:
        if claim_slot(conn, "sweep", NOW + slot * 10 * SECOND, worker):
            conn.execute(meta.insert().values(key=f"{slot}", value=worker))  # a second run would break the key

    def run(worker: str) -> None:
        for slot in range(20):
            store.write(lambda conn, slot=slot: work(conn, slot, worker)).result()  # type: ignore[misc]

    threads = [threading.Thread(target=run, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        done = {row.key for row in conn.execute(select(meta.c.key)) if row.key.isdigit()}
    assert done == {str(slot) for slot in range(20)}


def test_a_clock_set_back_an_hour_goes_on_at_once(store: Store) -> None:
    hour = 3600 * SECOND
    for slot in range(10):
        assert claim(store, NOW - slot * 10 * SECOND)
    assert store.write(lambda conn: drop_claims_after(conn, NOW - hour)).result() == 10
    assert [claim(store, NOW - slot * 10 * SECOND) for slot in range(10)] == [True] * 10


def test_what_is_past_stays_claimed(store: Store) -> None:
    assert claim(store, NOW)
    assert claim(store, NOW + 10 * SECOND)
    assert store.write(lambda conn: drop_claims_after(conn, NOW)).result() == 1
    assert not claim(store, NOW)
    assert claim(store, NOW + 10 * SECOND)


def test_claims_do_not_heap_up(store: Store) -> None:
    day = 86_400 * SECOND
    for n in range(5):
        assert claim(store, NOW + n * day)
    with store.read() as conn:
        assert len(conn.execute(select(job_claim)).all()) <= 2
