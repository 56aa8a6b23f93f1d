"""How long a start takes and what the running city costs, measured on the shipped config in a folder of its own.

    python -m tools.stopwatch [--minutes 5] [--history 90d] [--until-told] [--keep FOLDER]

Says the seconds until the first page and until the wall's first screen is alive, from zero and at the second start;
then, each minute, the share of a core, the size of the database, open alerts, how far the past is told and how long the
panels take. `--until-told` goes on until the past is told.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
PORT, BROKER_PORT = 18_950, 18_951
URL = f"http://127.0.0.1:{PORT}"
PANELS = ("situation", "hotline_today", "hotline_trend", "environment", "city_map", "alert_roll", "feed_health")
ALIVE = ("hotline_today", "environment", "city_map", "alert_roll")
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 180.0


class City:
    """The program in `folder`, started and ended again and again."""

    def __init__(self, folder: Path, history: str) -> None:
        self.folder = folder
        self._history = history
        config: dict[str, Any] = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))
        config["server"]["port"], config["broker"]["port"] = PORT, BROKER_PORT
        with (folder / "config.yaml").open("w", encoding="utf-8") as file:
            YAML(typ="safe").dump(config, file)

    def start(self) -> tuple[float, float]:
        """Seconds until the first page, and until the first screen is alive."""
        begun = time.monotonic()
        command = [sys.executable, "app.py", "--config", str(self.folder / "config.yaml"), "run"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--history", self._history], cwd=ROOT, stdout=log, stderr=log)
        until(lambda: b"<html" in asked("/large/"))
        page_s = time.monotonic() - begun
        until(lambda: all(is_alive(name) for name in ALIVE))
        return page_s, time.monotonic() - begun

    def end(self) -> float:
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        return time.monotonic() - begun

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mb(self) -> float:
        text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def disk_mb(self) -> float:
        return sum(path.stat().st_size for path in (self.folder / "var").rglob("*") if path.is_file()) / 1e6

    def counted(self, query: str) -> Any:
        with closing(sqlite3.connect(f"file:{self.folder / 'var' / 'city.db'}?mode=ro", uri=True)) as conn:
            return conn.execute(query).fetchone()[0]


def asked(path: str) -> bytes:
    """Empty while nobody answers."""
    try:
        with urllib.request.urlopen(URL + path, timeout=30) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError):
        return b""


def panel(name: str, area: str = "442000") -> bytes:
    return asked(f"/api/panels/main-{name}?screen=large&cockpit=city&area={area}&lang=en")


def is_alive(name: str) -> bool:
    body = panel(name)
    return b"face-" in body and not any(f"face-{face}".encode() in body for face in ("loading", "failed"))


def until(reached: Any) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit(f"not reached in {_PATIENCE_S:g} s")
        time.sleep(0.1)


def report(city: City, cpu_s: float, over_s: float) -> None:
    took = {}
    for name in PANELS:
        begun = time.monotonic()
        panel(name)
        took[name] = round((time.monotonic() - begun) * 1000)
    cases = city.counted("select count(*) from case_")
    alerts = city.counted("select count(*) from alert where state = 'open'")
    lasting = city.counted("select count(*) from alert where state = 'open' and recovered_ms is null")
    note = city.counted("select cause from feed_state where feed = 'demo_city'")
    readings = city.counted("select count(*) from reading")
    print(
        f"{100 * cpu_s / over_s:5.1f} % of a core, {city.memory_mb():.0f} MB memory, {city.disk_mb():.0f} MB disk, "
        f"{cases} tickets, {readings} readings, {alerts} open alerts ({lasting} lasting), "
        f"{note or 'no note'}; ms {took}",
        flush=True,
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.stopwatch")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--history", default="90d")
    parser.add_argument("--until-told", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder to work in and to leave")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stopwatch-") as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        city = City(folder, given.history)
        for which in ("first start", "second start"):
            page_s, alive_s = city.start()
            print(f"{which}: first page after {page_s:.1f} s, screen alive after {alive_s:.1f} s", flush=True)
            if which == "first start":
                watch(city, given.minutes, given.until_told)
            print(f"ended in {city.end():.1f} s", flush=True)
    return 0


def watch(city: City, minutes: float, until_told: bool) -> None:
    begun = time.monotonic()

    def over() -> bool:
        told = not until_told or not city.counted("select cause from feed_state where feed = 'demo_city'")
        return told and time.monotonic() - begun >= minutes * 60

    while not over():
        since, cpu_s = time.monotonic(), city.cpu_s()
        time.sleep(min(60.0, max(1.0, minutes * 60)))
        print(f"{(time.monotonic() - begun) / 60:5.1f} min ", end="")
        report(city, city.cpu_s() - cpu_s, time.monotonic() - since)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
