"""Three processes run the same scheduled job on one PostgreSQL; thirty times one of them is killed (SIGKILL) at a
random moment and another put in its place. Each slot is run exactly once: what is sent here are slots, what is stored
are runs.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from bench.peers.child import Child
from bench.report.fault_row import FaultRow
from bench.rig.databases import Postgres, postgresql
from bench.rig.trial import Trial
from brain.store.engine import open_store

NAME = "schedulers killed"
_PROCESSES = 3
_SLOT_S = 1.0


def run(trial: Trial) -> Iterator[FaultRow]:
    kills, pause_s = (4, 2.0) if trial.quick else (30, 3.0)
    with postgresql() as server, ExitStack() as children:
        database = Postgres(server, server.make_database())
        open_store(database.url).close()
        with server.connect(database.database) as connection:
            connection.execute("CREATE TABLE bench_run (slot_ms bigint, pid bigint)")

        def started() -> Child:
            return children.enter_context(Child("bench.peers.scheduler", url=database.url, slot_s=_SLOT_S))

        living = [started() for _ in range(_PROCESSES)]
        for child in living:
            assert child.heard() == "ready"
        first = _slot() + 1  # from here on all three are there
        for _ in range(kills):
            time.sleep(trial.random.uniform(0.2, pause_s))
            number = trial.random.randrange(_PROCESSES)
            os.kill(living[number].pid, signal.SIGKILL)
            living[number] = started()
            assert living[number].heard() == "ready"
        last = _slot()
        time.sleep(2 * _SLOT_S)
        runs = Counter(row[0] for row in database.rows("SELECT slot_ms FROM bench_run"))
    slots = [slot * round(_SLOT_S * 1000) for slot in range(first, last + 1)]
    yield FaultRow(
        f"{NAME}: {_PROCESSES} processes, {kills} kills, PostgreSQL",
        sent=len(slots),
        stored=sum(runs[slot] for slot in slots),
        lost=sum(not runs[slot] for slot in slots),
        doubled=sum(n - 1 for n in runs.values()),
    )


def _slot() -> int:
    return int(time.time() // _SLOT_S)
