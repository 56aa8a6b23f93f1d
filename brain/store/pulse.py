"""Whether the process that runs the feeds lives, seen from any process of the database: its lease has a sign of life
that changes every two seconds (brain/runtime/lease.py)."""

import threading
import time
from collections.abc import Callable

DEAD_S = 5.0


class Pulse:
    """Remembers since when the sign is the same; no two clocks are compared. Any thread may call."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sign = ""
        self._since_s = 0.0

    def silent_s(self, sign: str | None) -> float | None:
        """How long the process has been silent; None while it lives, or gave the lease up, or there is none."""
        now_s = self._monotonic()
        with self._lock:
            if not sign or sign != self._sign:
                self._sign, self._since_s = sign or "", now_s
                return None
            for_s = now_s - self._since_s
        return for_s if for_s > DEAD_S else None
