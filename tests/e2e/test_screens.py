"""Every screen at its size, in both languages, as a person would look over it: all there, in its place, legible, quiet,
and usable by who sees or moves otherwise (axe-core, both themes).

What is said on the console and every request elsewhere is noticed by the seats themselves, in all tests.
"""

from pathlib import Path

import pytest

from tests.e2e.browser import DESK, PHONE, SIZES, WALL, WIDE, Seat, Size
from tests.e2e.conftest import TakeSeat
from tests.e2e.program import Program
from tests.e2e.rules import violations
from tests.e2e.speech import TOWN

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
# One-line texts that may end in an ellipsis, and why nothing is lost by it.
EXCUSED = {
    ".roll-what": "a row of the roll is one line; the alert's own page has the whole name",
    ".roll-owner": "likewise",
    ".sm-name": "a small picture is as wide as the others; map and ranking have the longest town names whole",
}
SMALLEST_PX = {"large": 16, "medium": 16, "small": 15}
PAGES = {
    "large": ("", "?page=hotline", "?page=watch", f"city/{TOWN}", "alerts/"),
    "medium": ("", "?page=hotline", "?page=feeds", f"city/{TOWN}", "alerts/"),
    "small": ("", "?page=duty", "?page=more", "?page=watch", f"city/{TOWN}", "alerts/"),
}


def faults(seat: Seat) -> list[str]:
    """What is wrong with the page as it stands, one line each."""
    asked = {"least": SMALLEST_PX[seat.size.screen], "excused": ",".join(EXCUSED)}
    found: dict[str, list[str]] = seat.page.evaluate(LOOK, asked)
    return [f"{kind}: {line}" for kind, lines in found.items() for line in dict.fromkeys(lines)]


def read_in(seat: Seat, lang: str) -> None:
    """The wall has no buttons: its language is a cookie, as the administrator sets it."""
    seat.context.add_cookies([{"name": "city_lang", "value": lang, "url": seat.url}])


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_screen_is_whole_and_legible_in_both_languages(city: Program, take_seat: TakeSeat, size: Size) -> None:
    seat = take_seat(city, size)
    found: list[str] = []
    for lang in ("zh", "en"):
        read_in(seat, lang)
        for path in PAGES[size.screen]:
            seat.open(f"/{size.screen}/{path}")
            seat.still()
            assert seat.page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[lang]
            found += [f"{lang} /{size.screen}/{path} {line}" for line in faults(seat)]
            if lang == "zh" and size is not WIDE:  # which is the wall's page once more
                found += [f"/{size.screen}/{path} {line}" for line in violations(seat)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", [WALL, DESK, PHONE], ids=str)
def test_simulated_data_wears_its_mark(city: Program, take_seat: TakeSeat, size: Size) -> None:
    """On the screen as a whole and on every panel that shows something simulated."""
    seat = take_seat(city, size)
    page = seat.open()
    assert page.locator(".band .mark-sim").is_visible()
    assert page.locator(".band .mark-sim").inner_text() == "模拟"
    for panel in ("hotline_today", "environment", "city_map"):
        assert "模拟" in seat.text(f".is-{panel}"), panel
    published = page.locator(".is-headline_numbers")
    if published.count():  # these are the city's own
        assert "模拟" not in published.inner_text()


@pytest.mark.parametrize("size", [WALL, DESK, PHONE], ids=str)
def test_everything_that_can_be_clicked_can_be_reached_by_keyboard(
    city: Program, take_seat: TakeSeat, size: Size
) -> None:
    seat = take_seat(city, size)
    page = seat.open()
    seat.still()
    wanted = page.evaluate(
        """() => {
          // a live panel is drawn anew meanwhile: a place in it is known by what it is, not by its element
          window.known = (e) => [e.closest('[id^="p-"]')?.id, e.tagName, e.id, e.getAttribute('href'), e.dataset.go,
            e.dataset.lang, e.className].join(' ');
          const wanted = [...document.querySelectorAll('[data-go], [data-act], button, a[href], input, select')];
          return wanted.filter((e) => e.checkVisibility() && !e.disabled && !e.closest('.modebar')).map(window.known);
        }"""
    )
    assert wanted
    reached, unseen = set(), []
    for _ in range(len(wanted) + 3):  # the skip link and the ends of the page come in between
        page.keyboard.press("Tab")
        focus = page.evaluate(
            """() => {
              const e = document.activeElement;
              if (!e || e === document.body) return null;
              const s = getComputedStyle(e);
              const seen = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
              // a row whose link has the focus is reached by it
              const row = e.closest('[data-go]');
              return { n: [e, row].filter(Boolean).map(window.known), seen, what: e.outerHTML.slice(0, 80) };
            }"""
        )
        if focus:
            reached.update(focus["n"])
            if not focus["seen"]:
                unseen.append(focus["what"])
    assert sorted(set(wanted) - reached) == []
    assert unseen == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=str)
def test_language_and_theme_are_changed_without_a_reload_and_kept(
    city: Program, take_seat: TakeSeat, size: Size
) -> None:
    seat = take_seat(city, size)
    page = seat.open()
    page.evaluate("() => { window.same = true; }")
    theme = page.get_attribute("html", "data-bs-theme")
    other = {"dark": "light", "light": "dark"}[theme or ""]
    ground = "() => getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.click("[data-theme]")
    page.wait_for_selector(f'html[data-bs-theme="{other}"]')
    assert page.evaluate(ground) != before
    page.click('[data-lang="en"]')
    page.wait_for_selector('html[lang="en"]')
    seat.wait("() => document.querySelector('.is-environment .panel-title')?.textContent === 'Environment'")
    seat.settled()
    assert page.locator('[data-lang="zh"]').is_visible()
    assert page.evaluate("() => window.same") is True
    page.reload()
    seat.settled()
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("html", "data-bs-theme") == other
