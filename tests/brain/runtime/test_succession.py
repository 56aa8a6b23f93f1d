"""What only one process may do is tried until it can be done, and what keeps it out is said."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from brain.runtime import succession
from brain.runtime.plan import CannotStart, HeldByAnother
from brain.runtime.succession import Succession
from tests.services.waiting import wait_until


@pytest.mark.parametrize(
    ("fault", "lines"),
    [
        (HeldByAnother("another process runs the feeds"), 0),
        (CannotStart("the file feeds.lock cannot be made: Permission denied"), 1),
        (RuntimeError("can't start new thread"), 1),
    ],
)
def test_it_is_tried_again_after_any_fault_and_a_fault_is_said_once(
    fault: Exception, lines: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(succession, "PAUSE_S", 0.001)
    tries: list[str] = []

    @contextmanager
    def office(_wait: Callable[[float], object]) -> Iterator[None]:
        tries.append("entered" if len(tries) == 3 else "refused")
        if len(tries) < 4:
            raise fault
        yield

    with caplog.at_level(logging.ERROR), Succession(office):
        wait_until(lambda: "entered" in tries, "the fourth try")
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"what is not sharded cannot be run here: {fault}"] * lines
