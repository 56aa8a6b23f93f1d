"""A source over HTTP that never answers and one whose answer is 10 MB (of at most 1 MB) beside sources that are well:
the others keep their schedule, feed health says of both what is the matter, memory stays within bounds. And the program
is stopped (SIGSTOP) for a minute under load: the broker drops nothing, and all is stored afterwards.
"""

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise

from bench.faults.database_stopped import resident_mb
from bench.report.fault_row import FaultRow
from bench.rig.city import city, documented_broker
from bench.rig.databases import Database, Sqlite, await_status, status
from bench.rig.drops import Drops
from bench.rig.http_line import HttpLine
from bench.rig.oracle import Oracle
from bench.rig.trial import Trial
from tests.services.mosquitto import Mosquitto
from tests.services.waiting import wait_until

NAME = "slow ones"
_EVERY_S, _LATE_S = 2.0, 4.0
_SEEN_S, _BACK_S = 15.0, 60.0  # a request may take 10 s
_MEMORY_MB = 100


def run(trial: Trial) -> Iterator[FaultRow]:
    broker = documented_broker(trial.room("broker"))
    try:
        with Drops(broker) as drops:
            yield _beside(broker, trial)
            yield _stopped(broker, trial, drops)
    finally:
        broker.kill()


def _beside(broker: Mosquitto, trial: Trial) -> FaultRow:
    folder, lasts_s = trial.room("beside"), 20.0 if trial.quick else 60.0
    database = Sqlite(folder / "city.db")
    with HttpLine() as line:
        feeds = {f"http_json:{name}": line.feed(f"/{name}", _EVERY_S) for name in ("hang", "huge", "well")}
        program = city(folder, database.url, broker, "run", more=feeds)
        try:
            program.start()
            began = time.monotonic()
            before_mb = resident_mb(program.pid)
            await_status(database, "well")
            with Oracle(folder, broker, 100) as oracle:
                oracle.go()
                wait_until(lambda: status(database, "http_json:hang") == "lost", "the hanging source to be told", 120)
                seen_s = time.monotonic() - began
                wait_until(lambda: status(database, "http_json:huge") in ("broken", "refused"), "the other", 120)
                time.sleep(lasts_s)
                oracle.stop()
                over = time.monotonic()
                back_s = oracle.all_stored(database, 15) - over
                held = oracle.held(database)
            grown_mb = resident_mb(program.pid) - before_mb
        finally:
            program.end(signal.SIGKILL)
    late_s = max((after - before for before, after in pairwise(line.asked)), default=lasts_s) - _EVERY_S
    checks = (
        (late_s > _LATE_S, f"a source beside them was asked {late_s:.1f} s late"),
        (grown_mb > _MEMORY_MB, f"memory grew by {grown_mb:.0f} MB"),
    )
    return held.row(
        f"{NAME}: a source that hangs and one of 10 MB, beside others",
        back_s,
        seen_s,
        (_BACK_S, _SEEN_S),
        f"another source was asked {len(line.asked)} times, at most {late_s:.1f} s late; memory {grown_mb:+.0f} MB; "
        f"{_causes(database)}",
        tuple(words for missed, words in checks if missed),
    )


def _causes(database: Database) -> str:
    rows = database.rows("SELECT feed, status, cause FROM feed_state WHERE feed LIKE 'http_json:h%' ORDER BY feed")
    return "; ".join(f"{feed.partition(':')[2]} is {status}: {cause}" for feed, status, cause in rows)


def _stopped(broker: Mosquitto, trial: Trial, drops: Drops) -> FaultRow:
    folder = trial.room("stopped")
    stopped_s, rate = (8.0, 300) if trial.quick else (60.0, 2000)
    database = Sqlite(folder / "city.db")
    program = city(folder, database.url, broker, "run")
    try:
        program.start()
        await_status(database, "well")
        with Oracle(folder, broker, rate) as oracle:
            oracle.go()
            time.sleep(2)
            os.kill(program.pid, signal.SIGSTOP)
            time.sleep(stopped_s)
            os.kill(program.pid, signal.SIGCONT)
            over = time.monotonic()
            time.sleep(2)
            oracle.stop()
            back_s = oracle.all_stored(database, 30) - over
            held, dropped = oracle.held(database), drops.count
    finally:
        program.end(signal.SIGKILL)
    return held.row(
        f"{NAME}: the program stopped for {stopped_s:.0f} s under {rate:,}/s",
        back_s,
        within=(_BACK_S, None),
        beside=f"dropped by the broker itself: {dropped}",
        broken=(f"the broker dropped {dropped}",) if dropped != 0 else (),
    )
