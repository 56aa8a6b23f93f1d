"""A person enlarges a panel, narrows it, takes its numbers away, and goes back; all by keyboard where it is a key."""

from pathlib import Path

import pytest

from tests.e2e.browser import DESK, PHONE
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program
from tests.e2e.speech import TOWN
from tests.e2e.test_screens import faults

pytestmark = pytest.mark.browser


def test_a_panel_is_enlarged_filtered_taken_away_and_left(city: Program, take_seat: TakeSeat) -> None:
    seat = take_seat(city, DESK)
    page = seat.open()
    page.focus(".is-environment .enlarge")
    shown_at = "document.querySelector('.is-environment [data-at]').dataset.at"
    page.evaluate(f"() => {{ window.shownAt = {shown_at}; }}")
    seat.wait(f"() => {shown_at} !== window.shownAt")  # its panel was drawn over: the focus stays with the link
    seat.wait("() => (document.activeElement.dataset.go || '').includes('main-environment')")
    seat.open("/medium/?page=hotline")
    page.focus(".is-hotline_trend .enlarge")
    page.keyboard.press("Enter")
    page.wait_for_url("**?panel=hotline-hotline_trend")
    seat.settled()
    assert page.locator(".enlarged .is-hotline_trend").count() == 2
    page.click(".choice a:has-text('7 天')")
    page.wait_for_url("**&days=7")
    page.click(".choice a:has-text('昨日')")
    page.wait_for_url("**&days=7&compare=yesterday")
    seat.wait("() => [...document.querySelectorAll('.panel-title')].some((e) => e.textContent.includes('近 7 天'))")
    page.select_option("#filter-area", label="\u3000东凤")
    page.focus("[data-choose]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/city/{TOWN}?panel=hotline-hotline_trend&days=7&compare=yesterday")
    seat.settled()
    seat.still()
    assert faults(seat) == []
    with page.expect_download() as taken:
        page.click("a[download]")
    body = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    assert "东凤镇" in body
    assert "前一日受理" in body
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/city/{TOWN}?page=hotline&days=7&compare=yesterday")
    page.reload()  # what was chosen is in the address
    seat.settled()
    assert page.locator(".choice [aria-current]").all_inner_texts() == ["7 天", "昨日"]


def test_a_page_of_one_panel_is_whole_and_legible_on_a_phone(city: Program, take_seat: TakeSeat) -> None:
    seat = take_seat(city, PHONE)
    found = []
    for lang, panel in (("zh", "hotline_today"), ("en", "environment")):
        seat.context.add_cookies([{"name": "city_lang", "value": lang, "url": seat.url}])
        seat.open(f"/small/city/{TOWN}?panel=main-{panel}")
        seat.still()
        found += [f"{lang} {panel} {line}" for line in faults(seat)]
    assert not found, "\n".join(found)
