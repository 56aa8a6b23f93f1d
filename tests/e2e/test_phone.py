"""The phone in the hand: on a slow line, with the thumb, from the home screen."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession

from tests.e2e.browser import PHONE, Seat
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program

pytestmark = pytest.mark.browser

SLOW = {"offline": False, "latency": 300, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # 400 kbit/s
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
FIRST_WORDS, ALL = 470_000, 1_600_000  # bytes on the line, with headers
BOXES = "(wanted) => [...document.querySelectorAll(wanted)].map((e) => e.getBoundingClientRect().toJSON())"
WORDS = "() => document.querySelector('.is-hotline_today .panel-title')?.checkVisibility()"


def received(devtools: CDPSession) -> Callable[[], dict[str, int]]:
    """Bytes by address of what has arrived so far, packed, with headers."""
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def arrived(event: dict[str, Any]) -> None:
        sizes[addresses[event["requestId"]]] = event["encodedDataLength"]

    devtools.on("Network.requestWillBeSent", asked)
    devtools.on("Network.loadingFinished", arrived)
    devtools.send("Network.enable")
    return lambda: dict(sizes)


def test_on_a_slow_line_words_come_before_fonts_and_charts(city: Program, take_seat: TakeSeat) -> None:
    """A first visit, nothing kept from before. What is counted is bytes: seconds are the line's. Once the first words
    stand there the line is let go, so that the test need not wait for the rest."""
    seat = take_seat(city, PHONE)
    devtools = seat.context.new_cdp_session(seat.page)
    so_far = received(devtools)
    devtools.send("Network.emulateNetworkConditions", SLOW)
    seat.page.goto("/small/", wait_until="commit")
    seat.wait(WORDS)
    first = so_far()
    assert seat.page.evaluate("() => document.fonts.status") == "loading"  # and its words are there
    assert not [address for address in first if "plotly.min" in address or address.endswith(".woff2")]
    assert sum(first.values()) < FIRST_WORDS, first
    devtools.send("Network.emulateNetworkConditions", FAST)
    seat.settled()
    seat.page.wait_for_selector(".is-city_map .choroplethlayer path")
    whole = so_far()
    assert sum(whole.values()) < ALL, whole
    fonts = [address for address in whole if address.endswith(".woff2")]
    assert 0 < len(fonts) < 30  # of some 330: only slices whose characters are shown


def put_on_the_home_screen(seat: Seat) -> None:
    """Chromium reads the manifest and finds the icons; the bar of the phone wears the page's ground."""
    devtools = seat.context.new_cdp_session(seat.page)
    assert devtools.send("Page.getAppManifest")["errors"] == []
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])  # as every browser of these tests is
    ground = seat.page.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--ground')")
    assert seat.page.get_attribute("meta[name=theme-color]", "content") == ground


def test_pages_are_in_the_thumbs_reach_and_the_phone_can_keep_them(city: Program, take_seat: TakeSeat) -> None:
    seat = take_seat(city, PHONE, has_touch=True)
    page = seat.open()
    seat.still()
    boxes = page.evaluate(BOXES, ".tabs > a")
    assert len(boxes) >= 3
    for box in boxes:
        assert min(box["width"], box["height"]) >= 48
        assert PHONE.height - 80 <= box["top"]
        assert box["bottom"] <= PHONE.height
    assert [box for box in page.evaluate(BOXES, ".tools > *") if min(box["width"], box["height"]) < 48] == []
    page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    foot, tabs = (page.locator(one).bounding_box() for one in (".foot", ".tabs"))
    assert foot is not None
    assert tabs is not None
    assert foot["y"] + foot["height"] <= tabs["y"]  # nothing is left under the bar
    seat.stir()
    put_on_the_home_screen(seat)
    page.tap(".tabs > a >> text=预警")
    page.wait_for_selector("#p-alerts-alert_list:not(.face-loading)")
