"""From an MQTT publish (real mosquitto, QoS 1) to the changed number on a wall in Chromium: sent, stored, judged, told,
fetched, drawn, in the next frame. Three things are measured: a number of the city; a new alert; and, of the messages of
the first, a bare page that writes what its socket says (paho hears only those, nothing is stored). Beside nothing else,
beside 100 messages/s, and beside 5,000 or the highest rate below it that the ingest stores as they come; in the long
run also beside half of what the ingest must take, which is 0.6 of what paho receives and acknowledges alone. SQLite,
feeds and screens in one process; publisher, broker and browsers share the machine.

Numbers are paced: a panel of numbers is drawn at most once in server.pace_s, so that readings by the thousand do not
cost a drawing each. The aims are for the shortest pace there is, 0.05 s; the last rows show the pace as shipped, a
second, where half of it is waited on average while the number changes all the time. Alerts never wait.
"""

import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.ingest import LEAST, Rounds, paho_alone
from bench.peers.blast import connect, publish_packet
from bench.peers.child import Child
from bench.report.row import Row
from tests.e2e.browser import WALL, chromium
from tests.e2e.program import Program, shipped_config
from tests.services.mosquitto import Mosquitto

NAME = "Latency: from publish to the changed number in a browser"
SEED = 20_260_301

AREA, AREAS, DEVICES = "442000103", [f"4420001{n:02}" for n in (1, 3, 5, 6, 7, 8, 9, 10)], 1000
RATES = (5000, 3500, 2500, 1500, 800)
AIMS = {"p50": "<= 100", "p99": "<= 300"}
PACE_S, SHIPPED_PACE_S = 0.05, 1.0
_PATIENCE_MS = 30_000
_POLL_MS = 50
# When each number of three digits, and each alert, was first in the next frame (ms since 1970).
WATCH = """
(() => {
  window.seen = {};
  const note = (name) => {
    if (name in window.seen) return;
    window.seen[name] = 0;
    requestAnimationFrame(() => { window.seen[name] = performance.timeOrigin + performance.now(); });
  };
  const look = () => {
    const root = document.querySelector(ROOT);
    if (!root) return;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const [, number] of texts.currentNode.data.matchAll(/(?<![\\d.])([3-9]\\d\\d)(?![\\d.])/g)) note(number);
    }
    for (const row of document.querySelectorAll('.is-alert_roll [data-alert]')) note(`alert ${row.dataset.alert}`);
  };
  new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
})()
"""


class Probe:
    """Says numbers and noises as a device, one after the other; tells when (ms since 1970)."""

    def __init__(self, broker: Mosquitto) -> None:
        self._sock = connect(broker.host, broker.port, broker.username, broker.password, "bench-probe")
        self._told = 0

    def say(self, kind: str, name: str, value: int) -> float:
        self._told += 1
        now_ms = time.time_ns() // 1_000_000
        body = json.dumps({name: value, "ts": now_ms}).encode()
        packet = publish_packet(f"city/{AREA}/{kind}/probe-{kind}", body, self._told)
        before = time.time() * 1000
        self._sock.sendall(packet)
        self._sock.recv(4)
        return before


@dataclass(frozen=True)
class Stage:
    """What is measured on. `pages`: the wall and the bare page."""

    pages: tuple[Page, Page]
    probe: Probe
    login: dict[str, Any]
    database: Path
    samples: int
    chance: random.Random


def run(quick: bool) -> list[Row]:
    samples, chance = 20 if quick else 120, random.Random(SEED)
    loads = [((0,), ""), ((100,), ""), (RATES, "")]
    if not quick:
        loads.append(((_half_of_what_must_be(),), ", half of what the ingest must take"))
    return [
        *_run(PACE_S, samples, chance, lambda stage: _rows(stage, loads)),
        *_run(SHIPPED_PACE_S, samples, chance, _shipped_rows),
    ]


