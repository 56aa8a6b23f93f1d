"""Waiting for a condition of another thread or process, with a deadline and without counting on timing."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, deadline_s: float = 60.0) -> T:
    """The first true answer of `condition`. Fails naming `what` when there was none before the deadline."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s:g} s in vain for {what}")
        pause.wait(0.01)
