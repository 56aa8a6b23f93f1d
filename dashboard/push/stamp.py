"""The version a browser asks a panel by: `<boot>-<n>.<n>...`, one counter per input of the panel in sorted order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Stamp:
    boot: str
    counters: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.boot}-{'.'.join(map(str, self.counters))}"

    def behind(self, other: "Stamp") -> bool:
        """Whether any counter is older than `other`'s. Of different boots or panels nothing can be said: False."""
        if self.boot != other.boot or len(self.counters) != len(other.counters):
            return False
        return any(mine < theirs for mine, theirs in zip(self.counters, other.counters, strict=True))


def stamp(boot: str, versions: Mapping[str, int], inputs: Sequence[str]) -> Stamp:
    return Stamp(boot, tuple(versions.get(name, 0) for name in inputs))


def parse_stamp(text: str) -> Stamp | None:
    """None for anything that is not a stamp."""
    boot, _, counters = text.partition("-")
    parts = counters.split(".") if counters else []
    if len(text) > _LONGEST or not boot or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return Stamp(boot, tuple(int(part) for part in parts))
