"""A whole cockpit on a small city and a real store, with panels made for tests, and visitors of every kind."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from dash import html
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.feed import Received
from brain.model.alert import Level
from brain.model.query.alerts import OpenAlertIds
from brain.model.query.answer import Answer, Query
from brain.model.scope import Forbidden, Role, Scope
from brain.store.engine import Store
from brain.store.people import Rights, create_account, hash_password
from brain.store.sessions import (
    WALL,
    Lifetimes,
    approve_pairing,
    finish_pairing,
    hash_secret,
    open_session,
    start_pairing,
)
from brain.store.version import bump
from dashboard.access.cookies import COOKIE
from dashboard.access.push_key import PushKey
from dashboard.panel import CityFacts, Column, Kind, Panel, Screen, Table, View
from dashboard.texts import Texts, load_texts
from dashboard.web.factory import create_server
from dashboard.web.shell import AccessSettings, Cockpit, Inbox, Page, Placement, Shell
from tests.small_city import CITY, TOWNS, small_city

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://127.0.0.1"
SOCKET = "ws://127.0.0.1/push/ws"
PASSWORD = "Rain-on-the-7-hills"
FEED_TOKEN = "a-token-of-the-push-feed"
NOW_MS = 1_626_243_968_000  # 2021-07-14 14:26:08 in the small city


@dataclass
class ManualClock:
    """City time that stands still until a test moves it."""

    now: int = NOW_MS
    replay: bool = False
    speed: float = 1.0

    def now_ms(self) -> int:
        return self.now


@dataclass
class ManualTime:
    """Real time in ms and a monotonic clock in s, moved by tests."""

    ms: int = 1_800_000_000_000

    def real_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000


@dataclass(frozen=True, slots=True)
class Tell(Query):
    """Answered by `Told` with the number it holds for the area."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets",)


@dataclass
class Told:
    """Answers `Tell` queries: with a number per area, or whatever `instead` raises or returns. Counts its calls.

    `red`: how many red alerts are open."""

    numbers: dict[str, int] = field(default_factory=dict)
    instead: Callable[[Scope, str], Answer[Any]] | None = None
    calls: list[tuple[Scope, str]] = field(default_factory=list)
    red: int = 0

    def answer(self, query: Query, scope: Scope, area_id: str) -> Answer[Any]:
        self.calls.append((scope, area_id))
        if not small_city().tree.contains(scope.area_id, area_id):
            raise Forbidden(area_id)
        if isinstance(query, OpenAlertIds) and query.level is Level.RED:
            return Answer(tuple(f"red-{n + 1}" for n in range(self.red)), None)
        if self.instead is not None:
            return self.instead(scope, area_id)
        return Answer(self.numbers.get(area_id, 0), NOW_MS)


def number(view: View) -> html.P:
    return html.P(f"{view.value('n')} in {view.area.name}", className="figure")


def rows(view: View) -> Table:
    days = int(view.options["days"])
    return Table((Column("日"), Column("数", kind=Kind.NUMBER)), tuple((str(i), view.value("n")) for i in range(days)))


LISTED = Panel(build=number, needs={"n": Tell()}, rows=rows, options={"days": 14, "compare": "week"}, filters=("days",))

PANELS = MappingProxyType(
    {
        "number": Panel(build=number, needs={"n": Tell()}),
        "situation": Panel(build=number, needs={"n": Tell()}, bare=True),
        "alert_list": Panel(build=number, needs={"n": Tell()}),
        "late_tickets": Panel(build=number, needs={"n": Tell()}),
        "alert_detail": Panel(build=number, needs=lambda options, params: {"n": Tell()}),
    }
)
PANEL_NAMES = (*PANELS, "list", "button", "timed", "town_map", "red_stage")
PANEL_TEXTS = {f"{name}.{what}": f"{name} {what}" for name in PANEL_NAMES for what in ("title", "sub", "unit", "empty")}


@cache  # reading the catalogues takes longer than all the rest of a cockpit
def texts() -> Texts:
    real = load_texts(ROOT / "dashboard" / "text")
    return Texts({lang: {**catalogue, **PANEL_TEXTS} for lang, catalogue in real.by_language.items()})


