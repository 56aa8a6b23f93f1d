"""/push/ws: who is told what, and when it ends."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from brain.model.scope import Role, Scope
from dashboard.access.visitor import Kind, Visitor
from dashboard.push.hub import Hub
from dashboard.push.socket import NOT_UNDERSTOOD, OUTSIDE_SCOPE, SESSION_OVER, Pusher
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import SOCKET, add_account, add_session, change, client
from tests.small_city import CITY, TOWNS, small_tree

TREE = small_tree()
NEVER_S = 3600.0


class Line:
    """The browser's end of a socket that is served without a server."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.come: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()

    async def heard(self) -> dict[str, Any]:
        """The next notice; {"code": ...} when the server closed."""
        async with asyncio.timeout(20):
            message = await self.sent.get()
        if message["type"] == "websocket.close":
            return {"code": message["code"]}
        told: dict[str, Any] = orjson.loads(message["text"])
        return told

    def say(self, text: str | bytes) -> None:
        self.come.put_nowait({"type": "websocket.receive", "text" if isinstance(text, str) else "bytes": text})

    def leave(self) -> None:
        self.come.put_nowait({"type": "websocket.disconnect", "code": 1001})


@asynccontextmanager
async def served(
    hub: Hub, over: asyncio.Event, area_id: str = CITY, interval_s: float = 0.0, heartbeat_s: float = NEVER_S
) -> AsyncIterator[Line]:
    line = Line()
    scope = {"type": "websocket", "query_string": b"", "headers": [], "path": "/push/ws"}
    await line.come.put({"type": "websocket.connect"})
    socket = WebSocket(scope, line.come.get, line.sent.put)
    visitor = Visitor(Scope("wu", Role.OPERATOR, area_id), Kind.PERSON, "hash", "10.1.2.3")

    def notice(area: str, versions: dict[str, int]) -> dict[str, Any]:
        return {"area": area, "versions": versions}

    pusher = Pusher(hub, TREE, notice, interval_s, heartbeat_s)
    serving = asyncio.create_task(pusher.serve(socket, visitor, over))
    assert (await line.sent.get())["type"] == "websocket.accept"
    try:
        yield line
    finally:
        line.leave()
        async with asyncio.timeout(20):
            await serving
        assert hub.viewers == 0


def make_hub() -> Hub:
    return Hub(None, TREE)  # type: ignore[arg-type]


def test_a_viewer_is_told_all_counters_and_then_those_that_change() -> None:
    async def run() -> None:
        hub = make_hub()
        hub.take_over({("tickets", CITY): 3})
        async with served(hub, asyncio.Event()) as line:
            assert (await line.heard())["versions"]["tickets"] == 3
            hub.take_over({("readings", CITY): 8})
            assert await line.heard() == {"area": CITY, "versions": {"readings": 8}}

    asyncio.run(run())


def test_changes_within_the_interval_come_as_one() -> None:
    async def run() -> None:
        hub = make_hub()
        async with served(hub, asyncio.Event(), interval_s=0.05) as line:
            await line.heard()
            for n in range(1, 101):
                hub.take_over({("readings", CITY): n, ("tickets", CITY): n})
            assert (await line.heard())["versions"] == {"readings": 100, "tickets": 100}

    asyncio.run(run())


def test_alerts_do_not_wait_for_the_interval() -> None:
    async def run() -> None:
        hub = make_hub()
        async with served(hub, asyncio.Event(), interval_s=NEVER_S) as line:
            await line.heard()
            hub.take_over({("readings", CITY): 1})
            assert (await line.heard())["versions"] == {"readings": 1}
            hub.take_over({("readings", CITY): 2})
            hub.take_over({("alerts", CITY): 1})
            assert (await line.heard())["versions"] == {"readings": 2, "alerts": 1}
            hub.take_over({("readings", CITY): 3})
            hub.take_over({("alerts", CITY): 2})
            assert (await line.heard())["versions"] == {"readings": 3, "alerts": 2}

    asyncio.run(run())


def test_a_change_after_a_pause_or_a_heartbeat_is_told_at_once() -> None:
    async def run() -> None:
        hub = make_hub()
        async with served(hub, asyncio.Event(), interval_s=NEVER_S, heartbeat_s=0.01) as line:
            for _ in range(3):
                await line.heard()
            for name in ("tickets", "readings"):
                hub.take_over({(name, CITY): 1})
                while not (told := await line.heard())["versions"]:
                    pass
                assert told["versions"] == {name: 1}

    asyncio.run(run())


def test_silence_is_filled_with_heartbeats() -> None:
    async def run() -> None:
        async with served(make_hub(), asyncio.Event(), heartbeat_s=0.01) as line:
            await line.heard()
            for _ in range(3):
                assert (await line.heard())["versions"] == {}

    asyncio.run(run())


