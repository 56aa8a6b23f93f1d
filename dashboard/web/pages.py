"""Which page an address means, and the panels placed on it.

Addresses: /<screen>/<cockpit>/<area>?page=<page>, /<screen>/late|alerts/<area>, /<screen>/alert/<alert id>,
/<screen>/devices/<device id>; with ?panel=<placement id> one panel with its numbers, with ?days=, ?compare= and others
what they are of (dashboard/filters.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from brain.model.area import Area, AreaTree
from brain.model.query.answer import Query
from brain.settings.cockpits import HEADLINE, MOST_PANELS, OWN_PAGES, seen_at_once
from dashboard.filters import CHOICES, NAMES
from dashboard.kit.behind import behind
from dashboard.panel import Panel, Screen
from dashboard.texts import LANGUAGES, Texts
from dashboard.web.addresses import Wanted, address, enlarged_address
from dashboard.web.shell import Cockpit, Page, Placement

LATE, ALERTS, ALERT, DEVICES = OWN_PAGES
_OWN = {LATE: "late_tickets", ALERTS: "alert_list", ALERT: "alert_detail", DEVICES: "device_history"}
SUBJECTS: Mapping[str, str] = MappingProxyType({ALERT: "alert_id", DEVICES: "device_id"})
"""A cockpit whose page is of one thing -> the parameter that names it: its id stands where others have an area."""
NUMBERS = "rows"  # last part of the id of the numbers behind a placed panel


@dataclass(frozen=True, slots=True)
class Placed:
    """A placement with its id, which is unique on its screen and within its cockpit: the browser asks by it."""

    id: str
    placement: Placement
    panel: Panel
    options: Mapping[str, object]

    def chosen(self, params: Mapping[str, str]) -> Mapping[str, object]:
        """The options, with what the address chose in place of their own."""
        own = self.panel.options
        return {
            **self.options,
            **{name: type(own[name])(params[name]) for name in self.panel.filters if name in params},
        }

    def needs(self, params: Mapping[str, str]) -> Mapping[str, Query]:
        needs = self.panel.needs
        return needs(self.chosen(params), params) if callable(needs) else needs

    def inputs(self, params: Mapping[str, str]) -> tuple[str, ...]:
        """The inputs whose versions it follows, sorted."""
        return tuple(sorted({name for query in self.needs(params).values() for name in query.inputs}))

    def alone(self) -> "Placed":
        """The same, across its own page."""
        return replace(self, placement=Placement(self.placement.panel, "full", options=self.placement.options))

    def numbers(self) -> "Placed":
        """The numbers behind it."""
        return replace(self.alone(), id=f"{self.id}-{NUMBERS}", panel=behind(self.panel))


@dataclass(frozen=True, slots=True)
class PlacedPage:
    page: Page
    placed: tuple[Placed, ...]
    headline: Placed | None

    @property
    def filters(self) -> tuple[str, ...]:
        """What its panels leave to its address."""
        return tuple(name for name in NAMES if any(name in placed.panel.filters for placed in self.placed))


@dataclass(frozen=True, slots=True)
class PageAt:
    """A page of a cockpit on a screen for an area, or one panel of it, `enlarged`. `params` come from the address
    (what it is of, as in SUBJECTS; filters)."""

    screen: Screen
    cockpit: Cockpit
    page: PlacedPage
    area: Area
    params: Mapping[str, str] = field(default_factory=dict)
    enlarged: Placed | None = None

    @property
    def path(self) -> str:
        return self.moved(self.area.id, self.filters)

    @property
    def filters(self) -> Mapping[str, str]:
        """What the address chose."""
        return {name: value for name, value in self.params.items() if name in NAMES}

    @property
    def takes_away(self) -> Placed | None:
        """The panel whose numbers the page shows below it."""
        if self.cockpit.id in SUBJECTS:
            return next((placed for placed in self.page.placed if placed.panel.rows is not None), None)
        return self.enlarged

    def moved(self, area_id: str, filters: Mapping[str, str]) -> str:
        """The address of the same page, or panel, for an area and with filters. What a page is of stays."""
        if self.cockpit.id in SUBJECTS:
            name = self.params[SUBJECTS[self.cockpit.id]]
            return address(self.screen, self.cockpit, self.page.page.id, name, filters)
        if self.enlarged is not None:
            return enlarged_address(self.screen, self.cockpit.id, self.enlarged.id, area_id, filters)
        return address(self.screen, self.cockpit, self.page.page.id, area_id, filters)

    @property
    def whole(self) -> str:
        """The address of the page that the enlarged panel stands on."""
        return address(self.screen, self.cockpit, self.page.page.id, self.area.id, self.params)

    def all_placed(self) -> Iterator[Placed]:
        if self.page.headline is not None:
            yield self.page.headline
        yield from self.page.placed


def has_own_page(screen: Screen, cockpit_id: str, placed: Placed) -> bool:
    """Whether a placed panel can be enlarged. Walls are not touched; a subject has its page; what is bare (the
    sentence, the stage) says all it knows, unless it has rows."""
    if screen is Screen.LARGE or cockpit_id in SUBJECTS:
        return False
    return not (placed.panel.bare and placed.panel.rows is None)


def shows_numbers(screen: Screen, cockpit_id: str, placed: Placed) -> bool:
    """Whether the numbers behind a placed panel can be asked for."""
    return has_own_page(screen, cockpit_id, placed) or (cockpit_id in SUBJECTS and placed.panel.rows is not None)


class Pages:
    """All pages of all cockpits, with those of late tickets, alerts and devices where their panels exist."""

    def __init__(
        self, cockpits: Mapping[str, Cockpit], panels: Mapping[str, Panel], tree: AreaTree, texts: Texts
    ) -> None:
        """Raises ValueError naming every placement of an unknown panel, unknown option and over-full page."""
        self._tree = tree
        self._panels = panels
        self.cockpits = MappingProxyType({**cockpits, **_own_cockpits(cockpits, panels, texts)})
        problems = [problem for cockpit in self.cockpits.values() for problem in _problems(cockpit, panels)]
        if problems:
            raise ValueError("\n".join(problems))
        self._pages = {
            (screen, cockpit.id, page.id): self._place(page)
            for cockpit in self.cockpits.values()
            for screen, pages in cockpit.pages.items()
            for page in pages
        }

    def at(self, screen: Screen, cockpit_id: str, name: str, wanted: Wanted) -> PageAt | None:
        """The page an address means; None for no such page. `name` is an area id ("" the root), or the alert's id."""
        cockpit = self.cockpits.get(cockpit_id)
        pages = cockpit.pages.get(screen, ()) if cockpit else ()
        page_id = wanted.panel.partition("-")[0] or wanted.page
        page = next((page for page in pages if page_id in ("", page.id)), None)
        if cockpit is None or page is None or wanted.page not in ("", page.id):
            return None
        placed = self._pages[screen, cockpit.id, page.id]
        if cockpit.id in SUBJECTS:
            return self._of_subject(screen, cockpit, placed, name, wanted) if 0 < len(name) <= 64 else None
        area_id = name or self._tree.root.id
        if area_id not in self._tree:
            return None
        enlarged = None
        if wanted.panel:
            enlarged = next((one for one in placed.placed if one.id == wanted.panel), None)
            if enlarged is None or not has_own_page(screen, cockpit_id, enlarged):
                return None
            placed = PlacedPage(page, (enlarged.alone(), enlarged.numbers()), None)
        params = {filter_: value for filter_, value in wanted.filters.items() if filter_ in placed.filters}
        return PageAt(screen, cockpit, placed, self._tree.get(area_id), params, enlarged)

    def _of_subject(self, screen: Screen, cockpit: Cockpit, placed: PlacedPage, name: str, wanted: Wanted) -> PageAt:
        params = {filter_: value for filter_, value in wanted.filters.items() if filter_ in placed.filters}
        below = [one.numbers() for one in placed.placed if one.panel.rows is not None]
        page = PlacedPage(placed.page, (*placed.placed, *below), placed.headline)
        return PageAt(screen, cockpit, page, self._tree.root, {SUBJECTS[cockpit.id]: name, **params})

    def placed(self, screen: Screen, cockpit_id: str, placed_id: str) -> Placed | None:
        """The placement of this id, or the numbers behind one; None for no such one."""
        own, _, last = placed_id.rpartition("-")
        if last == NUMBERS:
            placed = self.placed(screen, cockpit_id, own)
            return placed.numbers() if placed is not None and shows_numbers(screen, cockpit_id, placed) else None
        page_id = placed_id.partition("-")[0]
        page = self._pages.get((screen, cockpit_id, page_id))
        if page is None:
            return None
        candidates = page.placed if page.headline is None else (page.headline, *page.placed)
        return next((placed for placed in candidates if placed.id == placed_id), None)

    def filters(self, screen: Screen, cockpit_id: str, page_id: str) -> tuple[str, ...]:
        """What a page leaves to its address."""
        return self._pages[screen, cockpit_id, page_id].filters

    def tabs(self, screen: Screen) -> Iterator[tuple[Cockpit, Page]]:
        """What a screen can show for an area, in the order of the configuration, alerts last. The row under a thumb is
        short: alerts come second in it, and to late tickets the sentence leads."""
        listed = [cockpit for cockpit in self.cockpits.values() if cockpit.id not in SUBJECTS]
        tabs = [(cockpit, page) for cockpit in listed for page in cockpit.pages.get(screen, ())]
        if screen is Screen.SMALL:
            alerts = [tab for tab in tabs if tab[0].id == ALERTS]
            others = [tab for tab in tabs if tab[0].id not in (ALERTS, LATE)]
            tabs = [*others[:1], *alerts, *others[1:]]
        yield from tabs

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


