"""City time. What asks "what time is it in the city" is handed a `Clock`; nothing reads the wall clock itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of city time, in epoch milliseconds UTC. `speed` is city seconds per real second."""

    @property
    def replay(self) -> bool: ...
    @property
    def speed(self) -> float: ...
    def now_ms(self) -> int: ...


def wall_ms() -> int:
    """Real time, for what keeps it apart from city time."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class WallClock:
    """City time is real time."""

    read: Callable[[], int] = wall_ms
    replay: bool = False
    speed: float = 1.0

    def now_ms(self) -> int:
        return self.read()


@dataclass(frozen=True, slots=True)
class ReplayClock:
    """City time starts at `from_ms` when real time was `anchor_ms` and runs `speed` times as fast.

    The anchor is a real time (not the start of a process), so that all workers and the publisher of a replay agree.
    """

    from_ms: int
    anchor_ms: int
    speed: float = 1.0
    read: Callable[[], int] = wall_ms
    replay: bool = True

    def now_ms(self) -> int:
        return self.from_ms + int((self.read() - self.anchor_ms) * self.speed)


def utc_ms(at: datetime) -> int:
    """Epoch milliseconds of an aware datetime. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be placed; give it one")
    return round(at.timestamp() * 1000)


def at_utc(ms: int) -> datetime:
    """The aware UTC datetime of epoch milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC)
