"""Wall pages that take turns: what the browser is told of them, and of the red alerts they wait for."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from dashboard.panel import Screen
from dashboard.web.shell import Cockpit, Page, Placement, Shell
from tests.dashboard.cockpit import Told, add_wall, client, serve
from tests.small_city import CITY, TOWNS


def page(page_id: str, dwell_s: int, panel: str = "number") -> Page:
    return Page(page_id, page_id, page_id, (Placement(panel),), dwell_s)


def told(shell: Shell, *pages: Page, path: str = f"large/city/{TOWNS[0]}") -> dict[str, object] | None:
    cockpit = Cockpit("city", "城市", "City", {Screen.LARGE: pages, Screen.MEDIUM: (page("main", 0),)})
    with client(serve(replace(shell, cockpits={"city": cockpit}))) as browser:
        found: dict[str, object] | None = browser.get(f"/api/pages/{path}").json()["page"]["rotation"]
        return found


def test_a_wall_is_told_the_pages_of_its_area_that_take_turns_and_where_the_stage_is(shell: Shell) -> None:
    found = told(shell, page("one", 20), page("two", 0, "alert_list"), page("three", 30))
    here = f"/large/city/{TOWNS[0]}"
    pages = [{"path": here, "dwell_s": 20}, {"path": f"{here}?page=three", "dwell_s": 30}]
    assert found == {"area": TOWNS[0], "pages": pages, "stage": here}
    with pytest.MonkeyPatch.context() as other:
        other.setattr("dashboard.web.rotation.STAGE", "alert_list")
        staged = told(shell, page("one", 20), page("two", 0, "alert_list"), page("three", 30))
    assert staged == {"area": TOWNS[0], "pages": pages, "stage": f"{here}?page=two"}


def test_a_page_alone_and_the_other_screens_do_not_turn(shell: Shell) -> None:
    assert told(shell, page("one", 20), page("two", 0)) is None
    assert told(shell, page("one", 20), page("two", 20), path=f"medium/city/{CITY}") is None
    assert told(shell, page("one", 20), page("two", 20), path="large/alerts") is None


def test_the_red_alerts_of_ones_own_area_are_told(shell: Shell) -> None:
    server = serve(replace(shell, answers=Told(red=2)))
    with client(server, add_wall(shell, TOWNS[0])) as wall:
        assert wall.get("/api/red").json() == {"red": ["red-1", "red-2"]}
        assert wall.get(f"/api/red?area={TOWNS[0]}").status_code == 200
        for other in (TOWNS[1], CITY, "nowhere"):
            assert wall.get(f"/api/red?area={other}").status_code == 403


def test_a_wall_of_several_pages_names_the_page_and_counts(shell: Shell, browser: TestClient) -> None:
    assert "page-number" not in browser.get("/api/pages/large/city").text
    cockpit = Cockpit("city", "城市", "City", {Screen.LARGE: (page("one", 0), page("two", 0))})
    with client(serve(replace(shell, cockpits={"city": cockpit}))) as other:
        text = other.get("/api/pages/large/city?page=two").text.replace("\\u002f", "/")
        assert '"children":"2/2","className":"page-number"' in text
