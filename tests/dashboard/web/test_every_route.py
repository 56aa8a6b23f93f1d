"""Walks every route and socket of the running app as everybody: each role, nobody, an expired and a revoked session.

What each may is written down here once more, apart from the policy it checks: a new route fails until it is listed.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from brain.model.scope import Role
from brain.store.engine import open_store
from brain.store.sessions import hash_secret, revoke_session
from dashboard.access.policy import POLICY, SOCKET
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import (
    FEED_TOKEN,
    ManualTime,
    add_account,
    add_everybody,
    add_session,
    client,
    make_assets,
    make_shell,
    serve,
)
from tests.dashboard.cockpit import SOCKET as SOCKET_ADDRESS

ADMINISTRATOR, OPERATOR, LEADER, UNIT, WALL = "administrator", "operator", "leader", "unit", "wall"
PEOPLE = {ADMINISTRATOR, OPERATOR, LEADER, UNIT}
EVERYBODY = PEOPLE | {WALL}
STRANGERS = ("nobody", "expired", "revoked", "invented")
ANYBODY = EVERYBODY | set(STRANGERS)

# (method, route) -> (an address of it, who gets through the gate, how strangers are turned away)
ROUTES: dict[tuple[str, str], tuple[str, set[str], int]] = {
    ("GET", "/healthz"): ("/healthz", ANYBODY, 0),
    ("GET", "/assets/{path:path}"): ("/assets/bus.js", ANYBODY, 0),
    ("GET", "/"): ("/", EVERYBODY, 303),
    ("GET", "/api/pages/{path:path}"): ("/api/pages/large/city", EVERYBODY, 401),
    ("GET", "/api/panels/{placed_id}"): ("/api/panels/main-number?screen=large&cockpit=city", EVERYBODY, 401),
    ("GET", "/api/panels/{placed_id}/rows.csv"): (
        "/api/panels/main-number/rows.csv?screen=medium&cockpit=city",
        PEOPLE,
        401,
    ),
    ("GET", "/api/versions"): ("/api/versions", EVERYBODY, 401),
    ("GET", "/api/red"): ("/api/red", EVERYBODY, 401),
    ("GET", "/api/me"): ("/api/me", EVERYBODY, 401),
    ("POST", "/api/here"): ("/api/here", EVERYBODY, 401),
    ("POST", "/api/actions/{verb}"): ("/api/actions/alert.acknowledge", PEOPLE, 401),
    ("GET", "/api/{path:path}"): ("/api/nothing/here", EVERYBODY, 401),
    ("POST", "/in/{feed}"): ("/in/letters", {"feed"}, 401),
    ("GET", "/login"): ("/login", ANYBODY, 0),
    ("POST", "/login"): ("/login", ANYBODY, 0),
    ("POST", "/logout"): ("/logout", ANYBODY, 0),
    ("GET", "/pair"): ("/pair", ANYBODY, 0),
    ("GET", "/first"): ("/first", {ADMINISTRATOR}, 303),
    ("POST", "/first"): ("/first", {ADMINISTRATOR}, 303),
    ("GET", "/account"): ("/account", PEOPLE, 303),
    ("POST", "/account"): ("/account", PEOPLE, 303),
    ("GET", "/admin/accounts"): ("/admin/accounts", {ADMINISTRATOR}, 303),
    ("POST", "/admin/accounts"): ("/admin/accounts", {ADMINISTRATOR}, 303),
    ("POST", "/admin/accounts/{account_id}"): ("/admin/accounts/nobody", {ADMINISTRATOR}, 303),
    ("GET", "/admin/walls"): ("/admin/walls", {ADMINISTRATOR}, 303),
    ("POST", "/admin/walls"): ("/admin/walls", {ADMINISTRATOR}, 303),
    ("POST", "/admin/walls/revoke"): ("/admin/walls/revoke", {ADMINISTRATOR}, 303),
    ("GET", "/admin/audit"): ("/admin/audit", {ADMINISTRATOR}, 303),
    ("GET", "/admin/deadletters"): ("/admin/deadletters", {ADMINISTRATOR, OPERATOR}, 303),
    ("GET", "/admin/devices"): ("/admin/devices", {ADMINISTRATOR}, 303),
    ("POST", "/admin/devices"): ("/admin/devices", {ADMINISTRATOR}, 303),
    ("GET", "/admin/devices/export"): ("/admin/devices/export", {ADMINISTRATOR}, 303),
    ("GET", "/admin/waiting"): ("/admin/waiting", {ADMINISTRATOR, OPERATOR}, 303),
    ("POST", "/admin/waiting"): ("/admin/waiting", {ADMINISTRATOR}, 303),
    ("GET", "/medium/devices"): ("/medium/devices", PEOPLE, 303),
    ("GET", "/medium/devices/{device_id}/register"): ("/medium/devices/nobody/register", PEOPLE, 303),
    ("POST", "/medium/devices/{device_id}"): ("/medium/devices/nobody", {ADMINISTRATOR}, 303),
    ("POST", "/medium/devices/{device_id}/state"): ("/medium/devices/nobody/state", {ADMINISTRATOR, OPERATOR}, 303),
    (SOCKET, "/push/ws"): ("/push/ws", EVERYBODY, 403),
}
for _screen, _who in (("large", EVERYBODY), ("medium", PEOPLE), ("small", PEOPLE)):
    ROUTES |= {
        ("GET", f"/{_screen}/_dash-component-suites/{{package}}/{{path:path}}"): (
            f"/{_screen}/_dash-component-suites/dash/nothing.js",
            ANYBODY,
            0,
        ),
        ("GET", f"/{_screen}/_dash-layout"): (f"/{_screen}/_dash-layout", EVERYBODY, 401),
        ("GET", f"/{_screen}/_dash-dependencies"): (f"/{_screen}/_dash-dependencies", EVERYBODY, 401),
        ("GET", f"/{_screen}"): (f"/{_screen}", _who, 303),
        ("GET", f"/{_screen}/{{path:path}}"): (f"/{_screen}/city", _who, 303),
    }


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, as the app itself has them; fails for a kind of route it does not know."""

    def walk(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
        for route in routes:
            if isinstance(route, Route):  # APIRoute is one; the policy treats HEAD as GET
                yield from ((method, route.path) for method in route.methods or () if method != "HEAD")
            elif isinstance(route, APIWebSocketRoute):
                yield SOCKET, route.path
            else:
                included = getattr(route, "original_router", None)
                assert included is not None, f"a route of an unknown kind: {route!r}"
                yield from walk(included.routes)

    yield from walk(app.routes)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("cockpit")
    (folder / "city.db").write_bytes(sqlite_template)
    with open_store(f"sqlite:///{folder / 'city.db'}") as store:
        yield make_shell(store, make_assets(folder / "assets"))


@pytest.fixture(scope="module")
def browsers(shell: Shell) -> Iterator[dict[str, TestClient]]:
    """A browser of each visitor, all of the same running server. No test here changes what they may."""
    time = ManualTime()
    shell = replace(shell, real_ms=time.real_ms, monotonic_s=time.monotonic_s)
    expired = add_session(shell, add_account(shell, "expired", Role.ADMINISTRATOR))
    time.ms += round(shell.access.session_longest_s * 1000) + 1
    revoked = add_session(shell, add_account(shell, "revoked", Role.ADMINISTRATOR))
    shell.store.write(lambda conn: revoke_session(conn, hash_secret(revoked), time.ms)).result(30)
    tokens = {**add_everybody(shell), "nobody": "", "expired": expired, "revoked": revoked, "invented": "x" * 43}
    server = serve(shell)
    with client(server) as living:
        # One loop for all: the others are the same browser with another cookie.
        yield {name: _as(living, server, token) for name, token in tokens.items()}


def _as(living: TestClient, server: FastAPI, token: str) -> TestClient:
    browser = client(server, token)
    browser.portal = living.portal
    return browser


def test_every_route_is_listed_here_and_in_the_policy(shell: Shell) -> None:
    found = sorted(set(routes_of(serve(shell))))
    assert found == sorted(ROUTES)
    assert found == sorted({(method, rule.path) for rule in POLICY for method in rule.methods})


@pytest.mark.parametrize("visitor", [*sorted(EVERYBODY), *STRANGERS])
def test_each_visitor_passes_where_it_may_and_nowhere_else(browsers: dict[str, TestClient], visitor: str) -> None:
    browser = browsers[visitor]
    for (method, route), (address, allowed, turned_away) in ROUTES.items():
        if method == SOCKET or route == "/logout":
            continue
        status = browser.request(method, address).status_code
        where = f"{visitor} {method} {route}: {status}"
        assert status < 500, where
        if visitor in STRANGERS and visitor not in allowed:
            assert status == turned_away, where
        elif visitor in allowed:
            assert status not in (401, 403), where
        elif route == "/in/{feed}":
            assert status == 401, where
        else:
            assert status == 403, where


@pytest.mark.parametrize("visitor", [*sorted(EVERYBODY), *STRANGERS])
def test_sockets_open_for_those_who_are_logged_in(browsers: dict[str, TestClient], visitor: str) -> None:
    browser = browsers[visitor]
    if visitor in EVERYBODY:
        with browser.websocket_connect(SOCKET_ADDRESS) as socket:
            assert socket.receive_json()["versions"].keys() >= {"alerts", "tickets"}
    else:
        with pytest.raises(WebSocketDisconnect) as refused, browser.websocket_connect(SOCKET_ADDRESS):
            pass
        assert refused.value.code == 4401


@pytest.mark.parametrize("path", ["/_dash-ws-callback", "/large/_dash-ws-callback", "/push/other", "/"])
def test_there_is_no_other_socket(browsers: dict[str, TestClient], path: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        browsers[ADMINISTRATOR].websocket_connect(f"ws://127.0.0.1{path}"),
    ):
        pass
    assert refused.value.code == 4403


def test_a_foreign_page_opens_no_socket(browsers: dict[str, TestClient]) -> None:
    for origin in ("http://elsewhere.example", "http://127.0.0.1:9", "null", ""):
        opened = browsers[ADMINISTRATOR].websocket_connect(SOCKET_ADDRESS, headers={"Origin": origin})
        with pytest.raises(WebSocketDisconnect) as refused, opened:
            pass
        assert refused.value.code == 4403


def test_a_foreign_page_changes_nothing(browsers: dict[str, TestClient]) -> None:
    for (method, route), (address, _, _) in ROUTES.items():
        if method == "POST" and route != "/in/{feed}":
            for origin in ("http://elsewhere.example", "null", "http://127.0.0.1.elsewhere.example"):
                answer = browsers[ADMINISTRATOR].post(address, headers={"Origin": origin})
                assert (answer.status_code, answer.json()) == (403, {"error": "foreign_origin"}), route


def test_another_name_for_us_is_not_us(browsers: dict[str, TestClient]) -> None:
    answer = browsers[ADMINISTRATOR].get("/api/me", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 421


def test_what_is_not_there_is_not_found(browsers: dict[str, TestClient]) -> None:
    for address in (
        "/nothing",
        "/docs",
        "/openapi.json",
        "/redoc",
        "/_dash-layout",
        "/mcp",
        "/large/_dash-update-component",
    ):
        assert browsers[ADMINISTRATOR].get(address).status_code == 404, address
        assert browsers["nobody"].get(address).status_code in (303, 401), address
    assert browsers[ADMINISTRATOR].post("/large/_dash-update-component", json={}).status_code == 404


def test_the_token_of_a_feed_opens_its_inbox_only(browsers: dict[str, TestClient]) -> None:
    with_token = {"Authorization": f"Bearer {FEED_TOKEN}"}
    assert browsers["nobody"].post("/in/letters", content=b"x", headers=with_token).status_code == 202
    assert browsers["nobody"].post("/in/other", content=b"x", headers=with_token).status_code == 401
    assert browsers["nobody"].get("/api/me", headers=with_token).status_code == 401


def test_every_answer_wears_the_security_headers(browsers: dict[str, TestClient]) -> None:
    for visitor in (ADMINISTRATOR, "nobody"):
        for (method, route), (address, _, _) in ROUTES.items():
            if method != SOCKET:
                headers = browsers[visitor].request(method, address).headers
                policy = headers["content-security-policy"]
                assert "default-src 'none'" in policy, route
                assert "unsafe-eval" not in policy, route
                assert "script-src 'self' 'sha256-" in policy, route
                assert headers["x-content-type-options"] == "nosniff", route
                assert headers["cache-control"], route
