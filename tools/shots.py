"""Pictures of the screens as people see them, and what is wrong in them: python -m tools.shots [--out DIR] [--url URL]

With --docs DIR those that the documentation shows are put there too, under the names it uses.

Without --url the cockpit is started on free ports with an empty store in a temporary folder, and stopped again. Each
page is opened at the size it is designed for in each language; the picture goes to <out>/<screen>-<page>-<lang>.png.
What a person would complain about is printed and makes the exit code 1: messages on the console, requests to elsewhere,
a wall that scrolls, panels that overlap or hold more than they show.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.program import Program, shipped_config
from tests.services.mosquitto import free_port

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DRAWN_S = 40


@dataclass(frozen=True)
class Shot:
    """`path` holds {alert} where an open alert belongs, {device} where a device does; `full` takes the whole page and
    not the first view alone."""

    name: str
    path: str
    width: int
    height: int
    scale: float = 1
    full: bool = False


SIZES = {"large": (1920, 1080, 1), "medium": (1024, 1366, 1), "small": (390, 844, 2)}
WIDE = (3840, 1080, 1)
# Pages that no cockpit lists. Walls and phones are seen as they stand, desks whole.
ELSEWHERE = (
    Shot("large-alerts", "/large/alerts/", *SIZES["large"]),
    Shot("large-late", "/large/late/", *SIZES["large"]),
    Shot("large-alert", "/large/alert/{alert}", *SIZES["large"]),
    Shot("medium-own", "/medium/?panel=hotline-hotline_trend", *SIZES["medium"], full=True),
    Shot("medium-alerts", "/medium/alerts/", *SIZES["medium"]),
    Shot("medium-late", "/medium/late/", *SIZES["medium"]),
    Shot("medium-alert", "/medium/alert/{alert}", *SIZES["medium"], full=True),
    Shot("small-own", "/small/?panel=main-hotline_today", *SIZES["small"]),
    Shot("small-alerts", "/small/alerts/", *SIZES["small"]),
    Shot("small-late", "/small/late/", *SIZES["small"]),
    Shot("small-alert", "/small/alert/{alert}", *SIZES["small"]),
    Shot("medium-device", "/medium/devices/{device}", *SIZES["medium"]),
    Shot("small-device", "/small/devices/{device}", *SIZES["small"]),
    *(
        Shot(f"desk-{name}{suffix}", path, *SIZES[screen])
        for screen, suffix in (("medium", ""), ("small", "-small"))
        for name, path in {
            "devices": "/medium/devices",
            "register": "/medium/devices/{device}/register",
            "waiting": "/admin/waiting",
            "files": "/admin/devices",
            "deadletters": "/admin/deadletters",
            "audit": "/admin/audit",
            "walls": "/admin/walls",
            "accounts": "/admin/accounts",
            "account": "/account",
            "first": "/first",
            "login": "/login",
            "pair": "/pair",
        }.items()
    ),
)

# What the documentation shows: picture taken -> its name there.
IN_DOCS = {
    "large-main-zh": "large",
    "large-main-en": "large-en",
    "wide-main-zh": "wide",
    "medium-main-zh": "medium",
    "medium-alert-zh": "alert",
    "small-main-zh": "small",
    "small-alert-zh": "small-alert",
}
MOST_BYTES = 400_000  # of a picture in the documentation
COLOURS = (256, 128, 64)


def shots() -> Iterator[Shot]:
    """Every page of the shipped cockpit at the size of its screen, those of the wall also at twice the width."""
    city = shipped_config()["cockpits"]["city"]
    for screen, size in SIZES.items():
        for page in city[screen]:
            path = f"/{screen}/city/?page={page}"
            yield Shot(f"{screen}-{page}", path, *size, full=screen == "medium")
            if screen == "large":
                yield Shot(f"wide-{page}", path, *WIDE)
    yield from ELSEWHERE


# Runs in the page. Text cut on purpose (an ellipsis) is no fault; panels on one another and hidden rows are.
_FAULTS = """() => {
  const out = [];
  const name = (e) => (e.id || e.className).toString().slice(0, 60);
  const panels = [...document.querySelectorAll('.panel')].filter((e) => e.offsetParent && e.getClientRects().length);
  const box = (e) => e.getBoundingClientRect();
  panels.forEach((a, i) => panels.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a) || a.matches('.is-red_stage') || b.matches('.is-red_stage')) return;
    const p = box(a), q = box(b);
    if (p.left + 1 < q.right && q.left + 1 < p.right && p.top + 1 < q.bottom && q.top + 1 < p.bottom)
      out.push(`overlap: ${name(a)} and ${name(b)}`);
  }));
  for (const e of panels) {
    const body = e.querySelector('.panel-body');
    if (body && body.scrollHeight > body.clientHeight + 2) out.push(`${name(e)} holds more than it shows`);
    const cut = body && getComputedStyle(body).overflowX !== 'visible';
    if (cut && body.scrollWidth > body.clientWidth + 2) out.push(`${name(e)} is wider than its place`);
    if (e.matches('.face-loading')) out.push(`${name(e)} is still loading`);
  }
  const wall = document.documentElement.dataset.screen === 'large';
  const page = document.documentElement;
  if (wall && page.scrollHeight > page.clientHeight) out.push('the wall scrolls');
  if (page.scrollWidth > page.clientWidth) out.push('the page scrolls sideways');
  return out;
}"""
# On a picture of all of a page, what is pinned to the window would stand in its middle.
_UNPINNED = """() => [...document.querySelectorAll('body *')]
  .filter((e) => ['fixed', 'sticky'].includes(getComputedStyle(e).position))
  .forEach((e) => { e.style.position = 'static'; })"""
# Desks and doors are plain pages.
_DRAWN = """() => !document.getElementById('page')
  || document.querySelector('.panel') && !document.querySelector('.panel.face-loading')"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Pictures of the screens.")
    parser.add_argument("--out", default="shots", type=Path, help="folder for the pictures (default: shots)")
    parser.add_argument("--docs", type=Path, help="folder for the pictures the documentation shows")
    parser.add_argument("--url", default="", help="a running cockpit; empty: start one")
    parser.add_argument("--lang", default="zh,en", help="languages, with commas between")
    parser.add_argument("--theme", default="", help="dark or light; empty: as the screen has it")
    parser.add_argument("--only", default="", help="take only pictures whose name begins so")
    parser.add_argument("--settle", default=30.0, type=float, help="seconds of life before the first picture")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in shots() if shot.name.startswith(given.only)]
    if given.url:
        faults = shoot(given.url.rstrip("/"), wanted, given)
    else:
        with running() as url:
            time.sleep(given.settle)
            faults = shoot(url, wanted, given)
    if given.docs:
        faults += for_docs(given.out, given.docs)
    print(f"{faults} faults" if faults else "no faults")
    return 1 if faults else 0