def test_a_viewer_turns_to_another_area() -> None:
    async def run() -> None:
        hub = make_hub()
        hub.take_over({("tickets", TOWNS[0]): 5, ("tickets", CITY): 9})
        async with served(hub, asyncio.Event()) as line:
            assert (await line.heard())["versions"]["tickets"] == 9
            line.say(orjson.dumps({"area": TOWNS[0]}).decode())
            told = await line.heard()
            assert (told["area"], told["versions"]["tickets"]) == (TOWNS[0], 5)
            hub.take_over({("tickets", CITY): 10})
            hub.take_over({("tickets", TOWNS[0]): 6})
            assert await line.heard() == {"area": TOWNS[0], "versions": {"tickets": 6}}
            assert hub.viewers == 1

    asyncio.run(run())


def test_a_page_without_area_follows_the_viewers_own() -> None:
    """As the page of an alert does: its panels are asked for by the counters of the viewer's own area."""

    async def run() -> None:
        hub = make_hub()
        hub.take_over({("alerts", TOWNS[0]): 5, ("alerts", CITY): 9})
        async with served(hub, asyncio.Event()) as line:
            await line.heard()
            line.say(orjson.dumps({"area": TOWNS[0]}).decode())
            assert (await line.heard())["area"] == TOWNS[0]
            line.say('{"area": ""}')
            told = await line.heard()
            assert (told["area"], told["versions"]["alerts"]) == (CITY, 9)

    asyncio.run(run())


def test_an_area_outside_the_scope_ends_the_socket() -> None:
    async def run() -> None:
        async with served(make_hub(), asyncio.Event(), TOWNS[0]) as line:
            await line.heard()
            line.say(orjson.dumps({"area": CITY}).decode())
            assert await line.heard() == {"code": OUTSIDE_SCOPE}

    asyncio.run(run())


MESSAGES: tuple[str | bytes, ...] = (
    "",
    "{",
    "[]",
    "1",
    '{"area": 1}',
    '{"other": "020"}',
    b'{"area": "020"}',
    '{"area": "' + "x" * 200 + '"}',
    "[" * 150,
)


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_not_understood_ends_the_socket(message: str | bytes) -> None:
    async def run() -> None:
        async with served(make_hub(), asyncio.Event()) as line:
            await line.heard()
            line.say(message)
            assert await line.heard() == {"code": NOT_UNDERSTOOD}

    asyncio.run(run())


def test_the_end_of_the_session_ends_the_socket() -> None:
    async def run() -> None:
        over = asyncio.Event()
        async with served(make_hub(), over) as line:
            await line.heard()
            over.set()
            assert await line.heard() == {"code": SESSION_OVER}

    asyncio.run(run())


def test_a_viewer_that_never_reads_holds_one_notice_and_no_queue() -> None:
    async def run() -> None:
        hub = make_hub()
        stuck = asyncio.Event()

        class Stuck(Line):
            """Takes the greeting, then blocks whoever writes to it."""

            def __init__(self) -> None:
                super().__init__()
                self.sent = asyncio.Queue(maxsize=2)

        line = Stuck()
        await line.come.put({"type": "websocket.connect"})
        scope = {"type": "websocket", "query_string": b"", "headers": [], "path": "/push/ws"}
        visitor = Visitor(Scope("wu", Role.OPERATOR, CITY), Kind.PERSON, "hash", "")
        pusher = Pusher(hub, TREE, lambda area, versions: {"versions": versions}, 0.0, NEVER_S)
        socket = WebSocket(scope, line.come.get, line.sent.put)
        serving = asyncio.create_task(pusher.serve(socket, visitor, stuck))
        async with asyncio.timeout(20):
            while line.sent.qsize() < 2:
                await asyncio.sleep(0)
        for n in range(1, 10_001):
            hub.take_over({("readings", CITY): n})
            await asyncio.sleep(0)
        assert line.sent.qsize() == 2
        await line.sent.get()  # accept
        await line.sent.get()  # all counters
        begun, newest = await line.heard(), await line.heard()  # the one it was stuck in, and all since as one
        assert begun["versions"]["readings"] < 100
        assert newest["versions"] == {"readings": 10_000}
        line.leave()
        async with asyncio.timeout(20):
            await serving

    asyncio.run(run())


def test_over_the_whole_cockpit_a_commit_reaches_the_browser(shell: Shell, browser: TestClient) -> None:
    with browser.websocket_connect(SOCKET) as socket:
        first = socket.receive_json()
        assert first.keys() == {"boot", "assets", "now", "area", "versions"}
        change(shell, "alerts", TOWNS[0])
        assert socket.receive_json()["versions"] == {"alerts": 1}


def test_one_may_begin_with_an_area_of_ones_own(shell: Shell, server: FastAPI) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.OPERATOR, TOWNS[0]))
    with client(server, token) as browser:
        with browser.websocket_connect(SOCKET) as socket:
            assert socket.receive_json()["area"] == TOWNS[0]
        with browser.websocket_connect(f"{SOCKET}?area={CITY}") as socket, pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == OUTSIDE_SCOPE
