"""Which page an address means, and the panels placed on it.

Addresses: /<screen>/<cockpit>/<area>?page=<page>, /<screen>/alerts/<area>, /<screen>/alert/<alert id>.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from brain.model.area import Area, AreaTree
from brain.model.query.answer import Query
from dashboard.panel import Panel, Screen
from dashboard.texts import LANGUAGES, Texts
from dashboard.web.shell import Cockpit, Page, Placement

ALERTS, ALERT = "alerts", "alert"
HEADLINE = "situation"  # the panel that stands in the band of a wall and under the tabs elsewhere
MOST_PANELS = {Screen.LARGE: 9, Screen.SMALL: 6}


@dataclass(frozen=True, slots=True)
class Placed:
    """A placement with its id, which is unique on its screen and within its cockpit: the browser asks by it."""

    id: str
    placement: Placement
    panel: Panel
    options: Mapping[str, object]

    def needs(self, params: Mapping[str, str]) -> Mapping[str, Query]:
        needs = self.panel.needs
        return needs(self.options, params) if callable(needs) else needs

    def inputs(self, params: Mapping[str, str]) -> tuple[str, ...]:
        """The inputs whose versions it follows, sorted."""
        return tuple(sorted({name for query in self.needs(params).values() for name in query.inputs}))


@dataclass(frozen=True, slots=True)
class PlacedPage:
    page: Page
    placed: tuple[Placed, ...]
    headline: Placed | None


@dataclass(frozen=True, slots=True)
class PageAt:
    """A page of a cockpit on a screen for an area. `params` come from the address (alert_id)."""

    screen: Screen
    cockpit: Cockpit
    page: PlacedPage
    area: Area
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        if self.cockpit.id == ALERT:
            return f"/{self.screen.value}/{ALERT}/{quote(self.params['alert_id'], safe='')}"
        return address(self.screen, self.cockpit, self.page.page.id, self.area.id)

    def all_placed(self) -> Iterator[Placed]:
        if self.page.headline is not None:
            yield self.page.headline
        yield from self.page.placed


def address(screen: Screen, cockpit: Cockpit, page_id: str, area_id: str) -> str:
    """The path of a page; the first page of a cockpit needs no name."""
    path = f"/{screen.value}/{cockpit.id}/{quote(area_id, safe='')}"
    pages = cockpit.pages.get(screen, ())
    return path if not pages or pages[0].id == page_id else f"{path}?page={page_id}"


class Pages:
    """All pages of all cockpits, with the alert pages where their panels exist."""

    def __init__(
        self, cockpits: Mapping[str, Cockpit], panels: Mapping[str, Panel], tree: AreaTree, texts: Texts
    ) -> None:
        """Raises ValueError naming every placement of an unknown panel, unknown option and over-full page."""
        self._tree = tree
        self._panels = panels
        self.cockpits = MappingProxyType({**cockpits, **_alert_cockpits(cockpits, panels, texts)})
        problems = [problem for cockpit in self.cockpits.values() for problem in _problems(cockpit, panels)]
        if problems:
            raise ValueError("\n".join(problems))
        self._pages = {
            (screen, cockpit.id, page.id): self._place(page)
            for cockpit in self.cockpits.values()
            for screen, pages in cockpit.pages.items()
            for page in pages
        }

    def at(self, screen: Screen, cockpit_id: str, name: str, page_id: str = "") -> PageAt | None:
        """The page an address means; None for no such page. `name` is an area id ("" the root), or the alert's id."""
        cockpit = self.cockpits.get(cockpit_id)
        pages = cockpit.pages.get(screen, ()) if cockpit else ()
        page = next((page for page in pages if page_id in ("", page.id)), None)
        if cockpit is None or page is None:
            return None
        placed = self._pages[screen, cockpit.id, page.id]
        if cockpit.id == ALERT:
            fits = 0 < len(name) <= 64
            return PageAt(screen, cockpit, placed, self._tree.root, {"alert_id": name}) if fits else None
        area_id = name or self._tree.root.id
        return PageAt(screen, cockpit, placed, self._tree.get(area_id)) if area_id in self._tree else None

    def placed(self, screen: Screen, cockpit_id: str, placed_id: str) -> Placed | None:
        """The placement of this id; None for no such one."""
        page_id = placed_id.partition("-")[0]
        page = self._pages.get((screen, cockpit_id, page_id))
        if page is None:
            return None
        candidates = page.placed if page.headline is None else (page.headline, *page.placed)
        return next((placed for placed in candidates if placed.id == placed_id), None)

    def tabs(self, screen: Screen) -> Iterator[tuple[Cockpit, Page]]:
        """What a screen can show for an area, in the order of the configuration, alerts last."""
        for cockpit in self.cockpits.values():
            if cockpit.id != ALERT:
                yield from ((cockpit, page) for page in cockpit.pages.get(screen, ()))

    def landing(self, screen: Screen) -> tuple[Cockpit, Page] | None:
        """The first page of a screen; None where no cockpit has one."""
        return next(self.tabs(screen), None)

    def _place(self, page: Page) -> PlacedPage:
        placed: list[Placed] = []
        for placement in page.placements:
            if placement.panel != HEADLINE:
                again = sum(1 for before in placed if before.placement.panel == placement.panel)
                placed.append(self._one(page, placement, again))
        wanted = next((placement for placement in page.placements if placement.panel == HEADLINE), Placement(HEADLINE))
        headline = self._one(page, wanted, 0) if HEADLINE in self._panels else None
        return PlacedPage(page, tuple(placed), headline)

    def _one(self, page: Page, placement: Placement, again: int) -> Placed:
        panel = self._panels[placement.panel]
        name = f"{page.id}-{placement.panel}" + (f"-{again + 1}" if again else "")
        return Placed(name, placement, panel, MappingProxyType({**panel.options, **placement.options}))


