"""Whatever is sent, the answer is at worst a refusal: no 500, no traceback."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from brain.model.scope import Role
from brain.store.engine import open_store
from dashboard.access.policy import POLICY, SOCKET
from dashboard.web.shell import AccessSettings
from tests.dashboard.cockpit import FEED_TOKEN, add_account, add_session, client, make_assets, make_shell, serve

POSTS = sorted({rule.path for rule in POLICY if "POST" in rule.methods} - {"/logout"})
GETS = sorted({rule.path for rule in POLICY if "GET" in rule.methods})
TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "")
FIELDS = ("name", "password", "password_new", "password_again", "role", "area", "unit", "code", "label", "wall", "next")

anything = st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
forms = st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(codec="utf-8"), max_size=40), max_size=6)
path_parts = st.text(st.characters(codec="utf-8", exclude_characters="?#"), min_size=1, max_size=30)
queries = st.dictionaries(
    st.sampled_from(("area", "v", "screen", "cockpit", "lang", "theme", "page", "alert_id", "next", "before", "feed")),
    st.text(st.characters(codec="utf-8"), max_size=60),
    max_size=5,
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    (folder / "city.db").write_bytes(sqlite_template)
    with open_store(f"sqlite:///{folder / 'city.db'}") as store:
        shell = make_shell(store, make_assets(folder / "assets"), access=AccessSettings(logins_per_minute=2))
        token = add_session(shell, add_account(shell, "root", Role.ADMINISTRATOR))
        with client(serve(shell), token) as living:
            yield living


def fill(route: str, part: str) -> str:
    """The route with a part of an address in its holes."""
    head, _, rest = route.partition("{")
    return route if not rest else head + quote(part, safe="/") + rest.partition("}")[2]


quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("route", POSTS)
@quick
@given(body=anything, kind=st.sampled_from(TYPES), part=path_parts)
def test_any_body(browser: TestClient, route: str, body: bytes, kind: str, part: str) -> None:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {FEED_TOKEN}"}
    status = browser.post(fill(route, part), content=body, headers=headers).status_code
    assert status < 500, (route, status)
    if route in ("/api/actions/{verb}", "/admin/accounts", "/admin/walls", "/account", "/first"):
        assert 400 <= status < 500, (route, status)


@pytest.mark.parametrize("route", [route for route in POSTS if not route.startswith("/api/") and route != "/in/{feed}"])
@quick
@given(fields=forms)
def test_any_form(browser: TestClient, route: str, fields: dict[str, str]) -> None:
    assert browser.post(fill(route, "x"), data=fields).status_code < 500


@pytest.mark.parametrize("route", GETS)
@quick
@given(part=path_parts, query=queries)
def test_any_address(browser: TestClient, route: str, part: str, query: dict[str, str]) -> None:
    assert browser.get(fill(route, part), params=query).status_code < 500


def test_methods_nobody_offers(browser: TestClient) -> None:
    for rule in POLICY:
        if SOCKET not in rule.methods:
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
                assert 400 <= browser.request(method, fill(rule.path, "x")).status_code < 500, (method, rule.path)
