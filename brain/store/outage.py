"""Whether the database gives and takes, as this process found it last: what cannot be stored is known here."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

READING, WRITING = "reading", "writing"
_FORGOTTEN_S = 60.0  # who wants to write tries again within seconds: later nobody knows


@dataclass(frozen=True, slots=True)
class Outage:
    """`cause` in the database's own words, `for_s` since it was first noticed."""

    cause: str
    for_s: float


@dataclass(slots=True)
class _Failing:
    cause: str
    first_s: float
    last_s: float


class Outages:
    """Any thread may call."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failing: dict[str, _Failing] = {}

    def failed(self, what: str, cause: str) -> None:
        """`what` is READING or WRITING: a full disk still gives."""
        now_s = self._monotonic()
        with self._lock:
            known = self._failing.get(what)
            lasts = known is not None and now_s - known.last_s < _FORGOTTEN_S
            first_s = known.first_s if known is not None and lasts else now_s
            self._failing[what] = _Failing(cause, first_s, now_s)

    def well(self, what: str) -> None:
        if self._failing:
            with self._lock:
                self._failing.pop(what, None)

    def now(self) -> Outage | None:
        """The one that lasts longest; None while all is well."""
        now_s = self._monotonic()
        with self._lock:
            known = [failing for failing in self._failing.values() if now_s - failing.last_s < _FORGOTTEN_S]
        first = min(known, key=lambda failing: failing.first_s, default=None)
        return None if first is None else Outage(first.cause, now_s - first.first_s)
