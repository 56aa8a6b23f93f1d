"""A real Chromium on a page of ours, which remembers everything a person would complain about."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.services.require import missing

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
_PATIENCE_MS = 60_000


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or missing("chromium", "install the Debian package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


class Seat:
    """A browser of one's own at `url`. `expected`: parts of console texts that a test provokes."""

    def __init__(self, browser: Browser, url: str, screen: str, width: int, height: int) -> None:
        self._url, self._screen = url, screen
        self.context = browser.new_context(viewport={"width": width, "height": height}, base_url=url)
        self.context.set_default_timeout(_PATIENCE_MS)
        self.expected: tuple[str, ...] = ()
        self._complaints: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._complaints.append(f"error in the page: {error}"))
        self.page.on("request", self._request)

    def open(self, cockpit: str = "") -> Page:
        """The first page of the screen or of a cockpit, once all its panels have a face and the line is alive."""
        self.page.goto(f"/{self._screen}/{cockpit}")
        self.wait("() => document.querySelector('.panel') && !document.querySelector('.panel.face-loading')")
        self.page.wait_for_selector("#link-state.live")
        return self.page

    def wait(self, condition: str, argument: Any = None) -> None:
        """Until a JavaScript function of `argument` is true."""
        self.page.wait_for_function(condition, arg=argument)

    def leave(self) -> None:
        self.context.close()
        assert not self._complaints, "\n".join(self._complaints)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self._complaints.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self._url).netloc:
            self._complaints.append(f"asked elsewhere: {request.url}")