def _alert_cockpits(cockpits: Mapping[str, Cockpit], panels: Mapping[str, Panel], texts: Texts) -> dict[str, Cockpit]:
    """The alert list and the alert page, on every screen that any cockpit has."""
    screens = {screen for cockpit in cockpits.values() for screen in cockpit.pages}
    made = {}
    for cockpit_id, panel in ((ALERTS, "alert_list"), (ALERT, "alert_detail")):
        if cockpit_id not in cockpits and panel in panels:
            name, name_en = (texts.translate(lang)(f"page.{cockpit_id}") for lang in LANGUAGES)
            page = Page(cockpit_id, name, name_en, (Placement(panel, "full", "totals-start / body-end"),))
            medium = Page(cockpit_id, name, name_en, (Placement(panel, "full"),))
            pages = {screen: (page if screen is Screen.LARGE else medium,) for screen in sorted(screens)}
            made[cockpit_id] = Cockpit(cockpit_id, name, name_en, pages)
    return made


def _problems(cockpit: Cockpit, panels: Mapping[str, Panel]) -> Iterator[str]:
    for screen, pages in cockpit.pages.items():
        for page in pages:
            where = f"cockpit {cockpit.id}, {screen.value}, page {page.id}"
            if "-" in page.id or [other.id for other in pages].count(page.id) > 1:
                yield f"{where}: a page id is unique on its screen and holds no hyphen"
            shown = {
                (placement.column, placement.row) if placement.row else i  # on one place one covers the other
                for i, placement in enumerate(page.placements)
                if placement.panel != HEADLINE
            }
            if len(shown) > MOST_PANELS.get(screen, len(shown)):
                yield f"{where}: {len(shown)} panels; a {screen.value} page shows at most {MOST_PANELS[screen]}"
            for placement in page.placements:
                if placement.panel not in panels:
                    yield f"{where}: there is no panel {placement.panel}; there are {', '.join(sorted(panels))}"
                    continue
                for option in set(placement.options) - set(panels[placement.panel].options):
                    yield f"{where}: panel {placement.panel} has no option {option}"
