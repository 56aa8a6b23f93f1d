"""The line of choices under the tabs: which area, how many days, compared with what; on a panel's own page also the way
back and its numbers to take away. All are addresses: what was chosen can be bookmarked."""

from collections.abc import Iterator
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from brain.model.area import Area, AreaTree
from dashboard.filters import CHOICES, INSTEAD
from dashboard.kit.attributes import aria, data
from dashboard.panel import Screen
from dashboard.web.addresses import csv_address
from dashboard.web.band import Furniture
from dashboard.web.pages import ALERT, SUBJECTS, PageAt

_AREA = "filter-area"
_DATE: Any = "date"  # which dash-bootstrap-components hands on, though it does not list it
_INDENT = "\u3000"


def filter_bar(at: PageAt, furniture: Furniture, own_area_id: str) -> list[html.Div]:
    """Empty where there is nothing to choose. A phone has room for it on pages of one panel only."""
    if at.cockpit.id == ALERT or (at.screen is Screen.SMALL and at.takes_away is None):
        return []
    areas = [] if at.cockpit.id in SUBJECTS else _areas(at, furniture, own_area_id)
    parts: list[Any] = [*areas, *(_choice(name, at, furniture) for name in at.page.filters if name in CHOICES)]
    if "from" in at.page.filters:
        parts.append(_between(at, furniture))
    if at.takes_away is not None:
        parts.append(html.Div(_own_page(at, furniture), className="filter-ends"))
    return [html.Div(parts, className="filters")] if parts else []


def _areas(at: PageAt, furniture: Furniture, own_area_id: str) -> Iterator[html.Div]:
    """The way down to the area with all that lie beside it, as a list; beyond the viewer's own area nothing."""
    near = list(nearby(furniture.city.areas, at.area, own_area_id))
    if len(near) < 2:
        return
    label = furniture.tr("filter.area")
    options = [
        {"label": _INDENT * depth + area.label(furniture.lang), "value": at.moved(area.id, at.params)}
        for area, depth in near
    ]
    select = dbc.Select(id=_AREA, options=options, value=at.moved(at.area.id, at.params))
    go = html.Button(furniture.tr("filter.go"), type="button", className="act", **data(choose=_AREA))
    yield html.Div(
        [html.Label(label, htmlFor=_AREA), html.Div([select, go], className="filter-area")], className="field"
    )


def nearby(tree: AreaTree, area: Area, own_area_id: str) -> Iterator[tuple[Area, int]]:
    """(area, depth below `own_area_id`) of all one step from the way down to `area`, in the order of the tree."""
    way = {each.id for each in tree.ancestors(area.id)}

    def below(here: Area, depth: int) -> Iterator[tuple[Area, int]]:
        yield here, depth
        if here.id in way:
            for child in tree.children(here.id):
                yield from below(child, depth + 1)

    if own_area_id in way:
        yield from below(tree.get(own_area_id), 0)


def _choice(name: str, at: PageAt, furniture: Furniture) -> html.Div:
    instead = INSTEAD.get(name, ())
    chosen = None if at.filters.keys() & set(instead) else at.params.get(name, "")
    others = {other: value for other, value in at.filters.items() if other not in (name, *instead)}
    links = [
        _link(name, value, value == chosen, at.moved(at.area.id, others | ({name: value} if value else {})), furniture)
        for value in ("", *CHOICES[name])
    ]
    label = furniture.tr(f"filter.{name}")
    group = html.Div(links, className="choice", role="group", **aria(label=label))
    return html.Div([html.Span(label, className="filter-name"), group], className="field")


def _link(name: str, value: str, on: bool, path: str, furniture: Furniture) -> html.A:
    current = aria(current="true") if on else {}
    return html.A(furniture.tr(f"filter.{name}.{value or 'own'}"), href=path, **data(go=path), **current)


def _between(at: PageAt, furniture: Furniture) -> html.Form:
    """From one day to another: a form that the browser sends, as its answer is an address too."""
    kept = [
        dbc.Input(type="hidden", name=name, value=value)
        for name, value in at.filters.items()
        if name not in ("from", "to", "span")
    ]
    days = []
    for name in ("from", "to"):
        label = furniture.tr(f"filter.{name}")
        day = dbc.Input(type=_DATE, name=name, value=at.params.get(name, ""), id=f"filter-{name}", max="2099-12-31")
        days += [html.Label(label, htmlFor=f"filter-{name}"), day]
    go = html.Button(furniture.tr("filter.go"), type="submit", className="act")
    return html.Form([*days, *kept, go], action=at.moved(at.area.id, {}), method="get", className="field filter-days")


def _own_page(at: PageAt, furniture: Furniture) -> list[Any]:
    """Back to the whole page; and its rows as a file, where the panel has such."""
    links = []
    if at.enlarged is not None:
        links.append(html.A(furniture.tr("filter.back"), href=at.whole, className="act", **data(go=at.whole)))
    taken = at.takes_away
    if taken is not None and taken.panel.rows is not None:
        area_id = "" if at.cockpit.id in SUBJECTS else at.area.id
        path = csv_address(at.screen, at.cockpit.id, taken.id, area_id, {"lang": furniture.lang, **at.params})
        links.append(html.A(furniture.tr("filter.csv"), href=path, className="act", download=""))
    return links
