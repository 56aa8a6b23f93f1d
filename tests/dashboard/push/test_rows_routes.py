"""GET /api/panels/<placement>/rows.csv: to those who may see the panel, and nobody takes one unnoticed."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from brain.model.scope import Role, Scope
from brain.store import schema
from brain.store.errors import StoreUnavailable
from dashboard.panel import Screen
from dashboard.web.shell import Cockpit, Page, Placement, Shell
from tests.dashboard.cockpit import LISTED, PANELS, Told, add_account, add_session, client, serve
from tests.small_city import TOWNS


@pytest.fixture
def listed(shell: Shell) -> Shell:
    """A desk with a panel that has rows, and one that has none."""
    page = Page("main", "总", "All", (Placement("list"), Placement("number")))
    cockpits = {"city": Cockpit("city", "城", "City", {Screen.MEDIUM: (page,)})}
    return replace(shell, panels={**PANELS, "list": LISTED}, cockpits=cockpits)


@pytest.fixture
def server(listed: Shell) -> FastAPI:
    return serve(listed)


@pytest.fixture
def browser(listed: Shell, server: FastAPI) -> Iterator[TestClient]:
    with client(server, add_session(listed, add_account(listed, "wu", Role.OPERATOR, TOWNS[0])), "10.1.2.3") as living:
        yield living


def take(browser: TestClient, panel: str = "main-list", **query: str) -> Any:
    return browser.get(f"/api/panels/{panel}/rows.csv", params={"screen": "medium", "cockpit": "city", **query})


def written_down(shell: Shell) -> list[tuple[Any, ...]]:
    with shell.store.read() as conn:
        audit = schema.audit.c
        columns = (audit.actor, audit.target, audit.result, audit.detail, audit.address)
        return [tuple(row) for row in conn.execute(select(*columns).where(audit.action == "export"))]


def test_the_file_holds_the_rows_of_ones_own_area(listed: Shell, browser: TestClient) -> None:
    assert isinstance(listed.answers, Told)
    listed.answers.numbers[TOWNS[0]] = 7
    answer = take(browser)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="list-{TOWNS[0]}-20210714-1426.csv"')
    found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert found[-1] == ["13", "7"]
    assert written_down(listed) == [
        ("wu", "panel:main-list", "done", f"cockpit city area {TOWNS[0]} rows 14", "10.1.2.3")
    ]


def test_a_filter_chooses_its_rows_and_a_wrong_one_is_refused_in_words(listed: Shell, browser: TestClient) -> None:
    assert b'"6",0' in take(browser, days="7", compare="year").content
    assert written_down(listed)[-1][3].endswith("rows 7 days 7")  # the panel compares nothing
    for wrong in ({"days": "5"}, {"days": "007"}, {"compare": "week' OR 1"}, {"compare": "WEEK"}):
        for path in ("/api/panels/main-list/rows.csv", "/api/panels/main-list", f"/api/pages/medium/city/{TOWNS[0]}"):
            refused = browser.get(path, params={"screen": "medium", "cockpit": "city", **wrong})
            assert (refused.status_code, refused.json()["error"]) == (422, "bad_filter")
            assert next(iter(wrong)) in refused.json()["text"]
    page = browser.get(f"/medium/city/{TOWNS[0]}?days=5")
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (422, "text/plain")
    assert "1, 7, 30, 90" in page.text


def test_elsewhere_is_refused_and_that_is_written_down_too(listed: Shell, browser: TestClient) -> None:
    assert take(browser, area=TOWNS[1]).status_code == 403
    ((actor, target, result, detail, _),) = written_down(listed)
    assert (actor, target, result) == ("wu", "panel:main-list", "forbidden")
    assert TOWNS[1] in detail
    for panel, query in (
        ("main-number", {}),
        ("main-nothing", {}),
        ("main-list-rows", {}),
        ("main-list", {"cockpit": "other"}),
        ("main-list", {"area": "nowhere"}),
        ("main-list", {"screen": "huge"}),
    ):
        assert take(browser, panel, **query).status_code == 404, (panel, query)
    assert len(written_down(listed)) == 1


def test_a_panel_that_fails_gives_no_file(listed: Shell, browser: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(listed.answers, Told)

    def fail(scope: Scope, area_id: str) -> Any:
        raise RuntimeError("a secret of the machine")

    listed.answers.instead = fail
    for _ in range(2):
        answer = take(browser)
        assert (answer.status_code, answer.json()) == (503, {"error": "failed"})
    assert len([record for record in caplog.records if "cannot be shown" in record.message]) == 1
    assert [row[2] for row in written_down(listed)] == ["failed", "failed"]

    def away(scope: Scope, area_id: str) -> Any:
        raise StoreUnavailable("gone")

    listed.answers.instead = away
    assert take(browser).status_code == 503


def test_filters_are_in_the_key_of_those_who_honour_them(listed: Shell, browser: TestClient) -> None:
    assert isinstance(listed.answers, Told)
    calls = listed.answers.calls

    def ask(panel: str, **query: str) -> Any:
        return browser.get(f"/api/panels/{panel}", params={"screen": "medium", "cockpit": "city", **query}).json()

    assert "panel=main-list&days=7" in str(ask("main-list", days="7"))  # the way to its own page keeps the choice
    ask("main-list", days="30")
    ask("main-list", days="30", compare="year")
    assert len(calls) == 2
    assert ask("main-number", days="7") == ask("main-number", days="30")
    assert len(calls) == 3
    numbers = str(ask("main-list-rows", days="7"))
    assert "'type': 'Table'" in numbers
