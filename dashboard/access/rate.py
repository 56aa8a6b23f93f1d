"""How often somebody may try. Memory is bounded: the longest unseen are forgotten first."""

from collections import OrderedDict
from collections.abc import Callable

_MOST_KEYS = 10_000


class Rate:
    """`per_minute` tries per key, saved up to as many."""

    def __init__(self, per_minute: int, monotonic_s: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic_s = monotonic_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Take one try."""
        now_s = self._monotonic_s()
        left, at_s = self._left.pop(key, (float(self._per_minute), now_s))
        left = min(self._per_minute, left + (now_s - at_s) * self._per_minute / 60)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now_s)
        if len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return allowed
