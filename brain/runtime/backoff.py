"""When to try again: delays that grow with jitter, and a breaker that holds a feed back that fails too often."""

from collections import deque
from collections.abc import Callable
from random import Random

FIRST_S, MOST_S = 1.0, 60.0
REFUSED_S = 300.0  # a person must act first
BREAKER_FAILURES, BREAKER_SPAN_S = 5, 60.0
HOLD_S = 60.0


class Backoff:
    """One source's failures. `monotonic` is in seconds; a step of the wall clock changes nothing."""

    def __init__(self, random: Random, monotonic: Callable[[], float]) -> None:
        self._random = random
        self._monotonic = monotonic
        self._delay_s = FIRST_S
        self._failures: deque[float] = deque(maxlen=BREAKER_FAILURES)

    def well(self) -> None:
        """It works again: the next failure starts with a short delay. The breaker does not forget so soon, else a
        source that connects and breaks at once would be tried every second for ever."""
        self._delay_s = FIRST_S

    def failed(self, wished_s: float | None = None, refused: bool = False) -> tuple[float, bool]:
        """(seconds to wait, whether the breaker holds it back). `wished_s` is the source's own wish."""
        now = self._monotonic()
        self._failures.append(now)
        held = len(self._failures) == BREAKER_FAILURES and now - self._failures[0] <= BREAKER_SPAN_S
        delay_s = self._delay_s
        self._delay_s = min(MOST_S, self._delay_s * 2)
        if held:
            # The failures stay remembered: one more right after the hold holds it again.
            delay_s = max(delay_s, HOLD_S)
        if refused:
            delay_s = REFUSED_S
        if wished_s is not None:
            delay_s = max(delay_s, min(wished_s, 3600.0))
        # Sources lost together shall not all come back in the same instant.
        return delay_s * self._random.uniform(0.8, 1.2), held