def cockpit() -> Cockpit:
    page = Page("main", "总览", "Overview", (Placement("number", "left", "row1"), Placement("number", "right", "row1")))
    return Cockpit("city", "城市运行", "City operations", dict.fromkeys(Screen, (page,)))


def make_shell(store: Store, assets: Path, **changes: Any) -> Shell:
    facts = small_city()
    time = ManualTime()
    shell = Shell(
        store=store,
        answers=Told(),
        facts=facts,
        city=CityFacts("small", "澄州市", "Chengzhou", facts.tz, facts.tree, {}),
        clock=ManualClock(),
        panels=PANELS,
        cockpits={"city": cockpit()},
        texts=texts(),
        assets=assets,
        access=AccessSettings(),
        inboxes={"letters": Inbox(accept_all, PushKey(FEED_TOKEN, body_limit_bytes=1000))},
        real_ms=time.real_ms,
        monotonic_s=time.monotonic_s,
    )
    return replace(shell, **changes)


def accept_all(headers: Mapping[str, str], body: bytes) -> "Future[Received]":
    stored: Future[Received] = Future()
    stored.set_result(Received(1))
    return stored


def make_assets(folder: Path) -> Path:
    """A folder of public files, small, with the names the pages ask for."""
    app = ("icon.svg", "apple-touch-icon.png", "small.zh.webmanifest", "small.en.webmanifest")
    others = ("css/tokens.css", "vendor/bootstrap.min.css", "vendor/0_plotly.min.js", "bus.js", "bus/state.js")
    for name in (*others, *(f"app/{name}" for name in app)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"/* {name} */\n" + "/* to be packed */\n" * 100)
    return folder


def client(server: FastAPI, token: str = "", address: str = "127.0.0.1") -> TestClient:
    """A browser at `address` with a session, or without. Enter it as a context to run the server's own tasks."""
    browser = TestClient(server, base_url=ORIGIN, client=(address, 50000), follow_redirects=False)
    browser.headers["Origin"] = ORIGIN
    if token:
        browser.cookies.set(COOKIE, token)
    return browser


# --- visitors ----------------------------------------------------------------------------------------------------
HASHED = hash_password(PASSWORD)


def add_account(shell: Shell, name: str, role: Role, area_id: str = CITY, unit: str | None = None) -> str:
    """An account with PASSWORD; its id."""
    now_ms = shell.real_ms()
    made = shell.store.write(lambda conn: create_account(conn, name, HASHED, Rights(role, area_id, unit), now_ms))
    return made.result(30).id


def add_session(shell: Shell, account_id: str) -> str:
    """A session of the account; its token."""
    token = f"token-of-{account_id}-{shell.real_ms()}"
    life = Lifetimes(round(shell.access.session_idle_s * 1000), round(shell.access.session_longest_s * 1000))
    now_ms = shell.real_ms()
    shell.store.write(lambda conn: open_session(conn, hash_secret(token), account_id, now_ms, life)).result(30)
    return token


def add_wall(shell: Shell, area_id: str = CITY, label: str = "wall-one") -> str:
    """A paired wall; its token."""
    now_ms, secret, token = shell.real_ms(), f"secret-of-{label}", f"token-of-{label}"

    def pair(conn: Any) -> None:
        start_pairing(conn, label.upper(), hash_secret(secret), now_ms)
        approve_pairing(conn, label.upper(), "admin", area_id, label, now_ms)
        assert finish_pairing(conn, hash_secret(secret), hash_secret(token), now_ms) is not None

    shell.store.write(pair).result(30)
    return token


def add_everybody(shell: Shell) -> dict[str, str]:
    """A session of each role: tokens by role name. Leader and unit staff are of one town."""
    tokens = {
        role.value: add_session(shell, add_account(shell, role.value, role))
        for role in (Role.ADMINISTRATOR, Role.OPERATOR, Role.LEADER)
    }
    tokens["unit"] = add_session(shell, add_account(shell, "unit", Role.UNIT, TOWNS[0], "water"))
    return {**tokens, WALL: add_wall(shell)}


def change(shell: Shell, name: str, area_id: str = CITY) -> None:
    """Something of an input changed in an area."""
    shell.store.write(lambda conn: bump(conn, shell.facts.tree, [(name, area_id)])).result(30)


def serve(shell: Shell) -> FastAPI:
    return create_server(shell)
