"""Down to a town by a click on the map, up again by a key."""

import pytest

from tests.e2e.browser import DESK, WALL, Size
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program

pytestmark = pytest.mark.browser
# The address changes at once, what the page shows when it was asked for and came.
IN_TOWN = "() => document.querySelector('.band').innerText.includes('南朗')"


@pytest.mark.parametrize("size", [WALL, DESK], ids=str)
def test_a_click_on_the_map_opens_the_town_and_escape_goes_up(city: Program, take_seat: TakeSeat, size: Size) -> None:
    seat = take_seat(city, size)
    page = seat.open()
    top = page.url
    page.evaluate("() => { window.same = true; }")
    seat.still()  # a map that is drawn anew under the pointer would not notice it
    spot = seat.wait(
        """() => {
          const labels = [...document.querySelectorAll(".is-city_map text")];
          const label = labels.find((e) => e.textContent.startsWith("南朗"));
          label?.scrollIntoView({ block: "center" });
          const box = label?.getBoundingClientRect();
          return box && [(box.left + box.right) / 2, box.bottom + 12];  // below its name, on the town
        }"""
    )
    page.mouse.move(*spot)
    seat.wait("() => [...document.querySelectorAll('.js-plotly-plot')].some((plot) => plot._hoverdata?.length)")
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
