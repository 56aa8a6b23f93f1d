"""A real Chromium and its pages: each page remembers what a person would complain about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from tests.services.require import missing

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Size:
    """`screen` is the one made for it."""

    screen: str
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


WALL = Size("large", 1920, 1080)
WIDE = Size("large", 3840, 1080)
DESK = Size("medium", 1024, 1366)
PHONE = Size("small", 390, 844)
SIZES = (WALL, WIDE, DESK, PHONE)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


def chromium_path() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return path or missing("chromium", "install the Debian package chromium")


@dataclass
class Complaints:
    """What went wrong in the pages of one browser context. `expected`: parts of console texts that a test provokes."""

    origin: str
    found: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"error in the page: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.found.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.origin).netloc:
            self.found.append(f"asked elsewhere: {request.url}")


class Seat:
    """One person's (or wall's) browser: own cookies, own size, own language."""

    def __init__(self, browser: Browser, url: str, size: Size, lang: str = "zh", **options: Any) -> None:
        self.size, self.lang, self.url = size, lang, url
        viewport: ViewportSize = {"width": size.width, "height": size.height}
        self.context: BrowserContext = browser.new_context(
            viewport=viewport, base_url=url, reduced_motion="reduce", **options
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_cookies([{"name": "city_lang", "value": lang, "url": url}])
        self.complaints = Complaints(url)
        self.context.on("page", self.complaints.watch)
        self.page: Page = self.context.new_page()

    def open(self, path: str = "") -> Page:
        """Go to a page of the screen and wait until every panel shows something."""
        self.page.goto(path or f"/{self.size.screen}/")
        self.settled()
        return self.page

    def settled(self) -> None:
        """Every panel has a face that is not the loading one, and the fonts are there."""
        self.page.wait_for_function(
            "() => document.querySelector('.panel') && !document.querySelector('.panel.face-loading')"
        )
        self.page.wait_for_selector("#link-state.live")
        self.page.evaluate("() => document.fonts.ready.then(() => true)")

    def still(self) -> None:
        """From now on this page draws no panel again, so that it can be looked over while the city goes on."""
        self.page.evaluate(
            """() => {
              const real = window.fetch;
              const held = [];
              window.fetch = (path, ...more) => String(path).startsWith("/api/panels/")
                ? new Promise((done) => held.push(() => done(real(path, ...more))))
                : real(path, ...more);
              window.stir = () => { window.fetch = real; held.forEach((go) => go()); };
            }"""
        )

    def stir(self) -> None:
        """Panels are drawn again, beginning with those that were asked for meanwhile."""
        self.page.evaluate("() => window.stir()")

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def wait(self, condition: str, argument: Any = None) -> Any:
        """Until a JavaScript function of `argument` is true; its answer."""
        return self.page.wait_for_function(condition, arg=argument).json_value()

    def quiet(self) -> None:
        found = self.complaints.found
        assert not found, "the browser complained:\n" + "\n".join(found)
