"""/push/ws: tells a viewer which counters changed, and nothing else. It ends with its session."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Turn:
    """What a socket does next: follow an area; or end, with a code of its own or (None) because the viewer left."""

    area_id: str
    close: int | None = None


LEFT = Turn("")


class Pusher:
    """`interval_s`: least time between two notices of one input to one viewer, alerts excepted; `heartbeat_s`: most
    time between two notices."""

    def __init__(
        self, hub: Hub, tree: AreaTree, notice: Notice, interval_s: float = 1.0, heartbeat_s: float = 8.0
    ) -> None:
        self._hub = hub
        self._tree = tree
        self._notice = notice
        self._interval_s = interval_s
        self._heartbeat_s = heartbeat_s

    async def serve(self, socket: WebSocket, visitor: Visitor, over: asyncio.Event) -> None:
        """Until the viewer leaves, asks for an area outside its scope, or `over` is set: the end of its session."""
        await socket.accept()
        own = visitor.scope.area_id
        turn = Turn(socket.query_params.get("area") or own)
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(_ended(over))
            while turn.area_id:
                inside = self._tree.contains(own, turn.area_id)
                turn = await self._follow(socket, turn.area_id, own, ending) if inside else Turn("", OUTSIDE_SCOPE)
            ending.cancel()
        if turn.close is not None:
            with suppress(RuntimeError, WebSocketDisconnect):  # the viewer may have gone in the meantime
                await socket.close(turn.close)

    async def _follow(self, socket: WebSocket, area_id: str, own: str, ending: "asyncio.Task[Turn]") -> Turn:
        """Tell of one area until something else is to be done."""
        with self._hub.slot(area_id, self._interval_s) as slot:
            async with asyncio.TaskGroup() as group:
                speaking = group.create_task(self._speak(socket, area_id, slot))
                listening = group.create_task(_listen(socket, own))
                tasks = (ending, listening, speaking)
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                speaking.cancel()
                listening.cancel()
        return next(task.result() for task in tasks if task.done() and not task.cancelled())

    async def _speak(self, socket: WebSocket, area_id: str, slot: Slot) -> Turn:
        try:
            await self._send(socket, area_id, self._hub.versions(area_id))
            loop = asyncio.get_running_loop()
            while True:
                heartbeat = loop.call_later(self._heartbeat_s, slot.beat)
                try:
                    await slot.due.wait()
                finally:
                    heartbeat.cancel()
                await self._send(socket, area_id, slot.take(time.monotonic()))
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            return LEFT

    async def _send(self, socket: WebSocket, area_id: str, versions: dict[str, int]) -> None:
        # A viewer that does not read is let go: its browser opens again.
        async with asyncio.timeout(_SEND_S):
            await socket.send_text(orjson.dumps(self._notice(area_id, versions)).decode())


async def _ended(over: asyncio.Event) -> Turn:
    await over.wait()
    return Turn("", SESSION_OVER)


async def _listen(socket: WebSocket, own: str) -> Turn:
    """What the viewer's next message {"area": id} asks for; "" is the viewer's own area, as on the page of an alert."""
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        return LEFT
    text = received.get("text")
    if not isinstance(text, str) or len(text) > _LONGEST_MESSAGE:
        return Turn("", NOT_UNDERSTOOD)
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return Turn("", NOT_UNDERSTOOD)
    area_id = message.get("area") if isinstance(message, dict) else None
    return Turn(area_id or own) if isinstance(area_id, str) else Turn("", NOT_UNDERSTOOD)
