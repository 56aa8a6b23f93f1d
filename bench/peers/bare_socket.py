"""A bare ASGI application that sends a notice of the same size to every socket each second, and does nothing else.

Arguments: notice. Says {port}; to each line it is told, the CPU seconds used.
"""

import asyncio
import contextlib
import socket
from typing import Any

from bench.peers.child import arguments, say
from bench.peers.cockpit_alone import TICK_S, answer_cpu, port_of, serve_beside

_sockets = "sockets"


async def serve(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": scope["state"]["notice"]})
    scope["state"][_sockets].add(send)
    while (await receive())["type"] != "websocket.disconnect":
        pass
    scope["state"][_sockets].discard(send)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    scope["state"] |= {_sockets: set(), "notice": arguments()["notice"]}
    ticking = asyncio.create_task(tick(scope["state"]))
    await send({"type": "lifespan.startup.complete"})
    await receive()
    ticking.cancel()
    await send({"type": "lifespan.shutdown.complete"})


async def tick(state: dict[str, Any]) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        for told in list(state[_sockets]):
            with contextlib.suppress(RuntimeError):  # just gone
                await told({"type": "websocket.send", "text": state["notice"]})


def main() -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    serve_beside(serve, bound)
    say({"port": port_of(bound)})
    answer_cpu()


if __name__ == "__main__":
    main()
