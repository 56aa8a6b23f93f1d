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
