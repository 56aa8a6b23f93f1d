"""Feeds and screens in processes of their own on one PostgreSQL: what one stores, the browser of the other shows."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import WALL
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program, config_for
from tests.e2e.speech import TOWN, call
from tests.e2e.test_live import total

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.fixture
def processes(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Program, Program]]:
    """(feeds, web with two workers), on one folder, as they run on one machine."""
    url = re.sub(r"^postgresql(\+\w+)?://", "postgresql+psycopg://", postgres_url)
    changes = {"store": {"url": url}, "server": {"workers": 2}, "feeds": {"demo_city": {"enabled": False}}}
    config = config_for(changes)
    feeds, web = Program(tmp_path, config, "feeds"), Program(tmp_path, config, "web")
    web.start()
    feeds.start("are running")
    yield feeds, web
    for program in (feeds, web):
        if program.running:
            program.end_well()


def test_a_ticket_of_one_process_is_counted_on_the_screens_of_the_other(
    processes: tuple[Program, Program], take_seat: TakeSeat
) -> None:
    feeds, web = processes
    call(feeds, "P-0")
    seats = [take_seat(web, WALL) for _ in range(3)]  # with two workers, at least two of them share one
    for seat in seats:
        page = seat.open(f"/large/city/{TOWN}")
        seat.wait("() => document.querySelector('.is-hotline_today .figure-value')?.innerText === '1'")
        page.evaluate("() => { window.same = true; }")
    for n in range(1, 5):
        call(feeds, f"P-{n}")
    for seat in seats:
        seat.wait("() => document.querySelector('.is-hotline_today .figure-value').innerText === '5'")
        assert total(seat) == 5
        assert seat.page.evaluate("() => window.same") is True
