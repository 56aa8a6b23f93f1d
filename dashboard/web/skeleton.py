"""The skeleton of a page: band, tabs, and an empty frame for each panel. Nothing of a person and no data is in it, so
one is made per page, area and language and kept."""

from collections.abc import Iterator
from typing import Any

from dash import html

from brain.model.scope import Role, Scope
from dashboard.kit.frame import frame
from dashboard.panel import Face, Screen, Theme, View
from dashboard.push.broken import broken
from dashboard.web.band import Furniture, band, tabs
from dashboard.web.pages import PageAt, Placed

BAND_ROW = "band"
_NOBODY = Scope("", Role.WALL, "")


def skeleton(at: PageAt, furniture: Furniture) -> list[Any]:
    """The children of #page."""
    headline = _headline(at, furniture)
    if at.screen is Screen.LARGE:
        beside = [_empty(at, placed, furniture) for placed in at.page.placed if placed.placement.row == BAND_ROW]
        panels = [_empty(at, placed, furniture) for placed in at.page.placed if placed.placement.row != BAND_ROW]
        return [html.Main([band(at, furniture, headline, beside), _notice(), *panels], id="wall")]
    panels = [_empty(at, placed, furniture) for placed in at.page.placed]
    top = [band(at, furniture, None), tabs(at, furniture), _notice(), headline]
    return [html.Div([*top, html.Main(panels, className="page-grid"), _foot(furniture)], className="page")]


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
        options=placed.options,
        params=at.params,
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
    return html.Div(drawn, className="headline")


def _notice() -> html.Div:
    """One line across the page that bus.js fills: no account yet, link lost, action refused."""
    return html.Div("", className="notice", id="notice", hidden=True, role="status")


def _foot(furniture: Furniture) -> html.Footer:
    return html.Footer(html.Span(furniture.tr("foot.same")), className="foot")
