"""What happens to a wall in its months, one after the other: until it says so, and until it is well again by itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.program import Program
from tests.services.postgresql import PostgresServer
from tools.soak.line import Line
from tools.soak.wall import Wall

_LOOK_S = 0.5
_SOON_S = 180.0  # most a wall may take to say so, and to come back


@dataclass(frozen=True, slots=True)
class Fault:
    """`said_s` after it began the wall said `said` (None: not while it lasted); `back_s` after it was over figures
    newer than that moment stood there again without a complaint (None: not in three minutes)."""

    name: str
    said: str
    said_s: float | None
    back_s: float | None
    same_page: bool

    @property
    def well(self) -> bool:
        return self.said_s is not None and self.back_s is not None


def server_restarts(wall: Wall, program: Program, gone_s: float) -> Fault:
    return _suffer(f"server gone for {gone_s:.0f} s", wall, program, program.end_well, program.start, gone_s)


def network_gone(wall: Wall, program: Program, line: Line, gone_s: float) -> Fault:
    return _suffer(f"network gone for {gone_s:.0f} s", wall, program, line.cut, line.mend, gone_s)


def database_restarts(wall: Wall, program: Program, database: PostgresServer, gone_s: float) -> Fault:
    name = f"database killed, gone for {gone_s:.0f} s"
    return _suffer(name, wall, program, database.crash, database.start, gone_s)


def _suffer(
    name: str, wall: Wall, program: Program, begin: Callable[[], object], end: Callable[[], object], lasts_s: float
) -> Fault:
    wall.pause(5)
    before = wall.look()
    began = time.monotonic()
    begin()
    said, said_s = "", None
    while time.monotonic() - began < lasts_s:
        seen = wall.look()
        if said_s is None and seen.trouble and seen.trouble != before.trouble:
            said, said_s = seen.trouble, time.monotonic() - began
        wall.pause(_LOOK_S)
    end()
    over = time.monotonic()
    now_ms = _city_now(program)
    back_s = None
    while back_s is None and time.monotonic() - over < _SOON_S:
        seen = wall.look()
        if seen.newest >= now_ms and (not seen.trouble or seen.trouble == before.trouble):
            back_s = time.monotonic() - over
        wall.pause(_LOOK_S)
    return Fault(name, said, said_s, back_s, wall.look().same)


def _city_now(program: Program) -> int:
    """City time once the server answers again."""
    while True:
        try:
            return int(program.ask("/api/versions")["now"])
        except OSError:
            time.sleep(_LOOK_S)
