"""What is remembered of devices that announce themselves, who may be anybody: of so many and no more."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(known: dict[K, V], device: K, what: V, most: int) -> bool:
    """Whether it is remembered: of one that is known what is new of it is, also when there is room for no other."""
    if device not in known and len(known) >= most:
        return False
    known[device] = what
    return True
