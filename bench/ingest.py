"""MQTT messages from a real mosquitto (QoS 1, JSON with one metric and with three) to committed readings with latest
values, rollups and rules, as the shipped config has them; against paho receiving and acknowledging the same messages
and doing nothing else. 1,000 devices, each speaks once in a second of city time. Publisher, broker, consumer and
database share the machine; rounds take turns, medians are told, and of our threads the CPU they used.
"""

import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.peers.child import Child
from bench.peers.shipped import shipped
from bench.report.row import Row
from tests.services.mosquitto import Mosquitto
from tests.services.postgresql import PostgresServer

NAME = "Ingest: messages per second from the broker to committed rows"

LEAST = 0.6  # of what paho does alone
DEVICES = 1000
AREAS = [f"4420001{n:02}" for n in (1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15)]
PATHS = {"water_level_m": "v", "water_oxygen_mgl": "o", "water_turbidity_ntu": "n"}
_PATIENCE_S = 120


@dataclass
class Rounds:
    """What the rounds with messages of one kind measured. `rate` in messages/s, `cpu` in microseconds per message, by
    who used it; `aim` is for the ratio to paho alone, `aim_rate` for the rate."""

    name: str
    metrics: int
    count: int
    aim: str = ""
    aim_rate: str = ""
    rate: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ratio: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))


def run(quick: bool) -> list[Row]:
    rounds, count = (5, 80_000) if quick else (9, 240_000)
    kinds = [
        Rounds("one metric", 1, count, aim=f">= {LEAST}"),
        Rounds("three metrics", 3, count // 2, aim_rate=">= 5000"),
    ]
    server = PostgresServer()
    try:
        for number in range(rounds):
            for found in kinds:
                with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
                    _round(Path(name), server, found, reverse=bool(number % 2))
    finally:
        server.close()
    return [row for found in kinds for row in _rows(found, rounds)]


def _round(folder: Path, server: PostgresServer, found: Rounds, reverse: bool) -> None:
    consumers: list[tuple[str, Callable[[], None]]] = [
        ("paho alone", lambda: paho_alone(folder / "paho", found)),
        ("SQLite", lambda: _brain(folder / "sqlite", "SQLite", _sqlite(folder / "city.db"), found)),
        ("PostgreSQL", lambda: _brain(folder / "postgresql", "PostgreSQL", postgresql(server), found)),
    ]
    for _, measure in reversed(consumers) if reverse else consumers:
        measure()
    for name, _ in consumers[1:]:
        found.ratio[name].append(found.rate[name][-1] / found.rate["paho alone"][-1])


@contextmanager
def bare_broker(folder: Path) -> Iterator[Mosquitto]:
    folder.mkdir()
    # Nothing is killed here: saving on every change would only measure the disk.
    broker = Mosquitto(folder, "autosave_on_changes false\nautosave_interval 600")
    try:
        yield broker
    finally:
        broker.kill()


def login(broker: Mosquitto) -> dict[str, Any]:
    return {"host": broker.host, "port": broker.port, "username": broker.username, "password": broker.password}


def _publisher(broker: Mosquitto, found: Rounds) -> Child:
    start_s = int(time.time()) - 3600
    sent = {"count": found.count, "metrics": found.metrics, "devices": DEVICES, "areas": AREAS, "start_s": start_s}
    return Child("bench.peers.blast", **login(broker), **sent)


def paho_alone(folder: Path, found: Rounds) -> None:
    """One round of paho that receives and acknowledges and does nothing else."""
    count = found.count
    with bare_broker(folder) as broker, Child("bench.peers.paho_alone", **login(broker), count=count) as consumer:
        assert consumer.heard() == "ready"
        with _publisher(broker, found) as publisher:
            assert publisher.heard() == "ready"
            publisher.tell("go")
            sent, done = publisher.heard(), consumer.heard()
    found.rate["paho alone"].append(count / (done["ended"] - sent["began"]))
    found.cpu["paho alone", "network"].append(done["cpu_s"] / count * 1e6)


@dataclass(frozen=True)
class Database:
    """`stored` counts the committed readings, on a connection that only reads."""

    url: str
    stored: Callable[[], int]


def _sqlite(path: Path) -> Database:
    def stored() -> int:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return int(connection.execute("SELECT count(*) FROM reading").fetchone()[0])
        finally:
            connection.close()

    return Database(f"sqlite:///{path}", stored)


def postgresql(server: PostgresServer) -> Database:
    name = server.make_database()

    def stored() -> int:
        with server.connect(name) as connection:
            row = connection.execute("SELECT count(*) FROM reading").fetchone()
            assert row is not None
            return int(row[0])

    return Database(server.url(name), stored)


def _brain_on(folder: Path, url: str, broker: Mosquitto, metrics: int) -> Child:
    return Child("bench.peers.brain_feeds", config=str(_config(folder, url, broker, metrics)))


def _brain(folder: Path, name: str, database: Database, found: Rounds) -> None:
    count = found.count
    with bare_broker(folder) as broker, _brain_on(folder, database.url, broker, found.metrics) as brain:
        assert brain.heard() == "ready"
        with _publisher(broker, found) as publisher:
            assert publisher.heard() == "ready"
            publisher.tell("go")
            began = publisher.heard()["began"]
            ended = all_stored(database.stored, count * found.metrics)
        brain.tell("tell")
        used = brain.heard()["cpu_s"]
    found.rate[name].append(count / (ended - began))
    for thread, seconds in used.items():
        found.cpu[name, thread].append(seconds / count * 1e6)


def all_stored(stored: Callable[[], int], count: int) -> float:
    """When all were there, on the system-wide monotonic clock. Looks rarely until the end is near."""
    deadline = time.monotonic() + _PATIENCE_S
    while (there := stored()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{there} of {count} readings were stored in {_PATIENCE_S} s")
        time.sleep(0.02 if there > 0.9 * count else 0.2)
    return time.monotonic()


def _config(folder: Path, url: str, broker: Mosquitto, metrics: int) -> Path:
    """The shipped config with one feed, real time and no simulation."""
    login = {"host": broker.host, "port": broker.port, "user": broker.username, "password": broker.password}
    mapping = {
        "pattern": "city/{area}/{kind}/{device}",
        "metrics": [{"metric": metric, "path": path} for metric, path in list(PATHS.items())[:metrics]],
        "time": "ts",
        "device": {"register_new": True, "interval_s": 60},
    }
    return shipped(folder, url, broker={"embedded": False, **login}, feeds={"iot_mqtt": {"topics": [mapping]}})


def _rows(found: Rounds, rounds: int) -> Iterator[Row]:
    paho = statistics.median(found.rate["paho alone"])
    yield Row(f"{found.name}: paho alone (median of {rounds} rounds)", paho, "messages/s")
    for name, ratios in found.ratio.items():
        rate, ratio = statistics.median(found.rate[name]), statistics.median(ratios)
        yield Row(f"{found.name}: to {name}", rate, "messages/s", ratio, "paho alone", found.aim)
        if found.aim_rate:
            yield Row(f"{found.name}: to {name}, as a number", rate, "messages/s", aim=found.aim_rate)
    for (name, thread), used in found.cpu.items():
        if (each := statistics.median(used)) >= 0.5:
            yield Row(f"{found.name}, {name}: CPU of {thread}", each, "µs/message")
