"""One database opened for writing and for reading."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Databases:
    """`writers` is how many transactions may write at once; `shared` says whether other processes may write too;
    `release` gives up what keeps others out."""

    name: str
    writing: Engine
    reading: Engine
    writers: int
    shared: bool
    release: Callable[[], None]

    def close(self) -> None:
        self.reading.dispose()
        self.writing.dispose()
        self.release()
