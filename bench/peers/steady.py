"""Publishes messages with QoS 1 at a steady rate until it is told to stop: the traffic beside which something else is
measured.

Arguments: host, port, username, password, rate (messages/s), devices, areas, start_s. Says "ready" when connected and
begins; told to stop, says {sent} once all were confirmed by the broker.
"""

import select
import sys
import time
from typing import Any

from bench.peers.blast import connect, payload, publish_packet, topic
from bench.peers.child import arguments, say

_TICK_S = 0.01


def main(given: dict[str, Any]) -> None:
    rate, devices, areas, start_s = given["rate"], given["devices"], given["areas"], given["start_s"]
    sock = connect(given["host"], given["port"], given["username"], given["password"], "bench-steady")
    say("ready")
    sent = confirmed_bytes = 0
    began, stopping = time.monotonic(), False
    while not stopping or confirmed_bytes < 4 * sent:
        due = sent if stopping else int((time.monotonic() - began) * rate)
        packets = (
            publish_packet(topic(k, areas, devices), payload(k, devices, start_s), k % 65535 + 1)
            for k in range(sent, due)
        )
        sock.sendall(b"".join(packets))
        sent = due
        readable, _, _ = select.select([sock, *([] if stopping else [sys.stdin])], [], [], _TICK_S)
        if sock in readable:
            confirmed_bytes += len(sock.recv(65536))
        stopping = stopping or sys.stdin in readable
    say({"sent": sent})
    sock.close()


if __name__ == "__main__":
    main(arguments())
