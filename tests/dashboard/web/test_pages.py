"""Addresses, skeletons, the HTML around them: what a browser gets before any data."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.model.scope import Role
from dashboard.panel import Panel, Screen, Theme
from dashboard.web.pages import Pages
from dashboard.web.shell import Cockpit, Page, Placement, Shell
from tests.dashboard.cockpit import (
    PANELS,
    ManualClock,
    Tell,
    Told,
    add_account,
    add_session,
    add_wall,
    client,
    cockpit,
    number,
    serve,
    texts,
)
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree


def page_of(browser: TestClient, path: str, **query: str) -> dict[str, Any]:
    answer = browser.get(f"/api/pages{path}", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(child)


def props(told: dict[str, Any], **wanted: str) -> list[dict[str, Any]]:
    """The props of the components that have all the wanted ones."""
    found = (node["props"] for node in nodes(told["props"]) if "props" in node and "namespace" in node)
    return [p for p in found if all(p.get(name.replace("_", "-")) == value for name, value in wanted.items())]


# --- addresses ---------------------------------------------------------------------------------------------------
def test_the_root_leads_to_a_screen_that_there_is(shell: Shell, browser: TestClient) -> None:
    assert browser.get("/").headers["location"] == "/medium"
    assert browser.get("/medium").headers["location"] == f"/medium/city/{CITY}"
    wall_only = Cockpit("city", "城市", "City", {Screen.LARGE: cockpit().pages[Screen.LARGE]})
    with client(serve(replace(shell, cockpits={"city": wall_only}))) as other:
        assert other.get("/").headers["location"] == "/large"
        assert other.get("/medium").status_code == 404


def test_one_lands_in_ones_own_area(shell: Shell, server: FastAPI) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.OPERATOR, TOWNS[1]))
    with client(server, token) as browser:
        assert browser.get("/medium").headers["location"] == f"/medium/city/{TOWNS[1]}"
        assert browser.get(f"/medium/city/{VILLAGES[2]}").status_code == 200
        assert browser.get(f"/medium/city/{TOWNS[0]}").status_code == 403
        assert browser.get("/medium/alerts").status_code == 302
        wall = client(server, add_wall(shell, TOWNS[0]))
        wall.portal = browser.portal
        assert wall.get("/").headers["location"] == "/large"


@pytest.mark.parametrize("screen", ["large", "medium", "small"])
def test_late_tickets_have_a_page_of_their_own_and_a_tab_where_there_is_room(
    shell: Shell, server: FastAPI, screen: str
) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.OPERATOR, TOWNS[0]))
    with client(server, token) as browser:
        told = page_of(browser, f"/{screen}/late/{TOWNS[0]}")
        assert "p-late-late_tickets" in str(told)
        assert browser.get(f"/{screen}/late/{CITY}").status_code == 403
        links = [p["data-go"] for p in props(told) if "data-go" in p]
        assert (f"/{screen}/late/{TOWNS[0]}" in links) == (screen == "medium")


@pytest.mark.parametrize(
    "path", ["/medium/nothing/020", "/medium/city/nowhere", "/medium/city/020/more", "/huge/city/020"]
)
def test_what_is_no_page_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404
    assert browser.get(f"/api/pages{path}").status_code == 404


def test_a_page_that_is_not_there_is_not_found(browser: TestClient) -> None:
    assert browser.get(f"/medium/city/{CITY}?page=other").status_code == 404
    assert browser.get(f"/medium/city/{CITY}?page=main").status_code == 200


# --- the HTML ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("screen", ["large", "medium", "small"])
def test_the_very_first_request_brings_all_libraries(shell: Shell, screen: str) -> None:
    """Dash sets itself up at the first request to its root; ours need not be that."""
    with client(serve(shell)) as browser:
        html = browser.get(f"/{screen}/city/{CITY}").text
        scripts = re.findall(r'<script[^>]* src="([^"]+)"', html)
        assert any("dash_renderer" in script for script in scripts)
        assert any("dash_core_components" in script for script in scripts)
        for address in [*scripts, *re.findall(r'<link[^>]* href="(/[^"]+)"', html)]:
            answer = browser.get(address)
            assert answer.status_code == 200, address
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", address
        assert browser.get(f"/{screen}/_dash-layout").json()["props"]["id"] == "page"
        assert browser.get(f"/{screen}/_dash-dependencies").json() == []


def test_every_inline_script_is_allowed_by_its_hash_and_nothing_comes_from_elsewhere(browser: TestClient) -> None:
    for screen in ("large", "medium", "small"):
        answer = browser.get(f"/{screen}/city/{CITY}")
        policy = answer.headers["content-security-policy"]
        inline = re.findall(r"<script(?![^>]*src=)(?![^>]*application/json)[^>]*>(.*?)</script>", answer.text, re.S)
        assert inline
        for script in inline:
            digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy
        assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
        assert "/dash_table/" not in answer.text


def test_language_and_theme_are_the_browsers_own(shell: Shell, browser: TestClient) -> None:
    def dress(**cookies: str) -> tuple[str, ...]:
        header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        html = browser.get(f"/medium/city/{CITY}", headers=header).text
        found = re.search(r'<html lang="([^"]+)" data-screen="([^"]+)" data-bs-theme="([^"]+)">', html)
        assert found is not None
        return found.groups()

    assert dress() == ("zh-CN", "medium", "light")
    assert dress(city_lang="en", city_theme_medium="dark") == ("en", "medium", "dark")
    assert dress(city_lang="fr", city_theme_medium='"><script>') == ("zh-CN", "medium", "light")
    assert dress(city_theme_large="light") == ("zh-CN", "medium", "light")
    with client(serve(replace(shell, lang="en"))) as english:
        assert 'lang="en"' in english.get(f"/medium/city/{CITY}").text


def test_a_language_in_the_address_is_remembered(browser: TestClient) -> None:
    answer = browser.get(f"/medium/city/{CITY}?lang=en")
    assert '<html lang="en"' in answer.text
    assert "city_lang=en" in answer.headers["set-cookie"]


def test_a_wall_is_dark_unless_the_city_or_its_address_says_otherwise(shell: Shell, browser: TestClient) -> None:
    assert 'data-bs-theme="dark"' in browser.get(f"/large/city/{CITY}").text
    with client(serve(replace(shell, wall_theme=Theme.LIGHT))) as light:
        assert 'data-bs-theme="light"' in light.get(f"/large/city/{CITY}").text
        assert 'data-bs-theme="dark"' in light.get(f"/small/city/{CITY}").text
        chosen = light.get("/large?theme=dark&page=main")
        assert "city_theme_large=dark; Max-Age=31536000" in chosen.headers["set-cookie"]
        kept = light.get(chosen.headers["location"])  # and again, so that it never runs out
        assert 'data-bs-theme="dark"' in kept.text
        assert "city_theme_large=dark; Max-Age=31536000" in kept.headers["set-cookie"]


def test_a_city_may_be_named_anything(shell: Shell) -> None:
    city = replace(shell.city, name='"><script>alert(1)</script>', name_en="@boot@")
    with client(serve(replace(shell, city=city))) as browser:
        html = browser.get(f"/medium/city/{CITY}").text
    assert "<script>alert(1)</script>" not in html
    assert "&lt;script&gt;alert(1)" in html


# --- skeletons ---------------------------------------------------------------------------------------------------
def test_a_skeleton_is_made_once_and_holds_no_data(shell: Shell, browser: TestClient) -> None:
    assert isinstance(shell.answers, Told)
    first = browser.get(f"/api/pages/large/city/{CITY}").content
    assert browser.get(f"/api/pages/large/city/{CITY}").content == first
    assert shell.answers.calls == []


def test_a_skeleton_has_nothing_of_a_person(shell: Shell, server: FastAPI) -> None:
    bodies = set()
    with client(server) as living:
        for name, role in (("wu", Role.OPERATOR), ("root", Role.ADMINISTRATOR)):
            browser = client(server, add_session(shell, add_account(shell, name, role)))
            browser.portal = living.portal
            bodies.add(browser.get(f"/api/pages/medium/city/{CITY}").content)
    assert len(bodies) == 1


def test_the_wall_has_its_panels_on_its_grid(browser: TestClient) -> None:
    told = page_of(browser, f"/large/city/{CITY}")
    assert props(told, id="wall")
    left, right = props(told, id="p-main-number")[0], props(told, id="p-main-number-2")[0]
    assert left["style"] == {"gridColumn": "left", "gridRow": "row1"}
    assert right["style"] == {"gridColumn": "right", "gridRow": "row1"}
    assert left["className"] == "panel is-number face-loading"
    band = props(told, className="band")[0]
    assert "p-main-situation" in str(band)  # the sentence is read first
    for name in ("city", "band-sub", "headline", "band-facts", "clock", "link-state"):
        assert props(told, className=name), name
    assert not props(told, className="tabs")


@pytest.mark.parametrize("screen", ["medium", "small"])
def test_desks_and_phones_have_tabs_and_say_who_is_there(browser: TestClient, screen: str) -> None:
    told = page_of(browser, f"/{screen}/city/{TOWNS[0]}")
    links = [p["data-go"] for p in props(told) if "data-go" in p]
    assert f"/{screen}/city/{TOWNS[0]}" in links
    assert f"/{screen}/alerts/{TOWNS[0]}" in links
    assert props(told, id="account")
    assert props(told, data_lang="en")
    assert "data-theme" in str(told)
    assert [p["children"] for p in props(told, className="on")][-1:] != []


def test_the_way_up_is_the_crumbs_and_the_key(browser: TestClient) -> None:
    told = page_of(browser, f"/medium/city/{VILLAGES[0]}")
    crumbs = [p for p in props(told) if "data-area" in p]
    assert [(p["data-area"], p["data-go"]) for p in crumbs] == [
        (CITY, f"/medium/city/{CITY}"),
        (TOWNS[0], f"/medium/city/{TOWNS[0]}"),
    ]
    assert told["page"]["up"] == f"/medium/city/{TOWNS[0]}"
    assert told["page"]["above"] == [TOWNS[0], CITY]
    assert page_of(browser, f"/medium/city/{CITY}")["page"]["up"] is None


def test_what_the_script_needs_to_know_comes_along(browser: TestClient) -> None:
    page = page_of(browser, f"/large/city/{TOWNS[0]}")["page"]
    assert page["panels"] == {
        "main-situation": {"inputs": ["tickets"], "interval": 1.0},
        "main-number": {"inputs": ["tickets"], "interval": 1.0},
        "main-number-2": {"inputs": ["tickets"], "interval": 1.0},
    }
    assert (page["cockpit"], page["area"], page["params"], page["lang"]) == ("city", TOWNS[0], {}, "zh")
    assert page["title"] == "城市运行 · 澄州市"
    assert page["texts"]["link.live"]
    assert page_of(browser, f"/large/city/{CITY}", lang="en")["page"]["title"] == "City operations · Chengzhou"


def test_numbers_follow_the_pace_of_the_city(shell: Shell) -> None:
    with client(serve(replace(shell, pace_s=0.25))) as browser:
        told = page_of(browser, f"/large/city/{CITY}")["page"]["panels"]
    assert {each["interval"] for each in told.values()} == {0.25}


def test_the_alert_page_is_of_one_alert_and_of_no_area(browser: TestClient) -> None:
    page = page_of(browser, "/medium/alert/a%2Fb%22")["page"]
    assert (page["params"], page["area"], page["up"]) == ({"alert_id": 'a/b"'}, "", "/medium/alerts")
    assert browser.get("/api/pages/medium/alert/").status_code == 404
    assert browser.get(f"/api/pages/medium/alert/{'x' * 65}").status_code == 404


def test_replayed_time_and_made_up_data_wear_their_marks(shell: Shell, browser: TestClient) -> None:
    plain = page_of(browser, f"/large/city/{CITY}")
    assert not props(plain, className="mark-replay")
    assert props(plain, className="mark-sim")  # the small city's feeds are simulated
    replayed = replace(shell, clock=ManualClock(replay=True, speed=60.0))
    with client(serve(replayed)) as browser:
        for screen in ("large", "medium", "small"):
            told = page_of(browser, f"/{screen}/city/{CITY}")
            assert [p["children"] for p in props(told, className="mark-replay")] == ["回放 ×60"], screen


# --- what is refused at the start --------------------------------------------------------------------------------
def problems(page: Page, screen: Screen = Screen.LARGE) -> str:
    with pytest.raises(ValueError, match="cockpit city") as found:
        Pages({"city": Cockpit("city", "城", "City", {screen: (page,)})}, PANELS, small_tree(), texts())
    return str(found.value)


def test_everything_wrong_with_pages_is_said_at_once() -> None:
    wrong = Page("main-page", "总", "All", (Placement("nothing"), Placement("number", options={"size": 1})))
    found = problems(wrong)
    assert "there is no panel nothing" in found
    assert "panel number has no option size" in found
    assert "a page id is unique" in found


def test_what_a_wall_places_in_the_band_stands_there(shell: Shell) -> None:
    page = Page("main", "总", "All", (Placement("number", row="band"), Placement("number", row="row1")))
    cockpits = {"city": Cockpit("city", "城", "City", {Screen.LARGE: (page,)})}
    with client(serve(replace(shell, cockpits=cockpits))) as browser:
        told = page_of(browser, f"/large/city/{CITY}")
    beside = props(told, className="band-beside")[0]
    assert "p-main-number'" in str(beside)
    assert "p-main-number-2" not in str(beside)
    assert "p-main-number-2" in str(props(told, id="wall")[0])


@pytest.mark.parametrize(("screen", "most"), [(Screen.LARGE, 9), (Screen.SMALL, 6)])
def test_a_page_may_not_be_over_full(screen: Screen, most: int) -> None:
    full = tuple(Placement("number") for _ in range(most))
    band = (Placement("situation"), Placement("number", row="band"))  # stand in the band and are not counted
    covers = (Placement("number", "full", "totals"), Placement("number", "full", "totals"))  # one covers the other
    Pages(
        {"city": Cockpit("city", "城", "City", {screen: (Page("main", "总", "All", full[1:] + covers + band),)})},
        PANELS,
        small_tree(),
        texts(),
    )
    assert f"at most {most}" in problems(Page("main", "总", "All", (*full, Placement("number"))), screen)


def test_options_of_a_placement_reach_the_panel(shell: Shell) -> None:
    seen = []

    def build(view: Any) -> Any:
        seen.append(dict(view.options))
        return number(view)

    panel = Panel(build=build, needs={"n": Tell()}, options={"size": 1, "colour": "acc"})
    page = Page("main", "总", "All", (Placement("number", options={"size": 2}),))
    changed = replace(
        shell,
        panels={**PANELS, "number": panel},
        cockpits={"city": Cockpit("city", "城", "City", {Screen.LARGE: (page,)})},
    )
    with client(serve(changed)) as browser:
        assert browser.get("/api/panels/main-number?screen=large&cockpit=city").status_code == 200
    assert seen == [{"size": 2, "colour": "acc"}]


def test_a_language_in_an_address_that_leads_on_is_not_lost(browser: TestClient) -> None:
    onward = browser.get("/medium?lang=en")
    assert (onward.status_code, onward.headers["location"]) == (302, f"/medium/city/{CITY}")
    assert "city_lang=en" in onward.headers["set-cookie"]


def test_an_address_may_name_a_page_and_no_area(shell: Shell) -> None:
    pages = (Page("main", "总", "All", (Placement("number"),)), Page("more", "多", "More", (Placement("number"),)))
    cockpits = {"city": Cockpit("city", "城", "City", {Screen.MEDIUM: pages})}
    with client(serve(replace(shell, cockpits=cockpits))) as browser:
        assert browser.get("/medium/?page=more").headers["location"] == f"/medium/city/{CITY}?page=more"
        assert browser.get("/medium/?page=none").status_code == 404
