"""The program under a fault: `app.py` as a process of its own, with the shipped config and one feed of MQTT."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.peers.shipped import sections_of
from tests.e2e.program import Program
from tests.services.mosquitto import Mosquitto

AREAS = [f"4420001{n:02}" for n in (1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15)]
SAYS = {"run": "the cockpit is open", "feeds": "are running"}
TOPICS = {
    "pattern": "city/{area}/{kind}/{device}",
    "metrics": [{"metric": "water_level_m", "path": "v"}],
    "time": "ts",
    "device": {"register_new": True, "interval_s": 60},
}


def city(
    folder: Path,
    url: str,
    server: Any,
    command: str = "run",
    more: Mapping[str, Any] | None = None,
    before: Sequence[str] = (),
    **feed: Any,
) -> Program:
    """Not started. `server`, the broker, has host, port and login; `feed` is laid over the feed of MQTT, `more` are
    other feeds."""
    login = {"host": server.host, "port": server.port, "user": server.username, "password": server.password}
    feeds = {"iot_mqtt": {"topics": [TOPICS], **feed}, **(more or {})}
    # The server's own port: two programs of a fault may run at once.
    config = sections_of(folder, url, broker={"embedded": False, **login}, feeds=feeds)
    config["server"] = config["server"] | {"port": 0}
    return Program(folder, config, command, before)


# As docs/operating.md asks for, but for what needs certificates.
DOCUMENTED = "autosave_on_changes false\nautosave_interval 1\nmax_queued_messages 1000000\nmax_packet_size 262144"


def documented_broker(folder: Path) -> Mosquitto:
    return Mosquitto(folder, DOCUMENTED)
