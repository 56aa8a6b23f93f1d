"""The first account, logging in and out, and a door that locks."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.browser import DESK, Seat
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program

pytestmark = pytest.mark.browser

NAME, PASSWORD = "zhou.bureau", "seven-Herons-over-Qijiang"
QUIET_CITY = {"feeds": {"demo_city": {"enabled": False}, "hotline_table": {"enabled": False}}}


def log_in(seat: Seat, password: str, name: str = NAME) -> None:
    seat.page.fill("#name", name)
    seat.page.fill("#password", password)
    with seat.page.expect_navigation():
        seat.page.click("button[type=submit]")


def test_from_the_first_account_to_a_locked_door(
    own_program: Callable[..., Program], take_seat: TakeSeat, tmp_path: Any
) -> None:
    program = own_program(QUIET_CITY)
    seat, bystander = take_seat(program, DESK), take_seat(program, DESK)
    page = seat.open()
    bystander.open()

    # nobody has an account: whoever sits at the machine is told so, and makes the first
    seat.wait("() => document.getElementById('notice').innerText.includes('尚无账号')")
    page.click("#notice a")
    page.wait_for_url("**/first")
    page.fill("#name", NAME)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    bystander.complaints.expected = ("401", "WebSocket")
    page.click("button[type=submit]")
    page.wait_for_url("**/login*")

    # from now on nobody comes in without; pages that were open go to the door by themselves
    bystander.page.wait_for_url("**/login?next=*")
    page.goto("/medium/alerts/")
    assert "/login?next=" in page.url
    log_in(seat, PASSWORD)
    page.wait_for_url("**/medium/alerts/*")
    seat.settled()
    seat.wait("(name) => document.getElementById('account').textContent === name", NAME)
    assert page.locator("#notice").is_hidden()

    # out again
    page.goto("/account")
    page.click("form[action='/logout'] button")
    page.wait_for_url("**/login*")
    page.goto("/medium/")
    assert "/login?next=" in page.url

    # five wrong passwords lock the account, also for who knows the right one
    seat.complaints.expected = ("403",)
    for n in range(5):
        log_in(seat, f"wrong-{n}-password")
        assert page.locator("[role=alert]").is_visible()
    log_in(seat, PASSWORD)
    assert "/login" in page.url
    assert page.locator("[role=alert]").is_visible()
    page.goto("/medium/")
    assert "/login?next=" in page.url
    assert PASSWORD not in program.log
    assert program.running
