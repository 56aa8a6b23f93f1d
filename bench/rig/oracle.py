"""What a publisher sent and had acknowledged (bench/peers/teller.py), held against what the city stored."""

import math
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.peers.child import Child
from bench.report.fault_row import FaultRow
from bench.rig.city import AREAS
from bench.rig.databases import Database, one

DEVICES = 1000
_READINGS = "SELECT device_id, at_ms FROM reading WHERE device_id LIKE 'bench-%'"
_COUNT = "SELECT count(*) FROM reading WHERE device_id LIKE 'bench-%'"
_ROLLED = "SELECT coalesce(sum(count), 0) FROM reading_rollup WHERE span_s = 300 AND device_id LIKE 'bench-%'"


@dataclass(frozen=True)
class Held:
    """Of the messages acknowledged: what is stored, missing (by number) and counted more than once."""

    sent: int
    acknowledged: int
    stored: int
    missing: tuple[int, ...]
    doubled: int

    def row(
        self,
        name: str,
        back_s: float | None = None,
        seen_s: float | None = None,
        within: tuple[float | None, float | None] = (None, None),
        beside: str = "",
        broken: tuple[str, ...] = (),
    ) -> FaultRow:
        """What came of a fault, all that is missing being lost."""
        counts = (self.sent, self.acknowledged, self.stored, len(self.missing), self.doubled)
        return FaultRow(name, *counts, back_s, seen_s, within, beside, broken)


class Oracle:
    """The publisher, running beside us; `messages` are the moments of acknowledgement once it ended."""

    def __init__(self, folder: Path, broker: Any, rate: int, ago_s: int = 6 * 3600) -> None:
        """The first message is `ago_s` old; rate / DEVICES seconds of city time go by in a second."""
        self._path = folder / "told.acknowledged"
        self._start_s = int(time.time()) - ago_s
        login = {"host": broker.host, "port": broker.port, "username": broker.username, "password": broker.password}
        self._child = Child(
            "bench.peers.teller",
            **login,
            rate=rate,
            devices=DEVICES,
            areas=AREAS,
            start_s=self._start_s,
            path=str(self._path),
        )
        self.messages = array("d")

    def __enter__(self) -> Self:
        assert self._child.heard() == "ready"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.__exit__(kind, error, trace)

    def go(self) -> None:
        self._child.tell("go")

    def rest(self) -> None:
        self._child.tell("rest")

    def stop(self) -> None:
        """Waits until the broker has acknowledged what it will."""
        self._child.tell("stop")
        self._child.heard()
        self.messages.frombytes(self._path.read_bytes())

    def all_stored(self, database: Database, patience_s: float, enough: Callable[[int], bool] | None = None) -> float:
        """When all that was acknowledged is stored, or nothing more came for `patience_s`; system-wide monotonic."""
        wanted = sum(not math.isnan(at) for at in self.messages)
        before, since = -1, time.monotonic()
        while True:
            there = one(database, _COUNT) or 0
            if there >= wanted:
                return time.monotonic()
            if there != before:
                before, since = there, time.monotonic()
            if time.monotonic() - since > patience_s:
                return since
            time.sleep(0.2)

    def held(self, database: Database) -> Held:
        seen, strange = bytearray(len(self.messages)), 0
        rows = database.rows(_READINGS)
        for device, at_ms in rows:
            k = (at_ms // 1000 - self._start_s) * DEVICES + int(device.removeprefix("bench-"))
            if 0 <= k < len(seen):
                seen[k] += 1
            else:
                strange += 1
        missing = tuple(k for k, at in enumerate(self.messages) if not math.isnan(at) and not seen[k])
        # The key of a reading lets none in twice: what is counted twice shows in the rollups.
        doubled = strange + int(one(database, _ROLLED) or 0) - len(rows)
        acknowledged = sum(not math.isnan(at) for at in self.messages)
        return Held(len(self.messages), acknowledged, len(rows), missing, doubled)
