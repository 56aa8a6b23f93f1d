"""The wall in a browser: what it weighs, what it says of itself, whether it is still the page that was opened."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from tools.soak.resident import resident_mb

_LOOK = """() => {
  const count = (face) => document.querySelectorAll(`.panel.face-${face}`).length;
  const link = document.getElementById("link-state");
  const notice = document.getElementById("notice");
  const moments = [...document.querySelectorAll("[data-at]")].map((node) => Number(node.dataset.at));
  return {
    link: link ? ["live", "stale", "offline"].find((name) => link.classList.contains(name)) || "" : "",
    says: notice && !notice.hidden ? notice.textContent : "",
    failed: count("failed"), old: count("stale"), newest: Math.max(0, ...moments), same: window.soak === true,
    down: document.querySelectorAll(".is-feed_health .feed.down").length,
  };
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """`link` is live, stale or offline; `says` the line across the page; `failed` and `old` count panels; `newest` is
    the city time (ms) of the newest figure; `same` whether the page was never loaded anew; `down` are sources that feed
    health shows in trouble."""

    link: str
    says: str
    failed: int
    old: int
    newest: int
    same: bool
    down: int = 0

    @property
    def trouble(self) -> str:
        """What the wall says is wrong; "" when it says all is well."""
        said = [] if self.link == "live" else [f"link {self.link}"]
        said += [f"{self.failed} panels failed"] if self.failed else []
        said += [f"{self.old} panels old"] if self.old else []
        said += [f"{self.down} sources down"] if self.down else []
        return ", ".join(said)


class Wall:
    """The first wall page at `url`, 1920x1080."""

    def __init__(self, browser: Browser, url: str) -> None:
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        self._page = context.new_page()
        self._page.goto(f"{url}/large/")
        self._page.wait_for_function(
            "() => document.querySelector('.panel') && !document.querySelector('.panel.face-loading')", timeout=120_000
        )
        self._page.evaluate("() => { window.soak = true; }")
        self._devtools = context.new_cdp_session(self._page)
        self._devtools.send("Performance.enable")
        self._processes = browser.new_browser_cdp_session()

    def look(self) -> Seen:
        try:
            return Seen(**self._page.evaluate(_LOOK))
        except Exception:  # the page is being loaded anew
            return Seen("", "", 0, 0, 0, same=False)

    def pause(self, seconds: float) -> None:
        """While the browser's own events are attended to."""
        self._page.wait_for_timeout(seconds * 1000)

    def weigh(self) -> dict[str, float]:
        """Heap in MB after its garbage is collected, DOM nodes and listeners, and resident MB of the page's process."""
        self._devtools.send("HeapProfiler.collectGarbage")
        told: list[dict[str, Any]] = self._devtools.send("Performance.getMetrics")["metrics"]
        found = {one["name"]: float(one["value"]) for one in told}
        return {
            "heap": found["JSHeapUsedSize"] / 1e6,
            "nodes": found["Nodes"],
            "listeners": found["JSEventListeners"],
            "page": self._resident_mb(),
        }

    def _resident_mb(self) -> float:
        """Of the renderers, of which the one page has the largest. What images cost is not in the heap."""
        told: list[dict[str, Any]] = self._processes.send("SystemInfo.getProcessInfo")["processInfo"]
        renderers = [int(one["id"]) for one in told if one["type"] == "renderer"]
        return max(resident_mb(pid) for pid in renderers)
