"""The disk of the database (SQLite on a tmpfs) is filled under load and freed; then filled again, and the program is
killed while it is full. No message is acknowledged to the broker that is not committed, so that none is lost; the file
stays whole (integrity_check); feed health says so within ten seconds of the first write that failed; and the program
goes on by itself when there is room.
"""

import signal
import sqlite3
import time
from collections.abc import Iterator

from bench.report.fault_row import FaultRow
from bench.rig.city import city, documented_broker
from bench.rig.databases import Sqlite, await_status, one
from bench.rig.feed_health import Watching, in_trouble
from bench.rig.oracle import Oracle
from bench.rig.small_disk import SmallDisk
from bench.rig.trial import Trial
from tests.e2e.program import Program
from tests.services.waiting import wait_until

NAME = "disk full"
_MEGABYTES = 96
_SEEN_S, _BACK_S = 10.0, 60.0
_LOST = "the store is lost"


def run(trial: Trial) -> Iterator[FaultRow]:
    full_s, rate = (12.0, 300) if trial.quick else (30.0, 1000)
    with SmallDisk(trial.room("disk"), _MEGABYTES) as disk:
        database = Sqlite(disk.folder / "city.db")
        broker = documented_broker(trial.room("broker"))
        program = city(trial.room("city"), database.url, broker, "run")
        try:
            program.start()
            await_status(database, "well")
            with Oracle(trial.folder, broker, rate) as oracle:
                oracle.go()
                wait_until(lambda: one(database, "SELECT count(*) FROM reading"), "the first readings")
                seen_s = _filled(disk, program, full_s)
                disk.free()
                freed = time.monotonic()
                alone_s = _counts_on(database) - freed
                wait_until(lambda: not in_trouble(program), "feed health to be well again")
                _filled(disk, program, 3.0)
                program.end(signal.SIGKILL)
                disk.free()
                program.start()
                over = time.monotonic()
                oracle.stop()
                back_s = oracle.all_stored(database, 20) - over
                held = oracle.held(database)
        finally:
            program.end(signal.SIGKILL)
            broker.kill()
        whole = _integrity(database)
    yield held.row(
        f"{NAME} for {full_s:.0f} s, again and killed, under {rate:,}/s, SQLite",
        back_s,
        seen_s,
        (_BACK_S, _SEEN_S),
        f"stored again by itself {alone_s:.1f} s after it was freed; integrity_check: {whole}",
        () if whole == "ok" else (f"the file is damaged: {whole}",),
    )


def _filled(disk: SmallDisk, program: Program, full_s: float) -> float | None:
    """Fill it, wait for the first write that fails, let it be so; after how long feed health showed it."""
    told = program.log.count(_LOST)
    disk.fill()
    # The log beside the database is used anew from its beginning, so writing may go on for a while.
    wait_until(lambda: program.log.count(_LOST) > told, "the first write that fails", 120)
    with Watching(program) as watching:
        time.sleep(full_s)
    return watching.seen_s


def _counts_on(database: Sqlite) -> float:
    before = one(database, "SELECT count(*) FROM reading")
    wait_until(lambda: one(database, "SELECT count(*) FROM reading") > before, "readings to be stored again")
    return time.monotonic()


def _integrity(database: Sqlite) -> str:
    connection = sqlite3.connect(database.path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()
