"""MQTT messages (QoS 1, JSON with one metric) from a real mosquitto to committed readings on PostgreSQL, by one and by
two processes of `app.py feeds` that share the feed by topic; and how long it takes from killing one of them to the
other's being connected in its place, on one machine and as on two. Publisher, broker, database and processes share the
machine: where it has two cores, two processes can win little. Rounds take turns, medians are told.
"""

import base64
import os
import signal
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.ingest import AREAS, DEVICES, Database, all_stored, bare_broker, login, postgresql
from bench.peers.child import Child
from bench.peers.shipped import shipped
from bench.report.row import Row
from brain.store import schema
from brain.store.claims import seen_workers
from brain.store.engine import reading_only
from tests.services.mosquitto import Mosquitto
from tests.services.postgresql import PostgresServer
from tests.services.waiting import wait_until

NAME = "Shards: two processes of feeds against one"
LONG = True

SHARDS = {"east": AREAS[::2], "west": AREAS[1::2]}


def run(quick: bool) -> list[Row]:
    rounds, count = (3, 80_000) if quick else (7, 240_000)
    rate: dict[int, list[float]] = defaultdict(list)
    over: dict[str, list[float]] = defaultdict(list)
    server = PostgresServer()
    try:
        for number in range(rounds):
            for processes in (1, 2) if number % 2 else (2, 1):
                rate[processes].append(_rate(server, processes, count))
            for where in ("on one machine", "as on two machines"):
                over[where].append(_taken_over_s(server, apart="two" in where))
    finally:
        server.close()
    one, two = statistics.median(rate[1]), statistics.median(rate[2])
    return [
        Row(f"one process (median of {rounds} rounds)", one, "messages/s"),
        Row(f"two processes, on {os.cpu_count()} cores", two, "messages/s", two / one, "one process", ">= 1.0"),
        *(Row(f"killed to connected, {where}", statistics.median(s), "s", aim="<= 10") for where, s in over.items()),
    ]


@dataclass(frozen=True)
class _City:
    """A broker and a database that processes of feeds share."""

    folder: Path
    broker: Mosquitto
    database: Database

    @contextmanager
    def workers(self, count: int, apart: bool = False) -> Iterator[list[Child]]:
        """Returns when they share the shards evenly. `apart`: they have no folder in common, as two machines."""
        with ExitStack() as stack:
            folders = [self.folder / str(number) for number in range(count)]
            configs = [self._config(folder, folder if apart else self.folder) for folder in folders]
            made = [stack.enter_context(Child("bench.peers.worker", config=str(path))) for path in configs]
            assert [worker.heard() for worker in made] == ["running"] * count
            wait_until(lambda: self.at_work(count), "the shards to be spread")
            yield made

    def at_work(self, count: int) -> bool:
        """Whether `count` processes run all the shards, all connected."""
        with reading_only(self.database.url) as conn:
            state = schema.feed_state
            well = set(conn.scalars(select(state.c.feed).where(state.c.status == "well")))
            held = {name: holder for name, holder in seen_workers(conn).holders.items() if holder}
        return set(held) <= well and len(held) == len(SHARDS) and len(set(held.values())) == count

    def _config(self, folder: Path, store: Path) -> Path:
        folder.mkdir()
        to = login(self.broker)
        mapping = {
            "pattern": "city/{area}/{kind}/{device}",
            "metrics": [{"metric": "water_level_m", "path": "v"}],
            "time": "ts",
            "device": {"register_new": True, "interval_s": 60},
        }
        shards = {name: [f"city/{area}/#" for area in areas] for name, areas in SHARDS.items()}
        return shipped(
            folder,
            self.database.url,
            store={"folder": str(store / "var"), "url": self.database.url},
            broker={"embedded": False, "user": to.pop("username"), **to},
            feeds={"iot_mqtt": {"topics": [mapping], "shards": shards}},
            keys={"city_key": base64.b64encode(bytes(32)).decode()},
        )


@contextmanager
def _city(server: PostgresServer) -> Iterator[_City]:
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name, bare_broker(Path(name) / "broker") as broker:
        yield _City(Path(name), broker, postgresql(server))


def _rate(server: PostgresServer, processes: int, count: int) -> float:
    sent = {"count": count, "metrics": 1, "devices": DEVICES, "areas": AREAS, "start_s": int(time.time()) - 3600}
    with (
        _city(server) as city,
        city.workers(processes),
        Child("bench.peers.blast", **login(city.broker), **sent) as publisher,
    ):
        assert publisher.heard() == "ready"
        publisher.tell("go")
        began = publisher.heard()["began"]
        return count / float(all_stored(city.database.stored, count) - began)


def _taken_over_s(server: PostgresServer, apart: bool) -> float:
    with _city(server) as city, city.workers(2, apart) as workers:
        began = time.monotonic()
        os.kill(workers[0].pid, signal.SIGKILL)
        wait_until(lambda: city.at_work(1), "the other one to run all shards")
        return time.monotonic() - began