def _half_of_what_must_be() -> int:
    """Messages/s, in hundreds."""
    found = Rounds("", 1, 80_000)
    for _ in range(3):
        with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
            paho_alone(Path(name) / "paho", found)
    return int(statistics.median(found.rate["paho alone"]) * LEAST / 2 // 100 * 100)


def _run(pace_s: float, samples: int, chance: random.Random, rows: Callable[[Stage], Iterator[Row]]) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name, chromium() as browser:
        (Path(name) / "broker").mkdir()
        broker = Mosquitto(Path(name) / "broker", "autosave_on_changes false\nautosave_interval 600")
        program = Program(Path(name) / "city", _config(broker, pace_s))
        login = {name: getattr(broker, name) for name in ("host", "port", "username", "password")}
        program.start()
        try:
            with Child("bench.peers.bare_page", **login, topic="city/+/air/+", path="pm") as bare:
                pages = (
                    _open(browser, f"{program.url}/large/", ".is-environment"),
                    _open(browser, f"http://127.0.0.1:{bare.heard()['port']}/", "body"),
                )
                database = Path(name) / "city" / "var" / "city.db"
                return list(rows(Stage(pages, Probe(broker), login, database, samples, chance)))
        finally:
            program.end()
            broker.kill()


def _rows(on: Stage, loads: Sequence[tuple[tuple[int, ...], str]]) -> Iterator[Row]:
    on.probe.say("air", "pm", 299)  # the device is known from now on
    for number, (rates, remark) in enumerate(loads):
        with _beside(on, rates, hour=number * len(RATES)) as rate:
            beside = f"beside {rate:,} messages/s{remark}" if rate else "beside nothing"
            ours, bare = _numbers(on)
            yield from _told(f"number {beside}", ours, bare)
            yield from _told(f"alert {beside}", _alerts(on))


def _shipped_rows(on: Stage) -> Iterator[Row]:
    """The number alone, and no aim: it waits on purpose."""
    on.probe.say("air", "pm", 299)
    with _beside(on, (100,)) as rate:
        ours, _ = _numbers(on)
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        yield Row(
            f"number beside {rate:,} messages/s, pace as shipped, {name} of {len(ours)}", _share(ours, part), "ms"
        )


def _told(what: str, ours: list[float], bare: list[float] | None = None) -> Iterator[Row]:
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        yield Row(f"{what}, {name} of {len(ours)}", mine := _share(ours, part), "ms", None, "", AIMS[name])
        if bare:
            peer = _share(bare, part)
            yield Row(f"{what}, {name}, bare page", peer, "ms", mine / peer, "cockpit / bare page")


def _share(values: list[float], part: float) -> float:
    """The value that `part` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if part != 0.5 else statistics.median(values)


def _numbers(on: Stage) -> tuple[list[float], list[float]]:
    """Milliseconds until each page showed the number said, at moments of no rhythm."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(on.samples):
        on.pages[0].wait_for_timeout(on.chance.uniform(1100, 2100))
        value = _next_number(on.pages)
        said = on.probe.say("air", "pm", value)
        for page, times in zip(on.pages, found, strict=True):
            times.append(_when(page, str(value)) - said)
    return found


def _next_number(pages: tuple[Page, Page]) -> int:
    """One that neither page has shown."""
    shown = {name for page in pages for name in page.evaluate("() => Object.keys(window.seen)")}
    return next(value for value in range(300, 1000) if str(value) not in shown)


def _alerts(on: Stage) -> list[float]:
    found, page = [], on.pages[0]
    count = "() => Object.keys(window.seen).filter((name) => name.startsWith('alert ')).length"
    for _ in range(on.samples):
        page.wait_for_timeout(on.chance.uniform(300, 1300))
        before = page.evaluate(count)
        said = on.probe.say("noise", "db", 120)
        page.wait_for_function(f"() => ({count})() > {before}", timeout=_PATIENCE_MS, polling=_POLL_MS)
        newest = "() => Object.entries(window.seen).filter(([name]) => name.startsWith('alert ')).at(-1)[0]"
        found.append(_when(page, page.evaluate(newest)) - said)
        on.probe.say("noise", "db", 40)
        gone = "() => !document.querySelector('.is-alert_roll [data-alert]')"
        page.wait_for_function(gone, timeout=_PATIENCE_MS, polling=_POLL_MS)
    return found


def _when(page: Page, name: str) -> float:
    told = page.wait_for_function(
        "(name) => window.seen[name] || null", arg=name, timeout=_PATIENCE_MS, polling=_POLL_MS
    )
    return float(told.json_value())


def _open(browser: Browser, url: str, root: str) -> Page:
    page = browser.new_context(viewport={"width": WALL.width, "height": WALL.height}).new_page()
    page.add_init_script(WATCH.replace("ROOT", json.dumps(root)))
    page.goto(url)
    page.wait_for_function("() => !document.querySelector('.face-loading')")
    return page


@contextmanager
def _beside(on: Stage, rates: tuple[int, ...], hour: int = 0) -> Iterator[int]:
    """The first of the rates that is stored as it comes, going on while the context lasts. The traffic speaks of a day
    ago, each rate from an hour of its own on, the first from `hour`."""
    if rates == (0,):
        yield 0
        return
    for number, rate in enumerate(rates):
        start_s = int(time.time()) - 86_400 + 3600 * (hour + number)
        sent = {"rate": rate, "devices": DEVICES, "areas": AREAS, "start_s": start_s}
        with Child("bench.peers.steady", **on.login, **sent) as traffic:
            assert traffic.heard() == "ready"
            if rate == rates[-1] or _keeps_up(lambda: _stored(on.database), rate):
                yield rate
                traffic.tell("stop")
                traffic.heard()
                return
            traffic.tell("stop")
            traffic.heard()


def _keeps_up(stored: Callable[[], int], rate: int) -> bool:
    """Whether nine tenths of what was sent within some seconds were stored within them, after some to warm up."""
    time.sleep(3)
    before, began = stored(), time.monotonic()
    time.sleep(5)
    return stored() - before >= 0.9 * rate * (time.monotonic() - began)


def _stored(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM reading").fetchone()[0])


def _config(broker: Mosquitto, pace_s: float) -> dict[str, Any]:
    """The shipped config with one feed and one rule."""
    config = shipped_config()
    paths = {"water_level_m": "v", "air_pm25_ugm3": "pm", "noise_db": "db"}
    mapping = {
        "pattern": "city/{area}/{kind}/{device}",
        "metrics": [{"metric": metric, "path": path} for metric, path in paths.items()],
        "time": "ts",
        "device": {"register_new": True, "interval_s": 60},
    }
    login = {"host": broker.host, "port": broker.port, "user": broker.username, "password": broker.password}
    rule: dict[str, Any] = {
        "kind": "threshold",
        "name": "噪声",
        "name_en": "Noise",
        "level": "orange",
        "owner": "ecology",
    }
    rule |= {"metric": "noise_db", "device_kind": "noise", "raise": {"above": 100}, "clear": {"below": 60}}
    return config | {
        "server": {"port": 0, "pace_s": pace_s},
        "broker": {"embedded": False, **login},
        "feeds": {"iot_mqtt": {"topics": [mapping]}},
        "rules": {"loud": {**rule, "auto_close": True}},
    }
