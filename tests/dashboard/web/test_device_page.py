"""The page of one device: its address with what was chosen, its numbers, its file, and who may ask."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from brain.model.scope import Role
from brain.store import schema
from dashboard.panel import Column, Kind, Panel, Table, View
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import PANELS, Tell, add_account, add_session, add_wall, client, number, serve
from tests.dashboard.web.test_pages import page_of, props
from tests.small_city import TOWNS

OWN = "/medium/devices/gauge%3A7"


def rows(view: View) -> Table:
    said = " ".join(f"{name}={value}" for name, value in sorted({**view.options, **view.params}.items()))
    return Table((Column("什么"), Column("数", kind=Kind.NUMBER)), ((said, view.value("n")),))


DEVICE = Panel(
    build=number,
    needs=lambda options, params: {"n": Tell()},
    rows=rows,
    options={"span": 1, "before": "", "metric": "", "from": "", "to": ""},
    filters=("span", "before", "metric", "from", "to"),
)


@pytest.fixture
def shown(shell: Shell) -> Shell:
    return replace(shell, panels={**PANELS, "device_history": DEVICE})


@pytest.fixture
def server(shown: Shell) -> FastAPI:
    return serve(shown)


@pytest.fixture
def browser(server: FastAPI) -> Iterator[TestClient]:
    with client(server) as living:
        yield living


def test_its_address_keeps_what_was_chosen(browser: TestClient) -> None:
    assert browser.get(OWN).status_code == 200
    told = page_of(browser, OWN, span="30", metric="water_level_m", days="7")
    assert told["page"]["path"] == f"{OWN}?span=30&metric=water_level_m"
    assert told["page"]["params"] == {"device_id": "gauge:7", "span": "30", "metric": "water_level_m"}
    assert list(told["page"]["panels"])[1:] == ["devices-device_history", "devices-device_history-rows"]
    links = [p["data-go"] for p in props(told) if "data-go" in p]
    assert f"{OWN}?metric=water_level_m&span=365" in [re.sub(r"\?span=(\d+)&(.*)", r"?\2&span=\1", x) for x in links]
    assert page_of(browser, "/small/devices/gauge%3A7")["page"]["up"] == "/small/"


def test_days_in_place_of_a_span_are_sent_by_a_form(browser: TestClient) -> None:
    told = page_of(browser, OWN, **{"from": "2021-07-01", "to": "2021-07-02", "before": "yes"})
    (form,) = [p for p in props(told) if p.get("method") == "get"]
    assert form["action"] == OWN
    given = {p["name"]: (p.get("type"), p.get("value")) for p in props(told) if "name" in p}
    assert given == {
        "from": ("date", "2021-07-01"),
        "to": ("date", "2021-07-02"),
        "before": ("hidden", "yes"),
    }
    spans = [p for p in props(told) if "span=7" in str(p.get("data-go"))]
    assert [p["data-go"] for p in spans] == [f"{OWN}?before=yes&span=7"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=yesterday", "from"),
        ("from=2021-02-30", "from"),
        ("to=9999-12-31", "to"),
        ("from=2021-07-02&to=2021-07-01", "不早于 from"),
        ("metric=%3Cb%3E", "metric"),
        ("span=1000", "7, 30, 365"),
    ],
)
def test_what_cannot_be_meant_is_said(browser: TestClient, query: str, says: str) -> None:
    answer = browser.get(f"{OWN}?{query}")
    assert answer.status_code == 422
    assert says in answer.text


def test_its_numbers_are_a_file_that_is_written_down(shown: Shell, browser: TestClient) -> None:
    told = page_of(browser, OWN, span="7")
    (csv,) = (p["href"] for p in props(told) if "download" in p)
    answer = browser.get(csv)
    assert answer.status_code == 200
    assert "device_id=gauge:7" in answer.text
    assert "span=7" in answer.text
    with shown.store.read() as conn:
        (row,) = conn.execute(select(schema.audit).where(schema.audit.c.action == "export")).all()
    assert "device_id gauge:7" in row.detail
    assert "span 7" in row.detail


def test_the_numbers_are_asked_for_like_the_panel(browser: TestClient) -> None:
    for placed in ("devices-device_history", "devices-device_history-rows"):
        answer = browser.get(f"/api/panels/{placed}?screen=medium&cockpit=devices&device_id=gauge:7&span=7")
        assert answer.status_code == 200, placed
    told: dict[str, Any] = answer.json()
    assert "device_id=gauge:7" in str(told)
    assert browser.get(f"/api/panels/{placed}?screen=medium&cockpit=devices&device_id={'x' * 65}").status_code == 404


def test_walls_have_no_such_page(shown: Shell, server: FastAPI, browser: TestClient) -> None:
    assert browser.get("/large/devices/gauge").status_code == 404
    assert browser.get("/small/devices/").status_code == 404
    add_account(shown, "li", Role.ADMINISTRATOR)
    wall = client(server, add_wall(shown, TOWNS[0]))
    wall.portal = browser.portal
    assert wall.get(OWN).status_code == 403
    duty = client(server, add_session(shown, add_account(shown, "wu", Role.OPERATOR, TOWNS[0])))
    duty.portal = browser.portal
    assert duty.get(OWN).status_code == 200, "whether there is such a device in the area the answer says"
