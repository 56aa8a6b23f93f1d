"""PostgreSQL is stopped at once (as when its machine fails) for a minute under load, and started again. Nothing is
lost, the memory of the program stays within bounds, feed health on the screens says so within ten seconds, and all is
caught up by itself.
"""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

from bench.report.fault_row import FaultRow
from bench.rig.city import city, documented_broker
from bench.rig.databases import Postgres, await_status, postgresql
from bench.rig.drops import Drops
from bench.rig.feed_health import Watching, in_trouble
from bench.rig.oracle import Oracle
from bench.rig.trial import Trial
from tests.services.waiting import wait_until

NAME = "database stopped"
_SEEN_S = 10.0
_BACK_S = 60.0
_MEMORY_MB = 100


def run(trial: Trial) -> Iterator[FaultRow]:
    gone_s, rate = (12.0, 300) if trial.quick else (60.0, 3000)
    broker = documented_broker(trial.room("broker"))
    with postgresql() as server:
        database = Postgres(server, server.make_database())
        program = city(trial.room("city"), database.url, broker, "run")
        try:
            program.start()
            await_status(database, "well")
            with Drops(broker) as drops, Oracle(trial.folder, broker, rate) as oracle:
                oracle.go()
                wait_until(lambda: database.rows("SELECT 1 FROM reading LIMIT 1"), "the first readings")
                wait_until(lambda: not in_trouble(program), "feed health to be well")
                time.sleep(2)
                before_mb = resident_mb(program.pid)
                with Watching(program) as watching:
                    server.crash()
                    most_mb = _most_mb(program.pid, gone_s)
                server.start()
                over = time.monotonic()
                oracle.stop()
                back_s = oracle.all_stored(database, 30) - over
                wait_until(lambda: not in_trouble(program), "feed health to be well again")
                held = oracle.held(database)
                dropped = drops.count
        finally:
            program.end(signal.SIGKILL)
            broker.kill()
    grown_mb = most_mb - before_mb
    yield held.row(
        f"{NAME} for {gone_s:.0f} s under {rate:,}/s, PostgreSQL",
        back_s,
        watching.seen_s,
        (_BACK_S, _SEEN_S),
        f"memory grew by {grown_mb:.0f} MB (most {_MEMORY_MB}); dropped by the broker itself: {dropped}",
        (f"memory grew by {grown_mb:.0f} MB",) if grown_mb > _MEMORY_MB else (),
    )


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _most_mb(pid: int, for_s: float) -> float:
    most, end = 0.0, time.monotonic() + for_s
    while time.monotonic() < end:
        most = max(most, resident_mb(pid))
        time.sleep(0.5)
    return most
