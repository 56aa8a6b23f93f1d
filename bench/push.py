"""What a viewer costs the server: a counter of the whole city moves each second, and every socket is told of it. CPU of
the server's process per viewer and update, less what it uses without viewers; against a bare ASGI socket that sends a
notice of the same size and knows nobody. The last rows are viewers that also fetch the panel that changed, as a page
does. Viewers are paired walls, whose session is looked up. Viewers and server share the machine; medians of five
windows.
"""

import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.peers.child import Child
from bench.peers.shipped import shipped
from bench.report.row import Row

NAME = "Push: CPU of the server per viewer and update"

WINDOWS = 5
AIM_MS = 0.1
NOTICE = '{"boot":"8f14e45fceea167a","now":1772161380123,"versions":{"tickets":48211},"assets":"c4ca4238a0b9"}'


def run(quick: bool) -> list[Row]:
    window_s = 4.0 if quick else 10.0
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
        config = shipped(Path(name))
        with (
            Child("bench.peers.cockpit_alone", config=str(config), input="tickets") as ours,
            Child("bench.peers.bare_socket", notice=NOTICE) as bare,
        ):
            return list(_rows(ours, bare, ours.heard(), bare.heard()["port"], window_s))


def _rows(ours: Child, bare: Child, told: dict[str, Any], bare_port: int, window_s: float) -> Iterator[Row]:
    path = f"/push/ws?area={told['area']}"
    panel, cookie = _panel(told["port"], told["area"]), told["cookie"]
    for count in (1, 50, 300, 1000):
        mine = _cost(ours, told["port"], path, count, window_s, cookie)
        peer = _cost(bare, bare_port, "/", count, window_s)
        aim = f"<= {AIM_MS}" if count == 300 else ""
        yield Row(f"{count} viewers, told", mine, "ms", None, "", aim)
        if peer:  # of one viewer the bare socket uses less than can be told
            yield Row(
                f"{count} viewers, against the bare socket", peer, "ms", mine / peer, "told by the cockpit / bare"
            )
    for count in (50, 300):
        fetched = _cost(ours, told["port"], path, count, window_s, cookie, panel)
        yield Row(f"{count} viewers, told, each fetching the changed panel", fetched, "ms")


def _cost(server: Child, port: int, path: str, count: int, window_s: float, cookie: str = "", fetch: str = "") -> float:
    """Milliseconds of the server's CPU per viewer and update, median of the windows."""
    idle = _cpu_in(server, window_s) / window_s
    with Child("bench.peers.viewers", port=port, path=path, count=count, cookie=cookie, fetch=fetch) as viewers:
        assert viewers.heard() == "ready"
        found = []
        _ask(viewers)
        for _ in range(WINDOWS):
            used, heard = _cpu_in(server, window_s), _ask(viewers)
            assert heard >= count, f"{heard} notices reached {count} viewers in {window_s} s"
            found.append(max(used - idle * window_s, 0.0) / heard * 1000)
        median: float = statistics.median(found)
        return median


def _cpu_in(server: Child, window_s: float) -> float:
    before = _ask(server)
    time.sleep(window_s)
    return float(_ask(server) - before)


def _panel(port: int, area: str) -> str:
    """Path of today's calls on the first page of the wall, with a hole for its version."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/pages/large/?lang=zh", timeout=30) as answer:
        placed = next(name for name in json.load(answer)["page"]["panels"] if "hotline_today" in name)
    hour = time.time_ns() // 3_600_000_000_000
    return f"/api/panels/{placed}?screen=large&cockpit=city&area={area}&lang=zh&theme=dark&v={{v}}&h={hour}"


def _ask(child: Child) -> Any:
    child.tell("tell")
    return child.heard()
