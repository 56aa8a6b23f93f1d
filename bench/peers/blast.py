"""Publishes prepared messages with QoS 1 as fast as the broker confirms them, on a bare socket.

Arguments: host, port, username, password, count, devices, areas, start_s, metrics. Says "ready", is told to go, says
when it began and when all were confirmed (system-wide monotonic seconds).

Message k is reading k // devices of device k % devices: every device in turn, one reading each second of city time.
"""

import select
import socket
import struct
import time
from typing import Any

from bench.peers.child import arguments, hear, say

_IN_FLIGHT = 8000
_CHUNK = 200  # messages handed to the system at once


def topic(k: int, areas: list[str], devices: int) -> str:
    number = k % devices
    return f"city/{areas[number % len(areas)]}/water_level/bench-{number}"


def payload(k: int, devices: int, start_s: int, metrics: int = 1) -> bytes:
    """One metric (level) or three (oxygen and turbidity too). One level in a thousand is above the yellow limit of the
    flood rules, the next one clears it."""
    hundredths, at_s = 35 if k % 1009 == 0 else k * 7 % 20, start_s + k // devices
    if metrics == 1:
        return b'{"v":%.2f,"ts":%d}' % (hundredths / 100, at_s)
    return b'{"v":%.2f,"o":%.1f,"n":%d,"ts":%d}' % (hundredths / 100, 6 + k % 30 / 10, k % 40, at_s)


def publish_packet(topic: str, payload: bytes, mid: int) -> bytes:
    name = topic.encode()
    rest = struct.pack("!H", len(name)) + name + struct.pack("!H", mid) + payload
    return b"\x32" + _length(len(rest)) + rest


def _length(number: int) -> bytes:
    made = bytearray()
    while True:
        number, byte = divmod(number, 128)
        made.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(made)


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text.encode())) + text.encode()


def connect(host: str, port: int, username: str, password: str, name: str = "bench-blast") -> socket.socket:
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = _text("MQTT") + b"\x04\xc2" + struct.pack("!H", 600)  # 3.1.1, clean session, with login
    rest = head + _text(name) + _text(username) + _text(password)
    sock.sendall(b"\x10" + _length(len(rest)) + rest)
    if sock.recv(4) != b"\x20\x02\x00\x00":
        raise ConnectionError("the broker refuses the publisher")
    return sock


def blast(sock: socket.socket, packets: list[bytes]) -> None:
    """Returns when the last one is confirmed."""
    sock.setblocking(False)
    chunks = [b"".join(packets[i : i + _CHUNK]) for i in range(0, len(packets), _CHUNK)]
    sent = confirmed_bytes = 0
    rest = b""
    while confirmed_bytes < 4 * len(packets):
        may_send = bool(rest) or (sent < len(chunks) and sent * _CHUNK - confirmed_bytes // 4 < _IN_FLIGHT)
        readable, writable, _ = select.select([sock], [sock] if may_send else [], [], 30)
        if readable:
            got = sock.recv(65536)
            if not got:
                raise ConnectionError("the broker ended the connection")
            confirmed_bytes += len(got)
        if writable:
            if not rest:
                rest, sent = chunks[sent], sent + 1
            rest = rest[sock.send(rest) :]


def main(given: dict[str, Any]) -> None:
    devices, areas, start_s, metrics = given["devices"], given["areas"], given["start_s"], given["metrics"]
    packets = [
        publish_packet(topic(k, areas, devices), payload(k, devices, start_s, metrics), k % 65535 + 1)
        for k in range(given["count"])
    ]
    sock = connect(given["host"], given["port"], given["username"], given["password"])
    say("ready")
    hear()
    began = time.monotonic()
    blast(sock, packets)
    say({"began": began, "confirmed": time.monotonic(), "cpu_s": time.process_time()})
    sock.close()


if __name__ == "__main__":
    main(arguments())
