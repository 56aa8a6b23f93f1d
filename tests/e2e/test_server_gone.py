"""The server goes away: the screen says so, lets its figures grow old, and lives again when the server does."""

from collections.abc import Callable

import pytest

from tests.e2e.browser import DESK, WALL
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program
from tests.e2e.speech import measure

pytestmark = pytest.mark.browser

# Figures are stale after two minutes, so that the test's own clock decides when.
CITY = {
    "feeds": {
        "demo_city": {"enabled": False},
        "hotline_table": {"enabled": False},
        "iot_mqtt:gauges": {"stale_after_s": 120},
    }
}
LOST = ("ERR_CONNECTION_REFUSED", "WebSocket connection", "ERR_SOCKET_NOT_CONNECTED", "ERR_CONNECTION_RESET")


def test_a_screen_outlives_its_server(own_program: Callable[..., Program], take_seat: TakeSeat) -> None:
    program = own_program(CITY)
    measure(program, "air_pm25_ugm3", 61)
    wall, old = take_seat(program, WALL), take_seat(program, DESK)
    old.page.clock.install()  # a person who waits for hours, in a moment
    for seat in (wall, old):
        seat.complaints.expected = LOST
        page = seat.open()
        page.evaluate("() => { window.same = true; }")
        seat.wait("() => document.querySelector('.is-environment').innerText.includes('61')")
        page.wait_for_selector("#link-state.live")

    program.end_well()

    # at first the line is shaky, then it is down; what is shown says how old it is and that it is not to be trusted
    age = old.page.locator(".is-environment .panel-age .age")
    assert "分" not in age.inner_text()
    old.page.clock.fast_forward(30_000)
    old.page.wait_for_selector("#link-state.stale")
    old.page.clock.fast_forward(600_000)
    old.page.wait_for_selector("#link-state.offline")
    old.wait("() => document.getElementById('notice').innerText.includes('联系已中断')")
    old.wait("() => /1\\d 分前/.test(document.querySelector('.is-environment .panel-age').innerText)")
    old.page.wait_for_selector(".is-environment.face-stale")
    old.page.clock.fast_forward(3 * 3_600_000)
    old.wait("() => document.querySelector('.is-environment .panel-age').innerText.includes('3 时前')")
    assert "61" in old.text(".is-environment")

    program.start()
    measure(program, "air_pm25_ugm3", 64)
    for seat in (wall, old):
        seat.page.wait_for_selector("#link-state.live")
        seat.wait("() => document.querySelector('.is-environment').innerText.includes('64')")
        seat.page.wait_for_selector(".is-environment:not(.face-stale)")
        assert seat.page.locator("#notice").inner_text().find("联系已中断") == -1
        assert seat.page.evaluate("() => window.same") is True
