"""What axe-core finds that keeps people from reading or using a page."""

from pathlib import Path

from tests.e2e.browser import Seat

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
# A chart is one image with a name; what it is drawn of is not read out.
_RUN = """async (rules) => {
  const only = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = await axe.run({ exclude: [".js-plotly-plot"] }, { resultTypes: ["violations"], ...only });
  const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const line = (one, node) => `${one.impact} ${one.id}: ${node.target.join(" ")}: ${one.help}`;
  return grave.flatMap((one) => one.nodes.map((node) => line(one, node)));
}"""


def violations(seat: Seat) -> list[str]:
    """Serious and critical ones of the page as it stands, and of its colours in the other theme, one line each."""
    page = seat.page
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(_RUN, [])
    own = page.get_attribute("html", "data-bs-theme") or ""
    other = {"dark": "light", "light": "dark"}[own]
    dress = "(theme) => { document.documentElement.dataset.bsTheme = theme; }"
    page.evaluate(dress, other)
    found += [f"{other}: {line}" for line in page.evaluate(_RUN, ["color-contrast"])]
    page.evaluate(dress, own)
    return found
