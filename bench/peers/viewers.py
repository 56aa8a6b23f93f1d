"""Viewers: sockets that listen, and, where they are given a path, fetch it anew at each notice as a page does.

Arguments: port, path of the socket, count, cookie, fetch (path with {v}, or ""). Says "ready" when each has heard
something; to each line it is told, how many notices all of them have heard since the last one.
"""

import asyncio
import sys
from typing import Any

import orjson
from websockets.asyncio.client import connect

from bench.peers.child import arguments, say

_OPEN_AT_ONCE = 50


class Viewers:
    def __init__(self, given: dict[str, Any]) -> None:
        self._port, self._path, self._fetch = given["port"], given["path"], given["fetch"]
        self._cookie = given["cookie"]
        self._gate = asyncio.Semaphore(_OPEN_AT_ONCE)
        self._first = 0
        self.heard = 0

    async def listen(self, ready: asyncio.Event, count: int) -> None:
        origin: Any = f"http://127.0.0.1:{self._port}"
        known = {"Cookie": self._cookie} if self._cookie else {}
        async with self._gate:
            address = f"ws://127.0.0.1:{self._port}{self._path}"
            socket = await connect(address, origin=origin, compression=None, additional_headers=known)
        fetching = await Page.open(self._port, self._cookie) if self._fetch else None
        try:
            first = True
            async for text in socket:
                told = orjson.loads(text)
                if fetching and told.get("versions"):
                    await fetching.get(self._fetch.format(v=stamp(told)))
                self._first += first
                self.heard += not first and bool(told.get("versions"))
                first = False
                if self._first == count:
                    ready.set()
        finally:
            await socket.close()


def stamp(told: dict[str, Any]) -> str:
    return f"{told['boot']}-{told['versions'].get('tickets', 0)}"


class Page:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, cookie: str) -> None:
        self._reader, self._writer = reader, writer
        self._head = f"Host: 127.0.0.1:{port}\r\nAccept-Encoding: br\r\nCookie: {cookie}\r\n\r\n"

    @classmethod
    async def open(cls, port: int, cookie: str) -> "Page":
        return cls(*await asyncio.open_connection("127.0.0.1", port), port, cookie)

    async def get(self, path: str) -> None:
        """Raises RuntimeError for anything but the panel."""
        self._writer.write(f"GET {path} HTTP/1.1\r\n{self._head}".encode())
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
        await self._reader.readexactly(length)
        if " 200 " not in lines[0]:
            raise RuntimeError(f"{path}: {lines[0]}")


async def main(given: dict[str, Any]) -> None:
    viewers, ready = Viewers(given), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(viewers.listen(ready, given["count"])) for _ in range(given["count"])]
        await ready.wait()
        say("ready")
        while await asyncio.to_thread(sys.stdin.readline):
            heard, viewers.heard = viewers.heard, 0
            say(heard)
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
