"""What the gate does before anything else runs: bodies, hosts, who counts as local, a database that is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from brain.model.scope import Role
from brain.store import schema
from brain.store.errors import StoreUnavailable
from dashboard.access.cookies import COOKIE
from dashboard.access.sessions import KEPT_S
from dashboard.web.shell import AccessSettings, Shell
from tests.dashboard.cockpit import FEED_TOKEN, ORIGIN, add_account, add_session, client, serve

LIMIT = AccessSettings().body_limit_bytes


def chunks(size: int) -> Iterator[bytes]:
    """A body without Content-Length."""
    while size > 0:
        yield b"x" * min(size, 65_536)
        size -= 65_536


def test_a_body_at_the_limit_passes_and_one_beyond_does_not(browser: TestClient) -> None:
    assert browser.post("/api/actions/alert.close", content=b"x" * LIMIT).status_code == 422
    answer = browser.post("/api/actions/alert.close", content=b"x" * (LIMIT + 1))
    assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})


def test_a_body_that_does_not_say_its_size_is_counted(browser: TestClient) -> None:
    assert browser.post("/api/actions/alert.close", content=chunks(LIMIT)).status_code == 422
    assert browser.post("/api/actions/alert.close", content=chunks(LIMIT + 1)).status_code == 413


def test_a_push_feed_has_its_own_limit(browser: TestClient) -> None:
    headers = {"Authorization": f"Bearer {FEED_TOKEN}"}
    assert browser.post("/in/letters", content=b"x" * 1000, headers=headers).status_code == 202
    assert browser.post("/in/letters", content=b"x" * 1001, headers=headers).status_code == 413
    assert browser.post("/in/letters", content=chunks(1001), headers=headers).status_code == 413


def test_a_wrong_token_is_refused_before_its_body_is_looked_at(browser: TestClient) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {FEED_TOKEN}"}):
        assert browser.post("/in/letters", content=b"x" * 2000, headers=header).status_code == 401


def test_what_is_wrong_at_an_inbox_is_told_with_what_to_do(browser: TestClient) -> None:
    answer = browser.post("/in/letters", content=b"x")
    assert answer.json()["error"] == "wrong_token"
    assert "feeds.<feed>.token" in answer.json()["detail"]
    assert FEED_TOKEN not in answer.text


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "+5"])
def test_a_content_length_that_is_no_number_is_malformed(server: FastAPI, length: str) -> None:
    with client(server) as browser:
        answer = browser.post("/api/here", headers={"Content-Length": length}, content=b"")
    assert answer.status_code == 400


def test_at_the_machine_without_accounts_one_is_its_administrator(browser: TestClient) -> None:
    assert browser.get("/api/me").json() == {"kind": "local", "name": "", "role": "administrator", "above": []}


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.1.2.3", {}),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}),
        ("127.0.0.1", {"X-Real-IP": "10.1.2.3"}),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}),
        ("127.0.0.1", {"Via": "1.1 hall"}),
        # a proxy that sends no word of itself, and our own name for Host: the page still says where it is
        ("127.0.0.1", {"Origin": "https://city.example"}),
        ("127.0.0.1", {"Referer": "https://city.example/large/"}),
        ("127.0.0.1", {"Referer": "http://["}),
    ],
)
def test_from_elsewhere_or_through_a_proxy_one_is_nobody(
    server: FastAPI, address: str, headers: dict[str, str]
) -> None:
    with client(server, address=address) as browser:
        assert browser.get("/api/me", headers=headers).status_code == 401


def test_a_link_from_elsewhere_does_not_make_one_a_stranger(browser: TestClient) -> None:
    followed = {"Referer": "http://wiki.example/cockpit", "Sec-Fetch-Site": "cross-site"}
    assert browser.get("/api/me", headers=followed).status_code == 200


def test_what_speaks_as_only_proxies_do_is_nobody(server: FastAPI) -> None:
    """nginx left as it is asks by HTTP/1.0 with our own address as Host, and tells nothing of whom it serves."""

    async def by_proxy(scope: Any, receive: Any, send: Any) -> None:
        await server(scope | {"http_version": "1.0"}, receive, send)

    browser = TestClient(by_proxy, base_url=ORIGIN, client=("127.0.0.1", 50000))
    assert browser.get("/api/me").status_code == 401


@pytest.mark.parametrize("host", ["city.example", "127.0.0.1.city.example", "0.0.0.0", "", "[", "a@b"])
def test_a_name_that_points_here_is_not_local(server: FastAPI, host: str) -> None:
    with client(server) as browser:
        assert browser.get("/api/me", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8050", "127.0.0.1:8050", "[::1]:8050"])
def test_the_machine_has_several_names(server: FastAPI, host: str) -> None:
    with client(server) as browser:
        assert browser.get("/api/me", headers={"Host": host}).status_code == 200


def test_with_the_first_account_the_local_administrator_is_gone(shell: Shell, browser: TestClient) -> None:
    assert browser.get("/api/me").status_code == 200
    add_account(shell, "root", Role.ADMINISTRATOR)
    assert browser.get("/api/me").status_code == 401
    assert browser.get("/admin/accounts").status_code == 303


def test_an_address_people_use_is_known(shell: Shell) -> None:
    add_account(shell, "root", Role.ADMINISTRATOR)
    access = AccessSettings(host="0.0.0.0", origins=("https://city.example",))
    token = add_session(shell, add_account(shell, "wu", Role.OPERATOR))
    with client(serve(replace(shell, access=access)), token, "10.1.2.3") as browser:
        assert browser.get("/api/me", headers={"Host": "city.example"}).status_code == 200
        assert browser.get("/api/me", headers={"Host": "other.example"}).status_code == 421
        origin = {"Host": "city.example", "Origin": "https://city.example"}
        assert browser.post("/api/here", headers=origin).status_code == 204
        assert browser.post("/api/here", headers={**origin, "Origin": ORIGIN}).status_code == 403


def test_a_strange_path_reaches_the_login_page_whole_and_in_its_language(shell: Shell, server: FastAPI) -> None:
    add_account(shell, "root", Role.ADMINISTRATOR)
    with client(server) as browser:
        answer = browser.get("/medium/city/020?page=main&lang=en")
        assert answer.headers["location"] == "/login?next=%2Fmedium%2Fcity%2F020%3Fpage%3Dmain%26lang%3Den&lang=en"
        assert browser.get("/large/city/020").headers["location"] == "/pair?next=%2Flarge%2Fcity%2F020"


@pytest.mark.parametrize(
    "cookie", ["", "=", ";;;", "city_session", "city_session=", "\x7f", 'city_session="', "a" * 5000]
)
def test_a_cookie_that_is_none_is_nobodys(shell: Shell, server: FastAPI, cookie: str) -> None:
    add_account(shell, "root", Role.ADMINISTRATOR)
    with client(server) as browser:
        assert browser.get("/api/me", headers={"Cookie": cookie}).status_code == 401


def test_refusals_are_written_down_and_a_flood_of_them_is_not(shell: Shell, server: FastAPI) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.LEADER))
    with client(server, token, "10.1.2.3") as browser:
        for _ in range(100):
            assert browser.get("/admin/audit").status_code == 403
        shell.store.write(lambda conn: None).result(30)
    with shell.store.read() as conn:
        rows = conn.execute(select(schema.audit).where(schema.audit.c.action == "refused.role")).all()
    assert len(rows) == 30
    first = rows[0]
    assert (first.actor, first.target, first.result, first.address) == (
        "wu",
        "GET /admin/audit",
        "forbidden",
        "10.1.2.3",
    )


class Away:
    """A store whose database is away."""

    def __init__(self, shell: Shell) -> None:
        self._store = shell.store
        self.away = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def read(self) -> Iterator[Any]:
        if self.away:
            raise StoreUnavailable("the database does not answer")
        with self._store.read() as conn:
            yield conn


def test_while_the_database_is_away_nobody_is_let_in_and_nothing_breaks(shell: Shell) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.LEADER))
    store: Any = Away(shell)
    with client(serve(replace(shell, store=store))) as browser:
        store.away = True
        browser.cookies.set(COOKIE, token)
        answer = browser.get("/api/me")
        assert (answer.status_code, answer.json()) == (503, {"error": "store_unavailable"})
        assert answer.headers["retry-after"]
        page = browser.get("/large/", headers={"accept": "text/html", "accept-language": "zh"})
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert '<meta http-equiv="refresh" content="10">' in page.text  # a wall comes back by itself
        assert browser.get("/healthz").status_code == 200
        assert browser.get("/assets/bus.js").status_code == 200


def test_who_was_let_in_stays_for_a_while_when_the_database_goes_away(shell: Shell) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.LEADER))
    store: Any = Away(shell)
    now_s = [1000.0]
    with client(serve(replace(shell, store=store, monotonic_s=lambda: now_s[0]))) as browser:
        browser.cookies.set(COOKIE, token)
        assert browser.get("/api/me").status_code == 200
        store.away = True
        now_s[0] += KEPT_S - 1
        assert browser.get("/api/me").json()["name"] == "wu"
        now_s[0] += 1
        assert browser.get("/api/me").status_code == 503


def test_the_local_administrator_stays_for_a_while_when_the_database_goes_away(shell: Shell) -> None:
    store: Any = Away(shell)
    now_s = [1000.0]
    with client(serve(replace(shell, store=store, monotonic_s=lambda: now_s[0]))) as browser:
        assert browser.get("/api/me").status_code == 200
        store.away = True
        now_s[0] += KEPT_S - 1
        assert browser.get("/api/me").status_code == 200
        now_s[0] += 1
        assert browser.get("/api/me").status_code == 503
