"""Numbers change on every open screen when the data does, without anybody touching the page."""

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import DESK, PHONE, WALL, Seat, Size
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program
from tests.e2e.speech import TOWN, call, measure

pytestmark = pytest.mark.browser


def mark(page: Page) -> None:
    page.evaluate("() => { window.same = true; }")


def not_reloaded(page: Page) -> bool:
    return bool(page.evaluate("() => window.same === true"))


def all_curves_are_drawn(page: Page) -> bool:
    """As the server last said them; a page without any is not the one meant."""
    curves = """() => [...document.querySelectorAll("[data-spark]")].map((node) => {
      const [, ...meant] = JSON.parse(node.dataset.spark);
      const drawn = node.firstElementChild && [...node.firstElementChild.children];
      const same = ([name, shape], i) => drawn[i].tagName === name
        && Object.entries(shape).every(([attribute, value]) => drawn[i].getAttribute(attribute) === value);
      return Boolean(drawn) && drawn.length === meant.length && meant.every(same);
    })"""
    drawn = page.evaluate(curves)
    return bool(drawn) and all(drawn)


def total(seat: Seat) -> int:
    return int(seat.page.locator(".is-hotline_today .figure-value").first.inner_text().replace(",", ""))


def test_a_reading_reaches_all_open_screens(city: Program, take_seat: TakeSeat) -> None:
    """Worse air than any simulated: it becomes the worst of its row, with the place's name."""
    seats = [take_seat(city, size) for size in (WALL, PHONE)]
    for seat in seats:
        mark(seat.open())
        assert all_curves_are_drawn(seat.page)
        assert "913" not in seat.text(".is-environment")
    measure(city, "air_pm25_ugm3", 913)
    for seat in seats:
        seat.wait("() => document.querySelector('.is-environment').innerText.includes('913')")
        assert not_reloaded(seat.page)
        assert all_curves_are_drawn(seat.page)
    measure(city, "air_pm25_ugm3", 31)  # nothing is left for others
    seats[0].wait("() => !document.querySelector('.is-environment').innerText.includes('913')")


@pytest.mark.parametrize("size", [WALL, DESK], ids=str)
def test_calls_are_counted_as_they_come(city: Program, take_seat: TakeSeat, size: Size) -> None:
    """In the town and, at once, in the city; the caller's name and number are on no screen."""
    seat = take_seat(city, size)
    page = seat.open(f"/{size.screen}/city/{TOWN}")
    mark(page)
    before = total(seat)
    for n in range(7):
        call(city, f"T-{size.width}-{n}")
    number = "Number(document.querySelector('.is-hotline_today .figure-value').innerText.replace(',', ''))"
    seat.wait(f"(least) => {number} >= least", before + 7)
    assert total(seat) < before + 14
    assert not_reloaded(page)
    for secret in ("王小明", "13812345678", "测试路"):
        assert secret not in page.content()


def test_ages_count_by_themselves(city: Program, take_seat: TakeSeat) -> None:
    """What says how old it is grows older while nothing comes: figures never look younger than they are."""
    seat = take_seat(city, DESK)
    page = seat.open("/medium/?page=feeds")
    seat.still()
    age = page.locator(".is-feed_health .age").first
    before = age.inner_text()
    seat.wait("(before) => document.querySelector('.is-feed_health .age').innerText !== before", before)
    clock = page.locator("[data-clock=moment]").inner_text()
    seat.wait("(before) => document.querySelector('[data-clock=moment]').innerText !== before", clock)
