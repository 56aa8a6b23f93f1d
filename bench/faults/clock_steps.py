"""The system clock of the running program is moved by an hour forward, an hour back and a day back, and each time put
right again. No scheduled job rests longer than a moment beyond its interval (stock APScheduler rests for the hour). Of
the readings that do not fit the wrong clock each is refused, counted and kept as a dead letter, and `app.py readmit`
lets them in afterwards: all that was acknowledged is stored once.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.report.fault_row import FaultRow
from bench.rig.city import city, documented_broker
from bench.rig.databases import Sqlite, await_status, one
from bench.rig.oracle import Oracle
from bench.rig.stepped_clock import SteppedClock
from bench.rig.trial import Trial
from tests.e2e.program import ROOT, Program
from tests.services.waiting import wait_until

NAME = "clock stepped"
_STEPS = {"one hour forward": 3600, "one hour back": -3600, "one day back": -86_400}
_RATE = 200
_REST_S = 25.0  # two sweeps of ten seconds and some
_SWEEPS = "SELECT coalesce(max(slot_ms), 0) || ' ' || count(*) FROM job_claim WHERE job = 'silence sweep'"
_LETTERS = "SELECT count(*) FROM dead_letter WHERE reason = 'future'"
_REFUSED = "SELECT coalesce(sum(n), 0) FROM refusal_count WHERE reason = 'future'"


def run(trial: Trial) -> Iterator[FaultRow]:
    for name, seconds in _STEPS.items():
        if not trial.quick or seconds == -3600:
            yield _stepped(name, seconds, trial)


def _stepped(name: str, seconds: int, trial: Trial) -> FaultRow:
    folder = trial.room(name)
    lasts_s = 15.0 if trial.quick else 30.0
    clock, broker = SteppedClock(trial.room(f"{name} clock")), documented_broker(trial.room(f"{name} broker"))
    database = Sqlite(folder / "city.db")
    program = city(folder, database.url, broker, "run", before=clock.before)
    try:
        program.start()
        await_status(database, "well")
        with Oracle(folder, broker, _RATE, ago_s=0) as oracle:
            oracle.go()
            wait_until(lambda: str(one(database, _SWEEPS))[0] != "0", "the first sweep")
            clock.step(seconds)
            rested_s = _longest_rest(database, lasts_s)
            clock.step(0)
            rested_s = max(rested_s, _longest_rest(database, lasts_s))
            oracle.stop()
            oracle.all_stored(database, 5)
            refused, letters = int(one(database, _REFUSED)), int(one(database, _LETTERS))
            bugs = program.log.count("Traceback")
            program.end(signal.SIGTERM)
            readmitted = _readmit(program)
            held = oracle.held(database)
    finally:
        program.end(signal.SIGKILL)
        broker.kill()
    checks = (
        (rested_s > _REST_S, f"a job rested {rested_s:.0f} s"),
        (letters != min(refused, 10_000), f"{letters} dead letters of {refused} refused"),
        (bugs, f"{bugs} bugs in the log"),
    )
    return held.row(
        f"{NAME} {name} and put right, {_RATE}/s, SQLite",
        beside=f"refused for their time: {refused:,}, then {readmitted}; sweeps of every 10 s rested {rested_s:.1f} s",
        broken=tuple(words for missed, words in checks if missed),
    )


def _readmit(program: Program) -> str:
    """What the command says of the feed."""
    command = [sys.executable, str(ROOT / "app.py"), "--config", str(program.folder / "config.yaml"), "readmit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("iot_mqtt")]
    return lines[0].partition(": ")[2] if lines and not done.returncode else f"readmit failed: {done.stderr[-200:]}"


def _longest_rest(database: Sqlite, lasts_s: float) -> float:
    """The longest time without a sweep."""
    before, since, longest, end = one(database, _SWEEPS), time.monotonic(), 0.0, time.monotonic() + lasts_s
    while time.monotonic() < end:
        time.sleep(0.2)
        longest = max(longest, time.monotonic() - since)
        if (now := one(database, _SWEEPS)) != before:
            before, since = now, time.monotonic()
    return longest
