"""What only one process may do, done by the next one when that has ended."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from brain.runtime.broker import BrokerError
from brain.runtime.plan import CannotStart, HeldByAnother
from brain.store.errors import StoreError

PAUSE_S = 1.0
log = logging.getLogger(__name__)


class Succession:
    """`office` is entered as soon as it can be, and left at the end. It raises HeldByAnother while another has it,
    and waits by the function it is given. What else keeps it out is logged once, and tried again."""

    def __init__(self, office: Callable[[Callable[[float], object]], AbstractContextManager[object]]) -> None:
        self._office = office
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._wait_for_it, name="succession", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _wait_for_it(self) -> None:
        told = ""
        while not self._over.is_set():
            try:
                with self._office(self._wait):
                    told = ""
                    self._over.wait()
            except HeldByAnother:
                told = ""
            except Exception as error:
                if told != (told := repr(error)):
                    _tell(error)
            self._over.wait(PAUSE_S)

    def _wait(self, seconds: float) -> None:
        """Looks that follow one another at once would take the living for dead."""
        if self._over.wait(seconds):
            raise HeldByAnother("it ends, and looks no more")


def _tell(error: Exception) -> None:
    """Of what is foreseen its one line; of a mistake in the program where it was."""
    foreseen = isinstance(error, CannotStart | StoreError | BrokerError)
    log.error("what is not sharded cannot be run here: %s", error, exc_info=None if foreseen else error)
