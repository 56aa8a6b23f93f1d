"""A flood of MQTT messages and a long steady stream, from a real mosquitto (QoS 1) to committed rows, rollups and rules
on SQLite, feeds and screens in one process as `app.py run` has them. First the limit: a backlog, as fast as it is
stored. Then a flood at twice that rate, which the broker must hold back: what was lost, how long it took to drain, and
whether the wall's panel of water levels went on changing meanwhile. Then nine tenths of the limit for long: does memory
grow?
"""

import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.peers.child import Child
from bench.report.row import Row
from bench.rig.city import AREAS, city
from bench.rig.databases import Sqlite, one
from tests.e2e.program import Program
from tests.services.mosquitto import Mosquitto
from tests.services.waiting import wait_until
from tools.soak.resident import resident_mb

NAME = "Flood: twice the limit for a minute, then nine tenths of it for long"
LONG = True

DEVICES, BACKLOG = 1000, 120_000
_DRAIN_S, _LONG_S = 600, 1200
_PANEL = "/api/panels/main-environment?screen=large&cockpit=city&area=442000&lang=zh&theme=dark&v=-&h=0"
_SETTLED = 0.2  # of the steady time: caches fill, the rules meet every device


def run(quick: bool) -> list[Row]:
    flood_s, steady_s = (15.0, 60.0) if quick else (60.0, 1800.0)
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
        (Path(name) / "broker").mkdir()
        # Nothing is killed here: saving on every change would only measure the disk.
        broker = Mosquitto(Path(name) / "broker", "autosave_on_changes false\nautosave_interval 600")
        database = Sqlite(Path(name) / "city.db")
        program = city(Path(name), database.url, broker)
        program.start()
        try:
            return list(_rows(program, broker, database, flood_s, steady_s))
        finally:
            program.end()
            broker.kill()


def _rows(program: Program, broker: Mosquitto, database: Sqlite, flood_s: float, steady_s: float) -> Iterator[Row]:
    login = {name: getattr(broker, name) for name in ("host", "port", "username", "password")}
    sent, limit = _limit(login, database)
    yield Row("limit: a backlog is stored at", limit, "messages/s")
    before_mb = resident_mb(program.pid)
    with _watched(program) as changes:
        more = _stream(login, 2 * limit, flood_s, start_s=_since(2))
        began = time.monotonic()
        wait_until(lambda: _stored(database) >= sent + more, "the flood to drain", _DRAIN_S)
        drained_s = time.monotonic() - began
    sent += more
    yield Row(f"flood of {flood_s:.0f} s, sent at", more / flood_s, "messages/s", more / flood_s / limit, "limit")
    yield Row("flood: lost", sent - _stored(database), "messages", aim="<= 0")
    yield Row("flood: drained after the last message within", drained_s, "s")
    yield Row("flood: longest time the wall's number stood still", max(changes, default=flood_s), "s", aim="<= 10")
    yield Row("flood: memory of the program grew by", resident_mb(program.pid) - before_mb, "MB")
    yield from _steady(program, login, database, sent, 0.9 * limit, steady_s)


def _steady(
    program: Program, login: dict[str, Any], database: Sqlite, sent: int, rate: float, seconds: float
) -> Iterator[Row]:
    sizes: list[tuple[float, float]] = []
    stopping, began = threading.Event(), time.monotonic()

    def weigh() -> None:
        while not stopping.wait(1.0):
            sizes.append((time.monotonic() - began, resident_mb(program.pid)))

    weighing = threading.Thread(target=weigh)
    weighing.start()
    try:
        sent += _stream(login, rate, seconds, start_s=_since(4))
    finally:
        stopping.set()
        weighing.join()
    wait_until(lambda: _stored(database) >= sent, "the stream to be stored", _DRAIN_S)
    settled = [mb for at, mb in sizes if at > _SETTLED * seconds]
    aim = "<= 1.05" if seconds >= _LONG_S else ""  # in a minute nothing settles
    tenth = max(1, len(settled) // 10)
    first, last = sum(settled[:tenth]) / tenth, sum(settled[-tenth:]) / tenth
    yield Row(f"{seconds / 60:.0f} min at nine tenths: lost", sent - _stored(database), "messages", aim="<= 0")
    yield Row("nine tenths: memory at the end", last, "MB", last / first, "after it settled", aim)


def _since(days: int) -> int:
    """Times of a part of their own, within what is accepted: no reading is of the same moment as another."""
    return int(time.time()) - days * 86_400


def _limit(login: dict[str, Any], database: Sqlite) -> tuple[int, float]:
    count = {"count": BACKLOG, "metrics": 1, "devices": DEVICES, "areas": AREAS, "start_s": _since(1)}
    with Child("bench.peers.blast", **login, **count) as publisher:
        assert publisher.heard() == "ready"
        publisher.tell("go")
        began = publisher.heard()["began"]
        wait_until(lambda: _stored(database) >= BACKLOG, "the backlog to be stored", _DRAIN_S)
    return BACKLOG, BACKLOG / (time.monotonic() - began)


def _stream(login: dict[str, Any], rate: float, seconds: float, start_s: int) -> int:
    """How many messages the broker confirmed."""
    with Child("bench.peers.steady", **login, rate=rate, devices=DEVICES, areas=AREAS, start_s=start_s) as traffic:
        assert traffic.heard() == "ready"
        time.sleep(seconds)
        traffic.tell("stop")
        return int(traffic.heard()["sent"])


def _stored(database: Sqlite) -> int:
    return int(one(database, "SELECT count(*) FROM reading") or 0)


@contextmanager
def _watched(program: Program) -> Iterator[list[float]]:
    """Seconds between two changes of a panel on the wall, as whoever looks once a second sees them."""
    found: list[float] = []
    stopping = threading.Event()

    def look() -> None:
        seen, since = "", time.monotonic()
        while not stopping.wait(0.5):
            with urllib.request.urlopen(program.url + _PANEL, timeout=30) as answer:
                version = answer.headers["X-Version"]
            if version != seen:
                if seen:
                    found.append(time.monotonic() - since)
                seen, since = version, time.monotonic()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        stopping.set()
        looking.join()
