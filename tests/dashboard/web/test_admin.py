"""What administrators see and do: within their area, all of it written down, hostile text as text."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from brain.model.reason import Reason
from brain.model.scope import Role
from brain.store import schema
from brain.store.people import list_accounts
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import PASSWORD, add_account, add_session, add_wall, client
from tests.small_city import CITY, TOWNS

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


class Desk:
    """One server, several people."""

    def __init__(self, shell: Shell, server: FastAPI, living: TestClient) -> None:
        self.shell = shell
        self._server = server
        self._living = living

    def person(self, name: str, role: Role = Role.ADMINISTRATOR, area_id: str = CITY) -> TestClient:
        browser = client(self._server, add_session(self.shell, add_account(self.shell, name, role, area_id)))
        browser.portal = self._living.portal
        return browser

    def accounts(self) -> dict[str, Any]:
        with self.shell.store.read() as conn:
            return {account.name: account for account in list_accounts(conn)}

    def deeds(self, action: str) -> list[tuple[str, str, str, str]]:
        with self.shell.store.read() as conn:
            rows = conn.execute(
                select(schema.audit).where(schema.audit.c.action == action).order_by(schema.audit.c.seq)
            )
            return [(row.actor, row.target, row.result, row.detail) for row in rows]


@pytest.fixture
def desk(shell: Shell, server: FastAPI) -> Iterator[Desk]:
    with client(server) as living:
        yield Desk(shell, server, living)


def form(**changes: str) -> dict[str, str]:
    return {"name": "chen", "password": PASSWORD, "role": "operator", "area": CITY, "unit": "", **changes}


def test_an_account_is_made_and_can_log_in(desk: Desk) -> None:
    root = desk.person("root")
    assert root.post("/admin/accounts", data=form()).headers["location"] == "/admin/accounts"
    assert "chen" in root.get("/admin/accounts").text
    assert desk.deeds("account.create") == [("root", "chen", "done", f"operator of {CITY} new password")]
    answer = desk.person("other").post("/login", data={"name": "chen", "password": PASSWORD})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": "root"}, 422),
        ({"name": ""}, 422),
        ({"name": "a\u0000b"}, 422),
        ({"password": "short"}, 422),
        ({"role": "wall"}, 422),
        ({"role": "emperor"}, 422),
        ({"role": "unit"}, 422),
        ({"unit": "water"}, 422),
        ({"area": "nowhere"}, 403),
        ({"name": "x" * 65}, 422),
        ({"password": "x" * 201}, 422),
    ],
)
def test_what_is_wrong_with_an_account_is_said_and_nothing_is_made(
    desk: Desk, changes: dict[str, str], status: int
) -> None:
    root = desk.person("root")
    assert root.post("/admin/accounts", data=form(**changes)).status_code == status
    assert set(desk.accounts()) == {"root"}


def test_a_change_ends_the_logins_of_the_account(desk: Desk) -> None:
    root, chen = desk.person("root"), desk.person("chen", Role.OPERATOR)
    account_id = desk.accounts()["chen"].id
    assert chen.get("/api/me").json()["role"] == "operator"
    given = {"role": "leader", "area": TOWNS[0], "unit": "", "password": ""}
    assert root.post(f"/admin/accounts/{account_id}", data=given).status_code == 303
    assert chen.get("/api/me").status_code == 401
    assert (desk.accounts()["chen"].role, desk.accounts()["chen"].area_id) == (Role.LEADER, TOWNS[0])
    assert root.post(f"/admin/accounts/{account_id}", data={**given, "disabled": "yes"}).status_code == 303
    assert desk.accounts()["chen"].disabled
    assert root.post("/login", data={"name": "chen", "password": PASSWORD}).status_code == 403


def test_nobody_administers_outside_the_own_area(desk: Desk) -> None:
    desk.person("root")
    desk.person("chen", Role.OPERATOR, TOWNS[1])
    local = desk.person("town", area_id=TOWNS[0])
    assert local.post("/admin/accounts", data=form(name="li", area=TOWNS[0])).status_code == 303
    assert local.post("/admin/accounts", data=form(name="wu", area=CITY)).status_code == 403
    page = local.get("/admin/accounts").text
    assert "li" in page
    assert "chen" not in page
    outside = desk.accounts()["chen"].id
    given = {"role": "operator", "area": TOWNS[0], "unit": ""}
    assert local.post(f"/admin/accounts/{outside}", data=given).status_code == 403
    assert local.post("/admin/accounts/nobody", data=given).status_code == 404
    wall = add_wall(desk.shell, TOWNS[1])
    assert wall
    assert "wall-one" not in local.get("/admin/walls").text
    assert local.post("/admin/walls", data={"code": "ABCD2345", "area": CITY, "label": "x"}).status_code == 403
    for address in ("/admin/audit", "/admin/deadletters"):
        assert "<tbody>" in local.get(address).text
        assert "account.create" not in local.get(address).text


def test_the_last_administrator_cannot_go(desk: Desk) -> None:
    root = desk.person("root")
    given = {"role": "operator", "area": CITY, "unit": ""}
    assert root.post(f"/admin/accounts/{desk.accounts()['root'].id}", data=given).status_code == 422
    assert root.get("/api/me").json()["role"] == "administrator"
    assert desk.deeds("account.change") == [("root", "root", "failed", "last_administrator")]


def test_stored_text_is_shown_as_text(desk: Desk) -> None:
    root = desk.person("root")
    root.post("/admin/accounts", data=form(name=HOSTILE[:64]))
    add_wall(desk.shell, label="wall<b>x</b>")
    letter = {"feed": "iot", "id": "1", "at_ms": 1, "reason": Reason.MALFORMED.value, "sealed": False}
    texts = {"detail": HOSTILE, "place": HOSTILE, "payload": HOSTILE.encode() + b"\xff\x00"}
    desk.shell.store.write(lambda conn: conn.execute(insert(schema.dead_letter).values(**letter, **texts))).result(30)
    root.post("/login", data={"name": HOSTILE[:60], "password": "x"})
    for address in ("/admin/accounts", "/admin/walls", "/admin/audit", "/admin/deadletters?feed=iot"):
        page = root.get(address).text
        assert not re.search(r"<(script|img|b)\b", page), address
        assert "{{7*7}}" in page or "49" not in page, address
        assert "&lt;" in page, address


def test_sealed_letters_are_not_shown(desk: Desk) -> None:
    root = desk.person("root")
    letter = {"feed": "hotline", "id": "1", "at_ms": 1, "reason": Reason.BAD_FIELD.value, "sealed": True}
    texts = {"detail": "row 3", "place": "a.csv:3", "payload": b"13800138000"}
    desk.shell.store.write(lambda conn: conn.execute(insert(schema.dead_letter).values(**letter, **texts))).result(30)
    page = root.get("/admin/deadletters?feed=hotline").text
    assert "a.csv:3" in page
    assert "13800138000" not in page


def test_long_lists_have_older_pages(desk: Desk) -> None:
    root = desk.person("root")
    same = {"feed": "iot", "reason": "malformed", "place": "", "sealed": False}
    rows = [{**same, "id": f"{n:04d}", "at_ms": n, "detail": f"letter {n:04d}"} for n in range(150)]
    desk.shell.store.write(lambda conn: conn.execute(insert(schema.dead_letter), rows)).result(30)
    first = root.get("/admin/deadletters?feed=iot").text
    assert "letter 0149" in first
    assert "letter 0049" not in first
    older = re.search(r'href="(/admin/deadletters\?feed=iot&amp;before=0050)"', first)
    assert older is not None
    second = root.get(older[1].replace("&amp;", "&")).text
    assert "letter 0049" in second
    assert "before=" not in second


ODD = ("?before=x", "?before=-1", "?before=99999999999999999999", "?before=²", "?feed=nothing", "?before=" + "x" * 500)


@pytest.mark.parametrize("query", ODD)
def test_odd_questions_have_plain_answers(desk: Desk, query: str) -> None:
    root = desk.person("root")
    for address in ("/admin/audit", "/admin/deadletters"):
        assert root.get(address + query).status_code == 200


def test_pages_are_whole_in_english_too(desk: Desk) -> None:
    root = desk.person("root")
    for address in ("/account", "/admin/accounts", "/admin/walls", "/admin/audit", "/admin/deadletters"):
        page = root.get(f"{address}?lang=en").text
        assert '<html lang="en"' in page
        visible = re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.S)
        left = {character for character in visible if "\u4e00" <= character <= "\u9fff"}
        assert left <= set("中文"), (address, left)  # the way back to Chinese
