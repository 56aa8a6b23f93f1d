"""A wall that stands for long: does it grow, does it say when something fails, does it come back by itself?

    python -m tools.soak [--minutes 60] [--speed 5] [--gone 300] [--write]

The simulated city on a clock that runs `--speed` times as fast, on a PostgreSQL of its own, and the first wall page in
Chromium behind a network that can be cut. First the server restarts, the network is gone for --gone seconds, and the
database is killed and started; then the same page stands for --minutes, looked at once a minute. Prints a table and how
fast each figure grows against its bound; ends with 1 beyond a bound, or when the wall did not say so or come back.
With --write all of it is put into bench/RESULTS.md too.
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.report import machine
from bench.report.results import RESULTS, replace_section
from tests.e2e.browser import chromium
from tests.e2e.conftest import has_past
from tests.e2e.program import Program, config_for
from tests.services.postgresql import PostgresServer
from tests.services.waiting import wait_until
from tools.soak.bounds import BOUNDS, slope
from tools.soak.faults import Fault, database_restarts, network_gone, server_restarts
from tools.soak.line import Line
from tools.soak.resident import resident_mb
from tools.soak.wall import Wall

_RESTART_S, _DATABASE_S = 45.0, 60.0
_SETTLED_S = 120.0
_ABOUT = (
    "One wall page at {speed:g} times the speed of time, for {minutes:g} minutes after its server restarted, its "
    "network was gone and its database was killed. How much each figure grows is the median of the slopes between any "
    "two samples."
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--speed", type=float, default=5, help="city seconds in a second")
    parser.add_argument("--gone", type=float, default=300, help="seconds the network is gone")
    parser.add_argument("--write", action="store_true", help="put what is printed into bench/RESULTS.md too")
    given = parser.parse_args(arguments)
    said, facts = Said(), machine.facts()
    with tempfile.TemporaryDirectory(prefix="city-soak-") as name, database() as server, chromium() as browser:
        program = Program(Path(name) / "city", _config(server, given.speed))
        program.start()
        try:
            wait_until(lambda: has_past(program), "the past of the simulated city", 300)
            line = Line(int(program.url.rpartition(":")[2]))
            wall = Wall(browser, f"http://127.0.0.1:{line.port}")
            faults = []
            for fault in _faults(wall, program, line, server, given.gone):
                faults.append(fault)
                said(_told(fault))
            wall.pause(_SETTLED_S)
            samples = list(_watched(wall, program, given.minutes, said))
        finally:
            program.end()
    well = _judged(samples, said) and all(fault.well for fault in faults)
    if given.write:
        about = _ABOUT.format(speed=given.speed, minutes=given.minutes)
        replace_section(RESULTS, "Soak", section(about, said.lines, facts))
    return 0 if well else 1


class Said:
    """Prints each line at once and keeps it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        print(line, flush=True)
        self.lines.append(line)


def section(about: str, lines: list[str], facts: dict[str, str]) -> str:
    """What RESULTS.md says of a soak."""
    measured = f"Measured by `python -m tools.soak --write` on {datetime.now(UTC):%Y-%m-%d}. {machine.in_words(facts)}."
    return "\n\n".join([about, "\n".join(["```", *lines, "```"]), measured])


def _faults(wall: Wall, program: Program, line: Line, server: PostgresServer, gone_s: float) -> Iterator[Fault]:
    yield server_restarts(wall, program, _RESTART_S)
    yield network_gone(wall, program, line, gone_s)
    yield database_restarts(wall, program, server, _DATABASE_S)


@contextmanager
def database() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.close()


def _config(server: PostgresServer, speed: float) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    url = re.sub(r"^postgresql://", "postgresql+psycopg://", server.url(server.make_database()))
    city = {"device_share": 0.2, "calls_per_day": 5000, "history_days": 2}
    return config_for(
        {
            "clock": {"mode": "replay", "start": now, "anchor": now, "speed": speed},
            "store": {"url": url},
            "feeds": {"demo_city": city},
        }
    )


def _told(fault: Fault) -> str:
    said = "did not say so" if fault.said_s is None else f"said so after {fault.said_s:.1f} s ({fault.said})"
    back = "did NOT come back" if fault.back_s is None else f"well again {fault.back_s:.1f} s after it was over"
    return f"{fault.name}: {said}, {back}, {'the same page' if fault.same_page else 'loaded anew'}"


def _watched(wall: Wall, program: Program, minutes: float, said: Said) -> Iterator[dict[str, float]]:
    """A sample each minute, printed as it is taken."""
    begun = time.monotonic()
    said("  minute " + "".join(f"{f'{b.figure} {b.unit}'.strip():>12}" for b in BOUNDS))
    for number in range(int(minutes) + 1):
        wall.pause(max(0.1, begun + number * 60 - time.monotonic()))
        sample = {"hours": (time.monotonic() - begun) / 3600, **wall.weigh(), **_served(program.pid)}
        said(f"{number:8d} " + "".join(f"{sample[b.figure]:12.1f}" for b in BOUNDS))
        yield sample


def _served(pid: int) -> dict[str, float]:
    """Resident memory in MB, open handles and threads of the server's process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    threads = int(status.split("Threads:")[1].split()[0])
    handles = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return {"server": resident_mb(pid), "handles": float(handles), "threads": float(threads)}


def _judged(samples: list[dict[str, float]], said: Said) -> bool:
    """Whether nothing grew faster than it may; printed."""
    hours, well = [sample["hours"] for sample in samples], True
    for bound in BOUNDS:
        growth = slope(hours, [sample[bound.figure] for sample in samples])
        within = growth <= bound.most
        well &= within
        verdict = "flat enough" if within else "GROWS"
        said(f"{bound.figure:>10}: {growth:+9.1f} {bound.unit} an hour, at most {bound.most:g}: {verdict}")
    return well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
