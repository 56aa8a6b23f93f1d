"""The first wall page in a headless Chromium: bytes over the wire, first paint, all panels drawn, cold (a profile that
is new) and warm (the third time in that profile, as a wall that reloads each night: a browser keeps scripts compiled
once it has met them twice); against Dash as it is shipped with the same components in its layout. The simulated city
runs beside both while they are measured. Medians of rounds that take turns.
"""

import json
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from bench.peers.child import Child
from bench.report.row import Row
from tests.e2e.browser import FLAGS, WALL, chromium, chromium_path
from tests.e2e.conftest import has_past
from tests.e2e.program import START_S, Program, config_for
from tests.services.waiting import wait_until

NAME = "Page: the wall drawn, cold and warm"

ROOT = Path(__file__).resolve().parents[1]
# When every panel has a face that is not the loading one and every chart its drawing.
WATCH = """
(() => {
  const drawn = () => {
    const panels = [...document.querySelectorAll("section.panel")];
    const charts = [...document.querySelectorAll(".dash-graph")];
    return panels.length >= PANELS && !document.querySelector(".face-loading")
      && charts.length >= CHARTS && charts.every((chart) => chart.querySelector(".main-svg"));
  };
  const look = () => (drawn() ? requestAnimationFrame(() => { window.allDrawn = performance.now(); })
    : requestAnimationFrame(look));
  requestAnimationFrame(look);
})()
"""
ANSWERS = """async () => {
  const asked = performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/api/panels/"));
  return Object.assign({}, ...(await Promise.all(asked.map(async ({ name }) => (await fetch(name)).json()))));
}"""
AIMS = {("cold", "all drawn"): "<= 1600", ("warm", "all drawn"): "<= 650", ("cold", "bytes"): "<= 900"}
UNITS = {"first paint": "ms", "all drawn": "ms", "bytes": "kB"}


def run(quick: bool) -> list[Row]:
    rounds = 5 if quick else 15
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name, chromium() as browser:
        program = Program(Path(name) / "city", config_for())
        program.start()
        try:
            wait_until(lambda: has_past(program), "the past of the simulated city", START_S)
            page, count = _components(browser, program.url)
            watch = WATCH.replace("PANELS", str(count["panels"])).replace("CHARTS", str(count["charts"]))
            children = Path(name) / "children.json"
            children.write_text(json.dumps(page), encoding="utf-8")
            styles = _styles(Path(name))
            with Child("bench.peers.dash_as_shipped", children=str(children), styles=str(styles)) as peer:
                peer_url = f"http://127.0.0.1:{peer.heard()['port']}/"
                found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
                for _ in range(rounds):
                    for who, url in (("cockpit", f"{program.url}/large/"), ("Dash as shipped", peer_url)):
                        _round(browser, url, watch, who, found)
        finally:
            program.end()
    return list(_rows(found, count))


def _components(browser: Browser, url: str) -> tuple[Any, dict[str, int]]:
    """What the wall shows, as Dash components: the page's skeleton with each panel's answer in its place."""
    context = browser.new_context(viewport={"width": WALL.width, "height": WALL.height})
    page = context.new_page()
    page.goto(f"{url}/large/")
    page.wait_for_function("() => document.querySelector('.panel') && !document.querySelector('.panel.face-loading')")
    answers = page.evaluate(ANSWERS)
    told = context.request.get(f"{url}/api/pages/large/?lang=zh").json()
    charts = page.locator(".dash-graph").count()
    panels = page.locator("section.panel").count()
    context.close()
    skeleton = told["props"]["page"]["children"]
    return _filled(skeleton, answers), {"charts": charts, "panels": panels}


def _filled(node: Any, answers: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_filled(part, answers) for part in node]
    if not isinstance(node, dict):
        return node
    props = {**node.get("props", {})}
    props |= answers.get(props.get("id", ""), {})
    return {**node, "props": {name: _filled(value, answers) for name, value in props.items()}}


def _styles(folder: Path) -> Path:
    """Our style sheets without our scripts: Dash loads whatever lies in its folder of assets."""
    made = folder / "assets"
    shutil.copytree(ROOT / "assets", made, ignore=shutil.ignore_patterns("*.js", "vendor"))
    return made


def _round(browser: Browser, url: str, watch: str, who: str, found: dict[tuple[str, str, str], list[float]]) -> None:
    with tempfile.TemporaryDirectory(prefix="city-profile-", ignore_cleanup_errors=True) as profile:
        context = browser.browser_type.launch_persistent_context(
            profile,
            executable_path=chromium_path(),
            args=FLAGS,
            viewport={"width": WALL.width, "height": WALL.height},
            reduced_motion="reduce",
        )
        context.add_init_script(watch)
        try:
            for state in ("cold", "", "warm"):
                for what, value in _load(context, url).items():
                    found[who, state, what].append(value)
        finally:
            context.close()


def _load(context: BrowserContext, url: str) -> dict[str, float]:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    received = [0.0]
    devtools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(url)
    drawn = page.wait_for_function("() => window.allDrawn", timeout=60_000).json_value()
    paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return {"first paint": paint, "all drawn": drawn, "bytes": sum(received) / 1000}


def _rows(found: dict[tuple[str, str, str], list[float]], count: dict[str, int]) -> Iterator[Row]:
    yield Row("panels on the page", count["panels"], f"of them with charts: {count['charts']}")
    for state in ("cold", "warm"):
        for what, unit in UNITS.items():
            ours = statistics.median(found["cockpit", state, what])
            peer = statistics.median(found["Dash as shipped", state, what])
            aim = AIMS.get((state, what), "")
            yield Row(f"{state}: {what}", ours, unit, None, "", aim)
            yield Row(f"{state}: {what}, Dash as shipped", peer, unit, ours / peer, "cockpit / Dash as shipped")
