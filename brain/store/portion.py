"""Asking for many ids: a statement takes only so many parameters."""

from collections.abc import Iterable, Iterator

_AT_ONCE = 1000


def portions(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids, sorted, in lists short enough for one IN (...)."""
    line = sorted(ids)
    return (line[start : start + _AT_ONCE] for start in range(0, len(line), _AT_ONCE))
