"""What a fault is given."""

from dataclasses import dataclass
from pathlib import Path
from random import Random


@dataclass(frozen=True, slots=True)
class Trial:
    """`folder` is its own and empty, `random` seeded; `quick` asks for a short version."""

    folder: Path
    random: Random
    quick: bool

    def room(self, name: str) -> Path:
        """A folder in it."""
        path = self.folder / name
        path.mkdir(parents=True)
        return path
