"""/push/ws: tells a viewer which counters changed, and nothing else. It ends with its session."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from brain.model.area import AreaTree
from dashboard.access.visitor import Visitor
from dashboard.push.hub import Hub, Slot

SESSION_OVER = 4401
OUTSIDE_SCOPE = 4403
NOT_UNDERSTOOD = 4400

_SEND_S = 10.0
_LONGEST_MESSAGE = 200

Notice = Callable[[str, dict[str, int]], dict[str, Any]]
"""(area id, counters that changed) -> what is sent."""


class Pusher:
    """`interval_s`: least time between two notices of one viewer, alerts excepted; `heartbeat_s`: most time between."""

    def __init__(
        self, hub: Hub, tree: AreaTree, notice: Notice, interval_s: float = 1.0, heartbeat_s: float = 8.0
    ) -> None:
        self._hub = hub
        self._tree = tree
        self._notice = notice
        self._interval_s = interval_s
        self._heartbeat_s = heartbeat_s

    async def serve(self, socket: WebSocket, visitor: Visitor, over: Awaitable[object]) -> None:
        """Until the viewer leaves, asks for an area outside its scope, or `over` comes: the end of its session."""
        await socket.accept()
        area_id = socket.query_params.get("area") or visitor.scope.area_id
        ending = asyncio.ensure_future(over)
        try:
            while area_id:
                if not self._tree.contains(visitor.scope.area_id, area_id):
                    await _close(socket, OUTSIDE_SCOPE)
                    return
                area_id = await self._follow(socket, area_id, ending)
        finally:
            ending.cancel()
            with suppress(asyncio.CancelledError):
                await ending

    async def _follow(self, socket: WebSocket, area_id: str, ending: "asyncio.Future[object]") -> str:
        """Tell of one area until the viewer turns to another, which is returned, or leaves: ""."""
        with self._hub.slot(area_id) as slot:
            speaking = asyncio.create_task(self._speak(socket, area_id, slot))
            listening = asyncio.create_task(_next_area(socket))
            try:
                await asyncio.wait((speaking, listening, ending), return_when=asyncio.FIRST_COMPLETED)
                if ending.done():
                    await _close(socket, SESSION_OVER)
                    return ""
                return listening.result() if listening.done() else ""
            except ValueError:
                await _close(socket, NOT_UNDERSTOOD)
                return ""
            except WebSocketDisconnect:
                return ""
            finally:
                for task in (speaking, listening):
                    task.cancel()
                await asyncio.gather(speaking, listening, return_exceptions=True)

    async def _speak(self, socket: WebSocket, area_id: str, slot: Slot) -> None:
        await self._send(socket, area_id, self._hub.versions(area_id))
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await slot.urgent.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_s):
                    await slot.news.wait()
            await self._send(socket, area_id, slot.take())

    async def _send(self, socket: WebSocket, area_id: str, versions: dict[str, int]) -> None:
        # A viewer that does not read is let go: its browser opens again.
        async with asyncio.timeout(_SEND_S):
            await socket.send_text(orjson.dumps(self._notice(area_id, versions)).decode())


async def _next_area(socket: WebSocket) -> str:
    """The area of the viewer's next message {"area": id}. Raises ValueError for anything else."""
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1005))
    text = received.get("text")
    if not isinstance(text, str) or len(text) > _LONGEST_MESSAGE:
        raise ValueError("not a message we know")
    message = orjson.loads(text)
    area_id = message.get("area") if isinstance(message, dict) else None
    if not isinstance(area_id, str) or not area_id:
        raise ValueError("not an area")
    return area_id


async def _close(socket: WebSocket, code: int) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the viewer may have gone in the meantime
        await socket.close(code)
