"""A panel's own page, and the line of choices: addresses that keep what was chosen, areas within one's own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.model.scope import Role
from dashboard.panel import Panel, Screen
from dashboard.web.filter_bar import nearby
from dashboard.web.pages import Pages
from dashboard.web.shell import Cockpit, Page, Placement, Shell
from tests.dashboard.cockpit import LISTED, PANELS, Tell, add_account, add_session, client, number, serve, texts
from tests.dashboard.web.test_pages import page_of, props
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree


@pytest.fixture
def listed(shell: Shell) -> Shell:
    first = Page("main", "总", "All", (Placement("list", "wide"), Placement("number")))
    second = Page("more", "多", "More", (Placement("number"),))
    pages = {Screen.MEDIUM: (first, second), Screen.SMALL: (first,), Screen.LARGE: (first,)}
    return replace(shell, panels={**PANELS, "list": LISTED}, cockpits={"city": Cockpit("city", "城", "City", pages)})


@pytest.fixture
def server(listed: Shell) -> FastAPI:
    return serve(listed)


@pytest.fixture
def browser(server: FastAPI) -> Iterator[TestClient]:
    with client(server) as living:
        yield living


def links(told: dict[str, Any]) -> list[str]:
    return [p["data-go"] for p in props(told) if "data-go" in p]


def test_a_panel_has_a_page_with_its_numbers(browser: TestClient) -> None:
    own = f"/medium/city/{TOWNS[0]}?panel=main-list&days=7"
    assert browser.get(own).status_code == 200
    told = page_of(browser, f"/medium/city/{TOWNS[0]}", panel="main-list", days="7", compare="year")
    assert told["page"]["path"] == own  # the panel compares nothing
    assert list(told["page"]["panels"]) == ["main-list", "main-list-rows"]
    assert told["page"]["params"] == {"days": "7"}
    assert told["page"]["up"] == f"/medium/city/{TOWNS[0]}?days=7"
    assert props(told, className="page-grid enlarged")
    assert props(told, id="p-main-list")[0]["style"] == {"gridColumn": "full"}
    (csv,) = (p["href"] for p in props(told) if "download" in p)
    wanted = f"screen=medium&cockpit=city&area={TOWNS[0]}&lang=zh&days=7"
    assert csv == f"/api/panels/main-list/rows.csv?{wanted}"
    assert browser.get(csv).status_code == 200
    assert not props(told, className="enlarge")
    plain = page_of(browser, f"/small/city/{TOWNS[0]}", panel="main-number")
    assert not [p for p in props(plain) if "download" in p]  # it has no rows


@pytest.mark.parametrize(
    "path",
    [
        "/large/city/020?panel=main-list",
        "/medium/city/020?panel=main-situation",
        "/medium/city/020?panel=main-nothing",
        "/medium/city/020?panel=main-list-rows",
        "/medium/city/020?panel=more-list",
        "/medium/city/020?panel=main-list&page=more",
        "/medium/city/nowhere?panel=main-list",
    ],
)
def test_what_has_no_own_page_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404
    assert browser.get(f"/api/pages{path}").status_code == 404


def test_the_way_there_stands_in_every_head_and_is_read_out(browser: TestClient) -> None:
    for screen in ("medium", "small"):
        (first, second) = props(page_of(browser, f"/{screen}/city/{CITY}", days="30"), className="enlarge")
        assert first["href"] == first["data-go"] == f"/{screen}/city/{CITY}?panel=main-list&days=30"
        assert second["href"] == f"/{screen}/city/{CITY}?panel=main-number"
        assert first["aria-label"] == "放大：list title"
    assert not props(page_of(browser, f"/large/city/{CITY}"), className="enlarge")
    assert not props(page_of(browser, "/medium/alert/a"), className="enlarge")


def test_what_was_chosen_stays_on_the_way(browser: TestClient) -> None:
    told = page_of(browser, f"/medium/city/{TOWNS[0]}", days="7")
    chosen = [p for p in props(told) if p.get("aria-current") == "true"]
    assert [(p["children"], p["href"]) for p in chosen] == [("7 天", f"/medium/city/{TOWNS[0]}?days=7")]
    found = links(told)
    assert f"/medium/city/{TOWNS[0]}?days=30" in found
    assert f"/medium/city/{CITY}?days=7" in found  # the crumb
    assert f"/medium/city/{TOWNS[0]}?page=more" in found  # nothing there honours it
    assert told["page"]["up"] == f"/medium/city/{CITY}?days=7"


def test_areas_to_choose_from_are_ones_own(listed: Shell, server: FastAPI, browser: TestClient) -> None:
    def options(asking: TestClient, area_id: str) -> list[str]:
        (select,) = props(page_of(asking, f"/medium/city/{area_id}", days="7"), id="filter-area")
        assert select["value"] == f"/medium/city/{area_id}?days=7"
        return [option["value"].split("/")[3].split("?")[0] for option in select["options"]]

    town = client(server, add_session(listed, add_account(listed, "wu", Role.OPERATOR, TOWNS[0])))
    town.portal = browser.portal
    below = [area.id for area in small_tree().children(TOWNS[0])]
    assert options(town, TOWNS[0]) == options(town, below[0]) == [TOWNS[0], *below]


def test_areas_near_are_the_way_down_and_all_beside_it() -> None:
    tree = small_tree()
    near = [(area.id, depth) for area, depth in nearby(tree, tree.get(VILLAGES[0]), CITY)]
    below = [area.id for area in tree.children(TOWNS[0])]
    assert near[: 2 + len(below)] == [(CITY, 0), (TOWNS[0], 1), *((area_id, 2) for area_id in below)]
    assert [area_id for area_id, depth in near if depth == 1] == [area.id for area in tree.children(CITY)]


def test_a_comparison_that_does_not_exist_is_refused_at_the_start() -> None:
    options = {"compare": "week"}
    panel = Panel(build=number, needs={"n": Tell()}, options=options, filters=("compare",))
    page = Page("main", "总", "All", (Placement("number", options={"compare": "month"}),))
    with pytest.raises(ValueError, match="compare is month; it may be week, yesterday, year, none"):
        Pages(
            {"city": Cockpit("city", "城", "City", {Screen.MEDIUM: (page,)})},
            {**PANELS, "number": panel},
            small_tree(),
            texts(),
        )
