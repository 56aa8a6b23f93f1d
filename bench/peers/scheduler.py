"""One of several processes that run the same job on one PostgreSQL: the slot is claimed and its run written down in one
transaction, as brain/runtime/jobs.py does.

Arguments: url, slot_s. Says "ready" when it is scheduled; ends with its input.
"""

import os
import time
from typing import Any

from bench.peers.child import arguments, hear, say
from brain.runtime.schedule import Schedule
from brain.store.claims import claim_slot
from brain.store.connection import Connection
from brain.store.engine import open_store

_TRIES_IN_A_SLOT = 4


def main(given: dict[str, Any]) -> None:
    slot_ms = round(given["slot_s"] * 1000)

    def work(conn: Connection) -> None:
        slot = time.time_ns() // 1_000_000 // slot_ms * slot_ms
        if claim_slot(conn, "bench", slot, str(os.getpid())):
            conn.exec_driver_sql(f"INSERT INTO bench_run (slot_ms, pid) VALUES ({slot}, {os.getpid()})")

    with open_store(given["url"]) as store:
        schedule = Schedule(threads=2)
        schedule.every("bench", given["slot_s"] / _TRIES_IN_A_SLOT, lambda: store.write(work).result())
        schedule.start()
        say("ready")
        hear()
        schedule.stop()


if __name__ == "__main__":
    main(arguments())