def for_docs(taken: Path, docs: Path) -> int:
    """Small copies of the pictures the documentation shows; how many are missing or remain too large."""
    docs.mkdir(parents=True, exist_ok=True)
    faults = 0
    for source, name in IN_DOCS.items():
        path = taken / f"{source}.png"
        if not path.exists():
            print(f"{name}: {path} was not taken")
            faults += 1
            continue
        size = shrink(path, docs / f"{name}.png")
        if size > MOST_BYTES:
            print(f"{name}: {size} bytes, more than {MOST_BYTES}")
            faults += 1
    return faults


def shrink(source: Path, target: Path) -> int:
    """A copy with as many colours as fit into MOST_BYTES; its size in bytes."""
    with Image.open(source) as picture:
        full = picture.convert("RGB")
    size = 0
    for colours in COLOURS:
        # Flat grounds and letters need no dither; it would only make the file larger.
        full.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target, optimize=True)
        size = target.stat().st_size
        if size <= MOST_BYTES:
            break
    return size


@contextmanager
def running() -> Iterator[str]:
    """The cockpit with the shipped settings, on free ports and with an empty store."""
    with tempfile.TemporaryDirectory(prefix="shots-") as name:
        config = shipped_config()
        config["server"]["port"], config["broker"]["port"] = 0, free_port()
        program = Program(Path(name) / "city", config)
        program.start()
        try:
            yield program.url
        finally:
            program.end()


def shoot(url: str, wanted: list[Shot], given: argparse.Namespace) -> int:
    """Takes the pictures and returns how many faults were printed."""
    faults = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            paths = " ".join(shot.path for shot in wanted)
            alert = open_alert(browser, url) if "{alert}" in paths else None
            device = first_device(browser, url) if "{device}" in paths else None
            for shot in wanted:
                if ("{alert}" in shot.path and alert is None) or ("{device}" in shot.path and device is None):
                    print(f"{shot.name}: no open alert or no device, no picture")
                    continue
                path = shot.path.format(alert=alert, device=device)
                for lang in given.lang.split(","):
                    chosen = f"{'&' if '?' in path else '?'}lang={lang}&theme={given.theme}".removesuffix("&theme=")
                    faults += one(browser, url, path + chosen, shot, given.out / f"{shot.name}-{lang}.png")
        finally:
            browser.close()
    return faults


def open_alert(browser: Browser, url: str) -> str | None:
    """The gravest open alert, as the list shows it."""
    page = browser.new_page(viewport={"width": 1024, "height": 1366})
    try:
        page.goto(f"{url}/medium/alerts/")
        drawn(page)
        first = page.query_selector("[data-alert]")
        return first.get_attribute("data-alert") if first else None
    finally:
        page.close()


def first_device(browser: Browser, url: str) -> str | None:
    """The first of the register."""
    page = browser.new_page()
    try:
        page.goto(f"{url}/medium/devices")
        link = page.query_selector("tbody a")
        address = link.get_attribute("href") if link else None
        return address.rpartition("/")[2] if address else None
    finally:
        page.close()


def one(browser: Browser, url: str, path: str, shot: Shot, target: Path) -> int:
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height}, device_scale_factor=shot.scale, reduced_motion="reduce"
    )
    said: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"page error: {error}"))
    page.on("request", lambda request: outside(request.url, url, said))
    try:
        page.goto(url + path)
        drawn(page)
        said += page.evaluate(_FAULTS)
        if shot.full:
            page.evaluate(_UNPINNED)
        page.screenshot(path=str(target), full_page=shot.full)
    finally:
        context.close()
    for line in said:
        print(f"{target.stem}: {line}")
    return len(said)


def outside(address: str, url: str, said: list[str]) -> None:
    if not address.startswith((url, url.replace("http", "ws", 1), "data:", "blob:")):
        said.append(f"asked elsewhere: {address}")


def drawn(page: Page) -> None:
    """Every panel has its face, fonts are there, and two frames have passed for the charts."""
    page.wait_for_function(_DRAWN, timeout=DRAWN_S * 1000)
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    sys.exit(main())
