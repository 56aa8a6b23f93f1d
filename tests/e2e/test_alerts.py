"""From the red square in the roll to what speaks for it, to who acts; and the one who was slower is told so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import DESK, PHONE, WALL, Seat
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program, config_for
from tests.e2e.speech import measure
from tests.e2e.test_screens import faults

pytestmark = pytest.mark.browser

AT_ONCE = {"pending_for_s": 0, "keep_firing_for_s": 0}


@pytest.fixture
def flooding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A city whose only devices are those of the test, and whose rules do not wait."""
    rules = dict.fromkeys(("flood_yellow", "flood_orange", "flood_red"), AT_ONCE)
    config = config_for({"rules": rules, "feeds": {"demo_city": {"enabled": False}}})
    program = Program(tmp_path_factory.mktemp("flooding"), config)
    program.start()
    yield program
    program.end_well()


def flood(program: Program) -> None:
    for level in (0.12, 0.4, 0.83):
        measure(program, "water_level_m", level)


def red_row(seat: Seat) -> str:
    """The address of the red alert, once the roll has it."""
    seat.page.wait_for_selector(".is-alert_roll [data-go]:has(.level.l-red)")
    return str(seat.page.locator(".is-alert_roll [data-go]:has(.level.l-red)").first.get_attribute("data-go"))


def tap(page: Page, verb: str) -> None:
    page.click(f'[data-act="alert.{verb}"]')


def acted(request: object) -> bool:
    return "/api/actions/" in str(getattr(request, "url", ""))


def test_a_flood_is_seen_acknowledged_and_closed(flooding: Program, take_seat: TakeSeat) -> None:
    wall, desk, phone = (take_seat(flooding, size) for size in (WALL, DESK, PHONE))
    for seat in (wall, desk):
        seat.open()
    assert wall.page.locator(".is-red_stage .stage").count() == 0
    flood(flooding)

    # everybody sees it come
    wall.page.wait_for_selector(".is-red_stage .stage")
    assert "城区内涝" in wall.text(".is-red_stage")
    wall.settled()
    assert not faults(wall)
    address = red_row(desk)
    desk.page.click(f'[data-go="{address}"]')
    desk.page.wait_for_url(f"**{address}")
    desk.settled()

    # what speaks for it
    page = desk.page
    evidence = page.locator(".alert-evidence").inner_text()
    assert "0.83" in evidence
    assert "gauge-1" in evidence
    assert page.locator(".alert-evidence svg").count() > 0
    assert page.locator(".alert-map svg").count() > 0
    assert "待确认" in page.locator(".timeline").inner_text()
    assert not faults(desk)
    phone.open(address.replace("/medium/", "/small/"))
    assert not faults(phone)

    # two taps; the first does nothing but arm, and lets go again by itself
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if acted(request) else None)
    tap(page, "acknowledge")
    page.wait_for_selector('[data-act="alert.acknowledge"].armed')
    page.wait_for_selector('[data-act="alert.acknowledge"]:not(.armed)')
    assert sent == []
    phone.still()  # does not hear what the desk does
    tap(page, "acknowledge")
    tap(page, "acknowledge")
    page.wait_for_selector(".timeline :text('确认') >> visible=true")
    desk.wait("() => !document.querySelector('[data-act=\"alert.acknowledge\"]')")
    assert len(sent) == 1
    steps = page.locator(".timeline .step.done")
    confirmed = steps.filter(has_text="确认").first.inner_text()
    assert "local" in confirmed or "本机" in confirmed
    assert any(part.count(":") == 2 for part in confirmed.split())  # at what second

    # the slower one is told who was faster
    phone.complaints.expected = ("409",)
    tap(phone.page, "acknowledge")
    tap(phone.page, "acknowledge")
    phone.wait("() => document.getElementById('notice').innerText.includes('已先行处理')")

    # closed: gone from roll and stage, kept in the list
    tap(page, "close")
    tap(page, "close")
    desk.wait("() => !document.querySelector('[data-act]')")
    wall.wait("() => !document.querySelector('.is-red_stage .stage')")
    desk.open("/medium/alerts/")
    closed = page.locator(".is-alert_list tr", has_text="城区内涝").inner_text()
    assert "已关闭" in closed
