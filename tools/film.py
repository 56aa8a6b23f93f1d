"""A short film of feed health while the broker dies and returns: python -m tools.film [--docs DIR]

A real mosquitto, messages at a steady rate, the feeds page of the desk. Pictures are taken before the kill, when the
page says that the source is lost, while it is away, and when it is well again; they are put below one another, each
with the seconds since the kill, into <docs>/broker-dies.png. Fails when the page did not say so within ten seconds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page

from bench.peers.child import Child
from bench.rig.city import AREAS, city, documented_broker
from bench.rig.databases import Sqlite
from tests.e2e.browser import chromium
from tests.services.mosquitto import Mosquitto

ROOT = Path(__file__).resolve().parents[1]
RATE, DEVICES = 100, 200
SEEN_WITHIN_S, AWAY_S, BACK_WITHIN_S = 10.0, 12.0, 60.0
_PANEL = ".is-feed_health"
_CAPTION_PX = 34
_LOST = f"() => /中断|失联|重试/.test(document.querySelector('{_PANEL}').innerText)"
_WELL = f"() => !({_LOST})()"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.film", description="Feed health while the broker dies.")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "shots", help="folder for the film")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="city-film-") as name, chromium() as browser:
        (Path(name) / "broker").mkdir()
        broker = documented_broker(Path(name) / "broker")
        program = city(Path(name), Sqlite(Path(name) / "city.db").url, broker)
        program.start()
        try:
            page = browser.new_context(viewport={"width": 1024, "height": 700}).new_page()
            frames = list(_frames(page, f"{program.url}/medium/?page=feeds", broker))
        finally:
            program.end()
            broker.kill()
    given.docs.mkdir(parents=True, exist_ok=True)
    _strip(frames).save(given.docs / "broker-dies.png", optimize=True)
    for said, _ in frames:
        print(said)
    return 0


def _frames(page: Page, url: str, broker: Mosquitto) -> Iterator[tuple[str, bytes]]:
    """What each picture is of, and the picture."""
    with _traffic(broker):
        page.goto(url)
        page.wait_for_function(_WELL)
        page.wait_for_timeout(5000)
        yield "before", _picture(page)
    broker.kill()
    killed = time.monotonic()

    def since(what: str) -> str:
        return f"{time.monotonic() - killed:.1f} s after the kill: {what}"

    page.wait_for_function(_LOST, timeout=SEEN_WITHIN_S * 1000)
    yield since("said so"), _picture(page)
    page.wait_for_timeout(AWAY_S * 1000)
    yield since("away"), _picture(page)
    broker.start()
    with _traffic(broker):
        page.wait_for_function(_WELL, timeout=BACK_WITHIN_S * 1000)
        page.wait_for_timeout(2000)
        yield since("well again"), _picture(page)


def _picture(page: Page) -> bytes:
    return page.locator(_PANEL).first.screenshot()


@contextmanager
def _traffic(broker: Mosquitto) -> Iterator[None]:
    login = {name: getattr(broker, name) for name in ("host", "port", "username", "password")}
    start_s = int(time.time()) - 3600
    with Child("bench.peers.steady", **login, rate=RATE, devices=DEVICES, areas=AREAS, start_s=start_s) as traffic:
        assert traffic.heard() == "ready"
        yield
        traffic.tell("stop")
        traffic.heard()


def _strip(frames: list[tuple[str, bytes]]) -> Image.Image:
    pictures = [(said, Image.open(BytesIO(data))) for said, data in frames]
    wide = max(picture.width for _, picture in pictures)
    strip = Image.new("RGB", (wide, sum(picture.height + _CAPTION_PX for _, picture in pictures)), "white")
    draw, font, top = ImageDraw.Draw(strip), ImageFont.load_default(20), 0
    for said, picture in pictures:
        draw.text((8, top + 6), said, fill="black", font=font)
        strip.paste(picture, (0, top + _CAPTION_PX))
        top += picture.height + _CAPTION_PX
    return strip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
