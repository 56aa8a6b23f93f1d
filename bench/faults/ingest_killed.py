"""The process that takes messages is killed (SIGKILL) fifty times at random moments, some of them while it starts,
under 5,000 messages a second of QoS 1 from mosquitto as docs/operating.md sets it up, on SQLite and on PostgreSQL. The
publisher rests while the process starts. Everything the broker held is stored once, and afterwards all rollups are what
the readings say.
"""

import time
from collections.abc import Iterator
from random import Random

from bench.report.fault_row import FaultRow
from bench.rig.city import city, documented_broker
from bench.rig.databases import Database, Postgres, Sqlite, await_status, postgresql
from bench.rig.drops import Drops
from bench.rig.mortal import Mortal
from bench.rig.oracle import Oracle
from bench.rig.rollups import wrong_rollups
from bench.rig.trial import Trial

NAME = "ingest killed"
_LIFE_S = (0.1, 2.0)  # after it says that it runs
_STILLBORN = 0.1  # how many are killed while they start
_BACK_S = 60.0
_PATIENCE_S = 30.0


def run(trial: Trial) -> Iterator[FaultRow]:
    yield _on(Sqlite(trial.folder / "city.db"), trial)
    with postgresql() as server:
        yield _on(Postgres(server, server.make_database()), trial)


def _on(database: Database, trial: Trial) -> FaultRow:
    folder = trial.room(database.name)
    kills, rate = (3, 1000) if trial.quick else (50, 5000)
    broker = documented_broker(trial.room(f"{database.name}-broker"))
    program = city(folder, database.url, broker, database.command)
    try:
        with (
            Mortal(program, database.command) as mortal,
            Drops(broker) as drops,
            Oracle(folder, broker, rate) as oracle,
        ):
            mortal.start()
            await_status(database, "well")  # before it there is no session, and the broker holds nothing
            oracle.go()
            for _ in range(kills):
                _kill(mortal, oracle, trial.random)
            over = time.monotonic()
            oracle.stop()
            back_s = oracle.all_stored(database, _PATIENCE_S) - over
            held, wrong, dropped = oracle.held(database), wrong_rollups(database), drops.count
    finally:
        broker.kill()
    return FaultRow(
        f"{NAME} {kills} times under {rate:,}/s, {database.name}",
        held.sent,
        held.acknowledged,
        held.stored,
        max(0, len(held.missing) - (dropped or 0)),
        held.doubled,
        back_s,
        within=(_BACK_S, None),
        beside=f"dropped by the broker itself: {dropped}; rollups that differ from the readings: {wrong}",
        broken=(f"{wrong} rollups differ from the readings",) if wrong else (),
    )


def _kill(mortal: Mortal, oracle: Oracle, random: Random) -> None:
    """Once, under load; returns when it runs again."""
    time.sleep(random.uniform(*_LIFE_S))
    mortal.kill()
    oracle.rest()
    if random.random() < _STILLBORN:
        mortal.launch()
        time.sleep(random.uniform(0.0, 1.0))
        mortal.kill()
    mortal.start()
    oracle.go()
