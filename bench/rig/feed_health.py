"""Feed health as a screen shows it, asked for as a browser asks."""

import threading
import time
import urllib.error
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.e2e.program import Program

_PANEL = "/api/panels/main-feed_health?screen=large&cockpit=city"
_LOOK_S = 0.5


def in_trouble(program: Program) -> bool:
    """Whether the panel shows a source as down."""
    children = str(program.ask(_PANEL))
    return "'feed down'" in children


class Watching:
    """Looks at the panel until it `shows` something for the first time, beside us."""

    def __init__(self, program: Program, shows: Callable[[Program], bool] = in_trouble) -> None:
        self._program = program
        self._shows = shows
        self._over = threading.Event()
        self._began = time.monotonic()
        self.seen_s: float | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set() and self.seen_s is None:
            try:
                if self._shows(self._program):
                    self.seen_s = time.monotonic() - self._began
            except (urllib.error.URLError, OSError):
                pass  # not answered: not shown
            self._over.wait(_LOOK_S)
