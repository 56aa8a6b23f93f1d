"""A bare page that writes what its socket says: paho hears a topic, a bare ASGI application tells every socket, the
page puts the number into its body. What a number on a screen costs when nothing is stored, judged or drawn.

Arguments: host, port, username, password, topic, path (of the number in the payload). Says {port}.
"""

import asyncio
import socket
from typing import Any

import orjson
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench.peers.child import arguments, hear, say
from bench.peers.cockpit_alone import port_of, serve_beside

PAGE = b"""<!DOCTYPE html><meta charset="utf-8"><title>bare</title><body>-<script>
new WebSocket(`ws://${location.host}/ws`).onmessage = (event) => { document.body.textContent = event.data; };
</script>"""


class Bare:
    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._sockets: set[Any] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(PAGE))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": PAGE})
        else:
            await receive()
            await send({"type": "websocket.accept"})
            self._sockets.add(send)
            while (await receive())["type"] != "websocket.disconnect":
                pass
            self._sockets.discard(send)

    async def _live(self, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        client = self._listen()
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        client.loop_stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _listen(self) -> Client:
        given = self._given
        client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare", protocol=MQTTv5)
        client.username_pw_set(given["username"], given["password"])
        client.on_connect = self._subscribe
        client.on_message = self._hear
        client.connect(given["host"], given["port"])
        client.loop_start()
        return client

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe(self._given["topic"], qos=1)

    def _hear(self, _: Any, __: Any, message: MQTTMessage) -> None:
        assert self._loop is not None
        number = orjson.loads(message.payload)[self._given["path"]]
        asyncio.run_coroutine_threadsafe(self._tell(str(number)), self._loop)

    async def _tell(self, text: str) -> None:
        for send in list(self._sockets):
            await send({"type": "websocket.send", "text": text})


def main(given: dict[str, Any]) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    serve_beside(Bare(given), bound)
    say({"port": port_of(bound)})
    hear()


if __name__ == "__main__":
    main(arguments())
