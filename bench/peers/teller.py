"""A publisher that remembers: QoS 1 at a steady rate, over every break of the connection, and for each message whether
and when the broker acknowledged it. What was not acknowledged when a connection broke is sent again.

Arguments: host, port, username, password, rate (messages/s), devices, areas, start_s, path. Says "ready" when
connected. Told "go" it begins, told "rest" it pauses until "go", told "stop" it waits for what is not acknowledged,
writes to `path` the moments of acknowledgement (doubles, system-wide monotonic seconds, NaN: never; message k is the
k-th) and says {sent, acknowledged}. Messages are those of bench/peers/blast.py.
"""

import math
import os
import select
import socket
import sys
import time
from array import array
from pathlib import Path
from typing import Any

from bench.peers.blast import connect, payload, publish_packet, topic
from bench.peers.child import arguments, say

_TICK_S = 0.01
_IN_FLIGHT = 20_000
_MIDS = 65_535
_FAREWELL_S = 60.0


class Teller:
    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._sock: socket.socket | None = None
        self._rest = b""
        self._unsent = b""
        self.acknowledged_at = array("d")
        self.waiting: dict[int, int] = {}  # number of the packet -> of the message

    def open(self) -> None:
        """Connect and send again what is not acknowledged; not connected afterwards when the broker is away."""
        given = self._given
        try:
            login = given["host"], given["port"], given["username"], given["password"]
            self._sock = connect(*login, name="bench-teller")
            self._sock.settimeout(10)
            self._rest, again = b"", sorted(self.waiting.values())
            self.waiting.clear()
            self._send(again)
        except OSError:
            self._lost()

    def publish(self, count: int) -> None:
        """So many new messages, as far as the connection is there and not too many wait."""
        if self._sock is None:
            return
        first = len(self.acknowledged_at)
        new = range(first, first + min(count, _IN_FLIGHT - len(self.waiting)))
        self.acknowledged_at.extend(math.nan for _ in new)
        try:
            self._send(new)
        except OSError:
            self._lost()

    def _send(self, numbers: Any) -> None:
        given, parts = self._given, []
        for k in numbers:
            mid = k % _MIDS + 1
            self.waiting[mid] = k
            made = payload(k, given["devices"], given["start_s"])
            parts.append(publish_packet(topic(k, given["areas"], given["devices"]), made, mid))
        if parts:
            assert self._sock is not None
            self._sock.sendall(b"".join(parts))

    def hear(self, timeout_s: float) -> bool:
        """Take what the broker acknowledged; whether something was said on our own standard input."""
        found = [sys.stdin] if self._sock is None else [sys.stdin, self._sock]
        readable, _, _ = select.select(found, [], [], timeout_s)
        if self._sock in readable:
            self._take()
        return sys.stdin in readable

    def _take(self) -> None:
        assert self._sock is not None
        try:
            got = self._sock.recv(65536)
        except OSError:
            got = b""
        if not got:
            self._lost()
            return
        data, now = self._rest + got, time.monotonic()
        whole = len(data) // 4 * 4  # nothing but PUBACKs of four bytes comes on this connection
        for at in range(0, whole, 4):
            k = self.waiting.pop(int.from_bytes(data[at + 2 : at + 4], "big"), None)
            if k is not None:
                self.acknowledged_at[k] = now
        self._rest = data[whole:]

    def _lost(self) -> None:
        if self._sock is not None:
            self._sock.close()
        self._sock = None

    @property
    def connected(self) -> bool:
        return self._sock is not None


def main(given: dict[str, Any]) -> None:
    teller = Teller(given)
    teller.open()
    say("ready")
    going, owed, last, stop_by = False, 0.0, time.monotonic(), math.inf
    while time.monotonic() < stop_by and not (stop_by < math.inf and not teller.waiting):
        if teller.hear(_TICK_S):
            # Past the buffer of sys.stdin: two words may come at once. Nothing at all: who asked is gone.
            word = (os.read(sys.stdin.fileno(), 1024).decode().split() or ["stop"])[-1]
            going = word == "go"
            if word == "stop":
                stop_by = time.monotonic() + _FAREWELL_S
        if not teller.connected:
            teller.open()
        now = time.monotonic()
        owed, last = (owed + (now - last) * given["rate"] if going else 0.0), now
        if going and teller.connected:
            teller.publish(int(owed))
            owed -= int(owed)
    Path(given["path"]).write_bytes(teller.acknowledged_at.tobytes())
    done = sum(not math.isnan(at) for at in teller.acknowledged_at)
    say({"sent": len(teller.acknowledged_at), "acknowledged": done})


if __name__ == "__main__":
    main(arguments())
