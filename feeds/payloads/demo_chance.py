"""Chance that can be asked again: every draw is a function of the seed and of what it is for, not of what came before.

So the past that a fresh start fills in and the present that goes on are one story, whatever is asked first.
"""

import hashlib
import math
import struct
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_ROLLS = struct.Struct(">16I")


def draw(seed: int, *about: object) -> float:
    """Uniform in [0, 1), the same for the same arguments."""
    return int.from_bytes(_hash(7, seed, *about), "big") / (1 << 56)


def rolls(seed: int, *about: object) -> tuple[float, ...]:
    """Sixteen draws for the price of one, for what is drawn thousands of times; in steps of 2^-32."""
    return tuple(number / (1 << 32) for number in _ROLLS.unpack(_hash(64, seed, *about)))


def wave(seed: int, at_ms: int, period_ms: int, *about: object) -> float:
    """Smooth noise in [-1, 1]: random marks each `period_ms`, joined by half cosines."""
    slot, rest = divmod(at_ms, period_ms)
    before, after = (2 * draw(seed, "wave", *about, k) - 1 for k in (slot, slot + 1))
    share = (1 - math.cos(math.pi * rest / period_ms)) / 2
    return before + (after - before) * share


class Lot:
    """Picks an index by weights that stay."""

    def __init__(self, weights: Sequence[float]) -> None:
        """Raises ValueError without any weight above 0."""
        self._marks = list(accumulate(weights))
        if not self._marks or self._marks[-1] <= 0:
            raise ValueError("nothing to pick from")

    def pick(self, roll: float) -> int:
        """`roll` in [0, 1)."""
        return min(bisect_right(self._marks, roll * self._marks[-1]), len(self._marks) - 1)


def _hash(size: int, *about: object) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, about)).encode(), digest_size=size).digest()
