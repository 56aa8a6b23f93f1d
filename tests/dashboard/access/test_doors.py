"""Logging in and out, and everything that ends a login."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from brain.model.scope import Role
from brain.store import schema
from brain.store.people import Rights, change_account
from brain.store.sessions import hash_secret, revoke_session
from dashboard.access.cookies import COOKIE
from dashboard.access.sessions import REMEMBERED_S
from dashboard.web.shell import AccessSettings, Shell
from tests.dashboard.cockpit import PASSWORD, SOCKET, ManualTime, add_account, add_session, add_wall, client, serve

_MOST_NOTICES = 3  # heartbeats come every eight seconds: an end takes no longer than one
IDLE_MS, LONGEST_MS, LOCK_MS = 1_800_000, 43_200_000, 900_000


@pytest.fixture
def door(server: FastAPI) -> Iterator[TestClient]:
    """A browser elsewhere, not logged in."""
    with client(server, address="10.1.2.3") as browser:
        yield browser


def log_in(browser: TestClient, name: str = "wu", password: str = PASSWORD, wanted: str = "/") -> Any:
    return browser.post("/login", data={"name": name, "password": password, "next": wanted})


def audit(shell: Shell, action: str) -> list[tuple[str, str, str]]:
    with shell.store.read() as conn:
        rows = conn.execute(select(schema.audit).where(schema.audit.c.action == action).order_by(schema.audit.c.seq))
        return [(row.target, row.result, row.address) for row in rows]


def test_login_leads_where_one_wanted_to_go(shell: Shell, door: TestClient) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    answer = log_in(door, wanted="/medium/city/020?page=main")
    assert (answer.status_code, answer.headers["location"]) == (303, "/medium/city/020?page=main")
    assert door.get("/api/me").json() == {"kind": "person", "name": "wu", "role": "operator", "above": []}
    assert audit(shell, "login") == [("wu", "done", "10.1.2.3")]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(shell: Shell, door: TestClient) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    cookie = log_in(door).headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=")
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie


def test_the_cookie_stays_on_https_where_one_came_by_it(shell: Shell, server: FastAPI) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    with client(server) as browser:
        browser.base_url = "https://127.0.0.1"
        browser.headers["Origin"] = "https://127.0.0.1"
        answer = log_in(browser)
        assert browser.get("/api/me").json()["name"] == "wu"
        assert f"__Host-{COOKIE}=" in browser.post("/logout").headers["set-cookie"]
    assert answer.headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]


def test_two_cockpits_on_one_machine_do_not_log_each_other_out(shell: Shell, server: FastAPI) -> None:
    """Browsers send a cookie to every port of its host."""
    add_account(shell, "wu", Role.OPERATOR)
    with client(server, address="10.1.2.3") as browser:
        for port in (8050, 8051):
            browser.base_url = browser.headers["Origin"] = f"http://127.0.0.1:{port}"
            assert browser.get("/api/me").status_code == 401
            log_in(browser)
        for port in (8050, 8051):
            browser.base_url = f"http://127.0.0.1:{port}"
            assert browser.get("/api/me").json()["name"] == "wu"
    assert {f"{COOKIE}_8050", f"{COOKIE}_8051"} <= set(browser.cookies)


@pytest.mark.parametrize(
    "wanted",
    [
        "//elsewhere.example",
        "https://elsewhere.example",
        "/\\elsewhere.example",
        "/a\nb",
        "javascript:x",
        "",
        "/" * 501,
    ],
)
def test_login_never_leads_elsewhere(shell: Shell, door: TestClient, wanted: str) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    answer = log_in(door, wanted=wanted)
    if len(wanted) > 500:
        assert answer.status_code == 422
    else:
        assert answer.headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_look_the_same(shell: Shell, door: TestClient) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    wrong, unknown = log_in(door, "wu", "Wrong-on-the-7-hills"), log_in(door, "li", "Wrong-on-the-7-hills")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace('value="wu"', "") == unknown.text.replace('value="li"', "")
    assert COOKIE not in door.cookies
    assert audit(shell, "login") == [("wu", "forbidden", "10.1.2.3"), ("li", "forbidden", "10.1.2.3")]


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(shell: Shell, door: TestClient, time: ManualTime) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    for _ in range(5):
        assert log_in(door, password="Wrong-on-the-7-hills").status_code == 403
    assert log_in(door).status_code == 403  # the right one, too
    time.ms += LOCK_MS - 1
    assert log_in(door).status_code == 403
    time.ms += 1
    assert log_in(door).status_code == 303


def test_passwords_cannot_be_tried_quickly(shell: Shell, time: ManualTime) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    slow = replace(shell, access=AccessSettings(logins_per_minute=3))
    with client(serve(slow), address="10.1.2.3") as door:
        answers = [log_in(door, f"guess{n}", "Wrong-on-the-7-hills").status_code for n in range(4)]
        assert answers == [403] * 3 + [429]
        assert log_in(door).status_code == 429
        time.ms += 60_000
        assert log_in(door).status_code == 303


def test_a_disabled_account_does_not_log_in(shell: Shell, door: TestClient) -> None:
    account_id = add_account(shell, "wu", Role.OPERATOR)
    off = Rights(Role.OPERATOR, "020", None, disabled=True)
    shell.store.write(lambda conn: change_account(conn, account_id, off, shell.real_ms())).result(30)
    assert log_in(door).status_code == 403


def test_each_login_has_a_token_of_its_own(shell: Shell, door: TestClient) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    tokens = set()
    for _ in range(3):
        log_in(door)
        tokens.add(door.cookies[COOKIE])
    assert len(tokens) == 3
    assert all(len(token) >= 43 for token in tokens)


def test_logout_ends_the_session_and_its_socket(shell: Shell, door: TestClient) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    token = door.cookies[COOKIE]
    with door.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        assert door.post("/logout").headers["location"] == "/login"
        assert ended(socket) == 4401
    door.cookies.set(COOKIE, token)  # as if somebody had kept it
    assert door.get("/api/me").status_code == 401
    assert audit(shell, "logout") == [("person", "done", "10.1.2.3")]


def ended(socket: Any) -> int:
    """The code a socket closes with; notices before it do not matter."""
    for _ in range(_MOST_NOTICES):
        try:
            socket.receive_json()
        except WebSocketDisconnect as closed:
            return closed.code
    raise AssertionError("the socket was never closed")


def test_a_login_ends_without_use(shell: Shell, door: TestClient, time: ManualTime) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    time.ms += IDLE_MS - 1
    assert door.get("/api/me").status_code == 200
    time.ms += 2
    time.ms += round(REMEMBERED_S * 1000)
    assert door.get("/api/me").status_code == 401


def test_use_keeps_a_login_and_a_screen_that_updates_itself_is_no_use(
    shell: Shell, door: TestClient, time: ManualTime
) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    time.ms += IDLE_MS - 1000
    assert door.post("/api/here").status_code == 204
    time.ms += IDLE_MS - 1000
    for address in ("/api/versions", "/api/me", "/api/panels/main-number?screen=medium&cockpit=city"):
        assert door.get(address).status_code == 200
    time.ms += 2000
    assert door.get("/api/me").status_code == 401


def test_what_ended_a_month_ago_is_forgotten_with_the_next_login(
    shell: Shell, door: TestClient, time: ManualTime
) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    wall = add_wall(shell)
    log_in(door)
    time.ms += 31 * 86_400_000
    log_in(door)
    with shell.store.read() as conn:
        kept = set(conn.scalars(select(schema.session.c.token_hash)))
    assert kept == {hash_secret(wall), hash_secret(door.cookies[COOKIE])}


def test_opening_a_page_is_use(shell: Shell, door: TestClient, time: ManualTime) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    for _ in range(3):
        time.ms += IDLE_MS - 1000
        assert door.get("/medium/city/020").status_code == 200


def test_a_login_ends_in_any_case(shell: Shell, door: TestClient, time: ManualTime) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    for _ in range(LONGEST_MS // 1_500_000):
        time.ms += 1_500_000
        assert door.post("/api/here").status_code == 204
    time.ms += LONGEST_MS - LONGEST_MS // 1_500_000 * 1_500_000
    assert door.get("/api/me").status_code == 401


def test_an_idle_sessions_socket_is_ended(shell: Shell, door: TestClient, time: ManualTime) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    with door.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        time.ms += IDLE_MS + 1
        assert ended(socket) == 4401


def test_one_changes_ones_password_and_logs_in_anew(shell: Shell, door: TestClient) -> None:
    add_account(shell, "wu", Role.OPERATOR)
    log_in(door)
    new = "Seven-Hills-in-rain-8"
    form = {"password": PASSWORD, "password_new": new, "password_again": new}
    assert door.post("/account", data={**form, "password": "Wrong-on-the-7-hills"}).status_code == 403
    assert door.post("/account", data={**form, "password_again": "other"}).status_code == 422
    assert door.post("/account", data={**form, "password_new": "short", "password_again": "short"}).status_code == 422
    assert door.post("/account", data=form).headers["location"] == "/login"
    assert door.get("/api/me").status_code == 401
    assert log_in(door).status_code == 403
    assert log_in(door, password=new).status_code == 303


def test_the_first_account_is_made_at_the_machine(shell: Shell, browser: TestClient) -> None:
    page = browser.get("/first")
    assert page.status_code == 200
    form = {"name": "root", "password": PASSWORD, "password_again": PASSWORD}
    for wrong in ({"password": "short"}, {"password_again": "other"}, {"name": ""}, {"name": "x" * 65}):
        assert browser.post("/first", data={**form, **wrong}).status_code == 422
    with browser.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        assert browser.post("/first", data=form).headers["location"] == "/login"
        assert ended(socket) == 4401  # the local administrator is no more
    assert browser.get("/first").status_code == 303
    assert log_in(browser, "root").status_code == 303
    assert browser.get("/api/me").json()["role"] == "administrator"
    assert browser.post("/first", data={**form, "name": "second"}).status_code == 409
    assert ("root", "done", "127.0.0.1") in audit(shell, "account.first")


def test_there_is_no_account_to_begin_with(shell: Shell) -> None:
    with shell.store.read() as conn:
        assert conn.execute(select(schema.account)).all() == []


def waits_for(admin: TestClient, label: str) -> bool:
    page = admin.get("/admin/walls").text
    return re.search(rf"<tr><td>{label}</td>.*待接入", page) is not None


def test_a_wall_is_paired_by_the_code_it_shows(shell: Shell, server: FastAPI, door: TestClient) -> None:
    admin = add_session(shell, add_account(shell, "root", Role.ADMINISTRATOR))
    shown = door.get("/pair?next=/large/city/020")
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    found = re.search(r'class="pair-code">([A-Z2-9]{4})\u00a0([A-Z2-9]{4})<', shown.text)
    assert found is not None
    code = found[1] + found[2]
    assert code[:4] in door.get("/pair?next=/large/city/020").text  # the same one again
    with_portal = client(server, admin)
    with_portal.portal = door.portal
    form = {"code": f"{code[:4].lower()}-{code[4:]}", "area": "02001", "label": "duty hall"}
    assert with_portal.post("/admin/walls", data={**form, "code": "ABCD2345"}).status_code == 422
    assert with_portal.post("/admin/walls", data=form).status_code == 303
    assert waits_for(with_portal, "duty hall")  # until the wall has fetched its session
    entered = door.get("/pair?next=/large/city/020")
    assert (entered.status_code, entered.headers["location"]) == (303, "/large/city/020")
    me = door.get("/api/me").json()
    assert (me["kind"], me["role"], me["above"]) == ("wall", "wall", ["020"])
    assert "duty hall" in with_portal.get("/admin/walls").text
    assert not waits_for(with_portal, "duty hall")
    assert audit(shell, "wall.pair") == [("duty hall", "failed", "127.0.0.1"), ("duty hall", "done", "127.0.0.1")]


def test_a_revoked_wall_is_out_within_a_second_and_on_its_open_socket(
    shell: Shell, server: FastAPI, door: TestClient, time: ManualTime
) -> None:
    door.cookies.set(COOKIE, add_wall(shell))
    time.ms += 400 * 86_400_000  # a wall is not logged out by time
    admin = client(server, add_session(shell, add_account(shell, "root", Role.ADMINISTRATOR)))
    admin.portal = door.portal
    with door.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        page = admin.get("/admin/walls").text
        found = re.search(r'name="wall" value="([0-9a-f]{64})"', page)
        assert found is not None
        assert admin.post("/admin/walls/revoke", data={"wall": found[1]}).status_code == 303
        assert ended(socket) == 4401
    assert door.get("/api/me").status_code == 401
    assert admin.post("/admin/walls/revoke", data={"wall": found[1]}).status_code == 404


def test_a_wall_survives_a_restart_of_the_server(shell: Shell, server: FastAPI) -> None:
    token = add_wall(shell)
    with client(server, token) as wall:
        assert wall.get("/api/me").status_code == 200
    with client(serve(shell), token) as wall:
        page = wall.get("/large/city/020")
        assert page.status_code == 200
        assert f"{COOKIE}={token}" in page.headers["set-cookie"]  # for another 400 days
        assert "Max-Age=34560000" in page.headers["set-cookie"]


def test_a_revocation_in_another_process_is_heard(shell: Shell, door: TestClient) -> None:
    """The socket's end is found by looking at the store, not by being told."""
    token = add_wall(shell)
    door.cookies.set(COOKIE, token)
    with door.websocket_connect(SOCKET) as socket:
        socket.receive_json()
        shell.store.write(lambda conn: revoke_session(conn, hash_secret(token), shell.real_ms())).result(30)
        assert ended(socket) == 4401


def test_a_wall_does_nothing(shell: Shell, door: TestClient) -> None:
    door.cookies.set(COOKIE, add_wall(shell))
    body = {"target": "x", "version": 1, "note": ""}
    assert door.post("/api/actions/alert.acknowledge", json=body).status_code == 403
    assert door.get("/medium/city/020").status_code == 403
    assert door.get("/api/panels/main-number?screen=medium&cockpit=city").status_code == 403
