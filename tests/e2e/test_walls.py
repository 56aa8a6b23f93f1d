"""A wall is paired by a code, shows the city without anybody logged in, and goes dark when it is no longer wanted."""

from collections.abc import Callable

import pytest

from tests.e2e.browser import DESK, WALL
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program
from tests.e2e.test_accounts import NAME, PASSWORD, QUIET_CITY, log_in

pytestmark = pytest.mark.browser


def test_a_wall_is_paired_works_and_is_sent_away(own_program: Callable[..., Program], take_seat: TakeSeat) -> None:
    program = own_program(QUIET_CITY)
    desk, wall = take_seat(program, DESK), take_seat(program, WALL)
    form: dict[str, str | float | bool] = {"name": NAME, "password": PASSWORD, "password_again": PASSWORD}
    desk.context.request.post("/first", form=form, headers={"Origin": program.url})
    desk.page.goto("/admin/walls")
    log_in(desk, PASSWORD)
    desk.page.wait_for_url("**/admin/walls")

    # the wall shows a code, which an administrator types in
    wall.page.goto("/large/")
    assert "/pair" in wall.page.url
    code = wall.text(".pair-code")
    desk.page.fill("#code", code)
    desk.page.fill("#label", "指挥大厅")
    with desk.page.expect_navigation():
        desk.page.click("form[action='/admin/walls'] button")
    assert desk.page.locator("[role=alert]").count() == 0

    # it goes on by itself, and shows without an account; it may look but not act, and nothing but walls
    wall.page.wait_for_url("**/large/**")
    wall.settled()
    assert wall.page.locator("#notice").is_hidden()
    assert wall.page.locator("[data-act]").count() == 0
    wall.complaints.expected = ("403", "401", "WebSocket")
    assert wall.context.request.get("/medium/").status == 403
    assert wall.context.request.get("/admin/walls").status == 403
    answer = wall.context.request.post("/api/actions/alert.close", data={}, headers={"Origin": program.url})
    assert answer.status == 403

    # it is in the administrator's list; revoked, it goes back to its code by itself
    desk.page.reload()
    assert "指挥大厅" in desk.text("table")
    desk.page.click("form[action='/admin/walls/revoke'] button")
    wall.page.wait_for_url("**/pair**")
    assert wall.text(".pair-code") != code
