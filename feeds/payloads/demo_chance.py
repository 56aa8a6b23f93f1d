"""Chance that can be asked again: every draw is a function of the seed and of what it is for, not of what came before.

So the past that a fresh start fills in and the present that goes on are one story, whatever is asked first.
"""

import hashlib
import math


def draw(seed: int, *about: object) -> float:
    """Uniform in [0, 1), the same for the same arguments."""
    text = "\x1f".join(map(str, (seed, *about)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / (1 << 56)


def wave(seed: int, at_ms: int, period_ms: int, *about: object) -> float:
    """Smooth noise in [-1, 1]: random marks each `period_ms`, joined by half cosines."""
    slot, rest = divmod(at_ms, period_ms)
    before, after = (2 * draw(seed, "wave", *about, k) - 1 for k in (slot, slot + 1))
    share = (1 - math.cos(math.pi * rest / period_ms)) / 2
    return before + (after - before) * share


def pick(seed: int, weights: list[float], *about: object) -> int:
    """Index drawn with these weights."""
    mark = draw(seed, "pick", *about) * sum(weights)
    for index, weight in enumerate(weights):
        mark -= weight
        if mark < 0:
            return index
    return len(weights) - 1
