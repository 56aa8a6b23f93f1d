"""The city map with 60, 2,000 and 20,000 devices, all of them silent: bytes of its panel before they are packed, and
the time from asking to having them (the first time, as nothing is kept yet; median of stores made anew). On the desk,
of the whole city and of its first town, through the server, on SQLite.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from starlette.testclient import TestClient

import app
from bench.peers.shipped import shipped
from bench.report.row import Row
from brain.model.area import AreaTree
from brain.model.clock import WallClock
from brain.model.reading import Device
from brain.runtime.city_store import open_city_store
from brain.store.write.readings import store_devices
from tests.dashboard.cockpit import client

NAME = "Map: what 60, 2,000 and 20,000 devices cost"

SEED = 20260227
SIZES = (60, 2000, 20_000)
AIM = "<= 1.2"  # of the bytes, against 2,000


def run(quick: bool) -> list[Row]:
    rounds = 1 if quick else 5
    rows: list[Row] = []
    first: dict[str, float] = {}
    for size in SIZES:
        found = [_measured(size, number) for number in range(rounds)]
        for where in found[0]:
            bytes_ = statistics.median(one[where][0] for one in found)
            took_ms = statistics.median(one[where][1] for one in found)
            against = first.get(where)
            ratio = bytes_ / against if against else None
            rows.append(
                Row(
                    f"{where}, {size:,} devices", bytes_, "bytes", ratio, "2,000" if ratio else "", AIM if ratio else ""
                )
            )
            rows.append(Row(f"{where}, {size:,} devices: answered", took_ms, "ms"))
            if size == SIZES[1]:
                first[where] = bytes_
    return rows


def _measured(size: int, number: int) -> dict[str, tuple[float, float]]:
    """where -> (bytes, milliseconds)."""
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
        plan = app.read_plan(shipped(Path(name)), {})
        tree, clock = plan.facts.tree, WallClock()
        now_ms = clock.now_ms()
        kinds = sorted(plan.facts.device_kinds)
        devices = list(_devices(tree, kinds, size, Random(SEED + number)))
        with open_city_store(plan) as store:
            store.write(lambda conn: store_devices(conn, tree, devices, now_ms)).result()
            server = app.make_server(plan, store, clock)
            town = tree.children(tree.root.id)[0].id
            with client(server) as browser:
                return {"city": _asked(browser, tree.root.id), "town": _asked(browser, town)}


def _asked(browser: TestClient, area_id: str) -> tuple[float, float]:
    began = time.perf_counter()
    address = f"/api/panels/main-city_map?screen=medium&cockpit=city&area={area_id}"
    answer = browser.get(address, headers={"Accept-Encoding": "identity"})
    took_ms = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return len(answer.content), took_ms


def _devices(tree: AreaTree, kinds: list[str], size: int, random: Random) -> Iterator[Device]:
    """Around the middles of the areas without parts; none has spoken yet, which is as silent as can be."""
    leaves = [area for area in tree if not tree.children(area.id) and area.centroid]
    for number in range(size):
        area = leaves[number % len(leaves)]
        lon, lat = area.centroid or (0.0, 0.0)
        place = lon + random.uniform(-0.01, 0.01), lat + random.uniform(-0.01, 0.01)
        name = f"设备 {number}"
        yield Device(f"d-{number:05}", kinds[number % len(kinds)], name, area.id, *place, 300, "iot_mqtt", True)
