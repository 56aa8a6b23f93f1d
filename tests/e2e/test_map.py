"""Down to a town by a click on the map, up again by a key."""

import itertools

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.e2e.browser import DESK, WALL, Size
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program
from tests.services.waiting import wait_until

pytestmark = pytest.mark.browser
# The address changes at once, what the page shows when it was asked for and came.
IN_TOWN = "() => document.querySelector('.band').innerText.includes('南朗')"


# Steps from the middle of a town's name: a pin, or the town's border, may lie at any of them.
AROUND = ((0, 24), (0, -26), (-40, 0), (40, 0), (0, 44), (-50, 24), (50, 24))
NAME = """() => {
  const labels = [...document.querySelectorAll(".is-city_map text")];
  const label = labels.find((e) => e.textContent.startsWith("南朗"));
  label?.scrollIntoView({ block: "center" });
  const box = label?.getBoundingClientRect();
  const plots = [...document.querySelectorAll(".js-plotly-plot")];
  plots.forEach((plot) => { plot._hoverdata = undefined; });  // what is noticed now is of the pointer's new place
  return box && [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
}"""
NOTICED = """(area) => [...document.querySelectorAll(".js-plotly-plot")].some(
  (plot) => (plot._hoverdata || []).some((point) => point.customdata === area))"""


def on_town(page: Page, dx: float, dy: float) -> tuple[float, float] | None:
    """The place beside the town's name, if the map notices the pointer there as one on the town."""
    middle = page.evaluate(NAME)
    if middle is None:
        return None
    x, y = middle[0] + dx, middle[1] + dy
    page.mouse.move(x, y)
    try:
        page.wait_for_function(NOTICED, arg="area:442000008", timeout=1000)
    except NotInTime:
        return None
    return x, y


@pytest.mark.parametrize("size", [WALL, DESK], ids=str)
def test_a_click_on_the_map_opens_the_town_and_escape_goes_up(city: Program, take_seat: TakeSeat, size: Size) -> None:
    seat = take_seat(city, size)
    page = seat.open()
    top = page.url
    page.evaluate("() => { window.same = true; }")
    seat.still()  # a map that is drawn anew under the pointer would not notice it
    around = itertools.cycle(AROUND)
    spot = wait_until(lambda: on_town(page, *next(around)), "the map to notice the pointer on the town")
    assert spot is not None
    page.mouse.click(*spot)
    seat.stir()
    page.wait_for_url(lambda url: url != top)
    assert f"/{size.screen}/city/442000" in page.url
    seat.wait(IN_TOWN)
    seat.settled()
    page.keyboard.press("Escape")
    page.wait_for_url(top)
    seat.settled()
    page.go_back()
    page.wait_for_url(lambda url: url != top)
    seat.wait(IN_TOWN)
    seat.settled()
    assert page.evaluate("() => window.same") is True


def test_the_keyboard_opens_a_town_of_the_map(city: Program, take_seat: TakeSeat) -> None:
    """By a list of what the map shows, which is seen while the focus is in it; the keyboard then is on the new page."""
    seat = take_seat(city, DESK)
    page = seat.open()
    top = page.url
    page.focus(".places summary")
    assert page.locator(".places").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_selector("#places a")
    told = page.locator("#places a").all_inner_texts()
    shown = page.evaluate(
        "() => [...document.querySelectorAll('.is-city_map .js-plotly-plot')][0].data.flatMap("
        "(t) => (t.customdata || []).filter((c) => /^(area|alert):/.test(c)))"
    )
    assert len(told) == len(set(shown)) > 20
    page.focus("#places a >> text=南朗")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != top)
    seat.settled()
    assert "南朗" in page.locator(".band").inner_text()
    assert page.evaluate("() => document.activeElement.tagName") == "MAIN"
    assert "城市运行" in page.inner_text("#said")