def _own_cockpits(cockpits: Mapping[str, Cockpit], panels: Mapping[str, Panel], texts: Texts) -> dict[str, Cockpit]:
    """The lists of late tickets and of alerts and the page of an alert, on every screen that any cockpit has; the page
    of a device on all but walls."""
    screens = {screen for cockpit in cockpits.values() for screen in cockpit.pages}
    made = {}
    for cockpit_id, panel in _OWN.items():
        if panel in panels:
            name, name_en = (texts.translate(lang)(f"page.{cockpit_id}") for lang in LANGUAGES)
            page = Page(cockpit_id, name, name_en, (Placement(panel, "full", "totals-start / body-end"),))
            medium = Page(cockpit_id, name, name_en, (Placement(panel, "full"),))
            shown = screens - {Screen.LARGE} if cockpit_id == DEVICES else screens
            pages = {screen: (page if screen is Screen.LARGE else medium,) for screen in sorted(shown)}
            made[cockpit_id] = Cockpit(cockpit_id, name, name_en, pages)
    return made


def _problems(cockpit: Cockpit, panels: Mapping[str, Panel]) -> Iterator[str]:
    for screen, pages in cockpit.pages.items():
        for page in pages:
            where = f"cockpit {cockpit.id}, {screen.value}, page {page.id}"
            if "-" in page.id or [other.id for other in pages].count(page.id) > 1:
                yield f"{where}: a page id is unique on its screen and holds no hyphen"
            shown = seen_at_once(page.placements)
            if shown > MOST_PANELS.get(screen.value, shown):
                yield f"{where}: {shown} panels; a {screen.value} page shows at most {MOST_PANELS[screen.value]}"
            for placement in page.placements:
                if placement.panel not in panels:
                    yield f"{where}: there is no panel {placement.panel}; there are {', '.join(sorted(panels))}"
                    continue
                for option in set(placement.options) - set(panels[placement.panel].options):
                    yield f"{where}: panel {placement.panel} has no option {option}"
                compare = placement.options.get("compare", CHOICES["compare"][0])
                if "compare" in panels[placement.panel].filters and compare not in CHOICES["compare"]:
                    choices = ", ".join(CHOICES["compare"])
                    yield f"{where}: panel {placement.panel}, compare is {compare}; it may be {choices}"
