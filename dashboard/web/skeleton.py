"""The skeleton of a page: band, tabs, filters, and an empty frame for each panel. Nothing of a person and no data is in
it, so one is made per page, area, language and area of the viewers, and kept."""

from collections.abc import Iterator
from typing import Any

from dash import html

from brain.model.scope import Role, Scope
from brain.settings.cockpits import BAND_ROW
from dashboard.kit.attributes import aria
from dashboard.kit.frame import frame
from dashboard.panel import Face, Screen, Theme, View
from dashboard.push.broken import broken
from dashboard.web.addresses import enlarged_address
from dashboard.web.band import Furniture, band, tabs, tools
from dashboard.web.filter_bar import filter_bar
from dashboard.web.pages import PageAt, Placed, has_own_page

_NOBODY = Scope("", Role.WALL, "")


def skeleton(at: PageAt, furniture: Furniture, own_area_id: str) -> list[Any]:
    """The children of #page, for viewers of `own_area_id` and what is below it."""
    headline = _headline(at, furniture)
    if at.screen is Screen.LARGE:
        beside = [_empty(at, placed, furniture) for placed in at.page.placed if placed.placement.row == BAND_ROW]
        panels = [_empty(at, placed, furniture) for placed in at.page.placed if placed.placement.row != BAND_ROW]
        inside = [band(at, furniture, headline, beside), _notice(), *panels, _places(furniture)]
        return [html.Main(inside, id="wall", tabIndex=-1)]
    panels = [_empty(at, placed, furniture) for placed in at.page.placed]
    top = [band(at, furniture, None), tabs(at, furniture), *filter_bar(at, furniture, own_area_id), _notice(), headline]
    name = "page-grid" if at.takes_away is None else "page-grid enlarged"
    main = html.Main([*panels, _places(furniture)], className=name, id="main", tabIndex=-1)
    return [html.Div([*top, main, _foot(at, furniture)], className="page")]


def _empty(at: PageAt, placed: Placed, furniture: Furniture) -> Any:
    view = View(
        panel_id=placed.placement.panel,
        screen=at.screen,
        theme=Theme.DARK,
        lang=furniture.lang,
        tr=furniture.tr,
        city=furniture.city,
        area=at.area,
        scope=_NOBODY,
        now_ms=0,
        replay=furniture.replay_speed is not None,
        answers={},
        face=Face.LOADING,
        options=placed.chosen(at.params),
        params=at.params,
        enlarge=_enlarge(at, placed),
    )
    drawn: Any
    try:
        drawn = frame(placed.panel, view)
    except Exception:  # a title that needs data: the panel's own request will say what is wrong with it, if anything
        drawn = broken(placed.panel, view, "")
        drawn.className = f"panel is-{view.panel_id} face-loading"
        drawn.children = []
    drawn.id = f"p-{placed.id}"
    drawn.style = dict(_position(placed)) or None
    return drawn


def _enlarge(at: PageAt, placed: Placed) -> str:
    """As in the panel's own bytes, so that its head does not jump when they come."""
    if at.enlarged is not None or not has_own_page(at.screen, at.cockpit.id, placed):
        return ""
    filters = {name: at.params[name] for name in placed.panel.filters if name in at.params}
    return enlarged_address(at.screen, at.cockpit.id, placed.id, at.area.id, filters)


def _position(placed: Placed) -> Iterator[tuple[str, str]]:
    for name, start, span in (
        ("gridColumn", placed.placement.column, placed.placement.width),
        ("gridRow", placed.placement.row, placed.placement.height),
    ):
        if start or span > 1:
            yield name, f"{start or 'auto'} / span {span}" if span > 1 else start


def _headline(at: PageAt, furniture: Furniture) -> Any:
    """The sentence of the page; the panel brings the words, the slot their dress."""
    drawn = [] if at.page.headline is None else [_empty(at, at.page.headline, furniture)]
    return html.Section(drawn, className="headline", **aria(label=furniture.tr("band.situation")))


def _notice() -> html.Div:
    """One line across the page that bus.js fills: no account yet, link lost, action refused."""
    return html.Div("", className="notice", id="notice", hidden=True, role="status")


def _places(furniture: Furniture) -> html.Nav:
    """Areas and alerts of the page's maps for the keyboard; bus.js fills the list when it is opened."""
    opened = html.Details([html.Summary(furniture.tr("band.places")), html.Ul([], id="places")])
    return html.Nav(opened, className="places", **aria(label=furniture.tr("band.places")))


def _foot(at: PageAt, furniture: Furniture) -> html.Footer:
    """A phone has its tools here: the bar in the thumb's reach is for pages."""
    own = [tools(furniture)] if at.screen is Screen.SMALL else []
    return html.Footer([html.Span(furniture.tr("foot.same")), *own], className="foot")
