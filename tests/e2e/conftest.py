"""The running program and a browser. One program serves all tests that change nothing for others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import Seat, Size, chromium
from tests.e2e.program import START_S, Program, config_for
from tests.services.waiting import wait_until

TakeSeat = Callable[..., Seat]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per file: while playwright runs, its thread has an event loop, which other files may want."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The default city with its past read; nobody has an account."""
    program = Program(tmp_path_factory.mktemp("city"), config_for())
    program.start()
    try:
        wait_until(lambda: has_past(program), "calls and readings of the past", START_S)
        yield program
    finally:
        program.end_well()


def has_past(program: Program) -> bool:
    """Whether the feeds have brought something of everything."""
    versions = program.ask("/api/versions")["versions"]
    return all(versions.get(name, 0) > 0 for name in ("readings", "tickets", "indicators"))


@pytest.fixture
def take_seat(browser: Browser) -> Iterator[TakeSeat]:
    """`take_seat(program, size, lang)` opens a browser of one's own; at the end none may have complained."""
    seats: list[Seat] = []

    def take(program: Program, size: Size, lang: str = "zh", **options: Any) -> Seat:
        seats.append(Seat(browser, program.url, size, lang, **options))
        return seats[-1]

    yield take
    for seat in seats:
        seat.context.close()
    for seat in seats:
        seat.quiet()


@pytest.fixture
def own_program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """`own_program(changes)`: a program that a test may restart, end and give accounts."""
    started: list[Program] = []

    def start(changes: dict[str, Any] | None = None) -> Program:
        program = Program(tmp_path / f"city{len(started)}", config_for(changes))
        started.append(program)
        program.start()
        return program

    yield start
    for program in started:
        if program.running:
            program.end_well()
