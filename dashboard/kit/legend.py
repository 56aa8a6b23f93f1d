"""The legend of a map as HTML: breaks printed, stale and missing named."""

from typing import Any

from dash import html

from dashboard.kit.classes import Classes
from dashboard.panel import View


def legend(classes: Classes | None, view: View, head: list[Any], stale: bool, missing: bool) -> html.Div:
    """`head` stands above the rows (title, unit, age). The greatest class first; without classes only the marks."""
    rows: list[Any] = []
    if classes is not None:
        bounds = list(enumerate(classes.bounds(), start=1))
        rows = [_row(html.I(className=f"ramp{i}"), _words(low, high, view)) for i, (low, high) in reversed(bounds)]
    apart = "legend-row apart"
    if stale:
        rows.append(_row(html.I(className="hatch"), view.tr("kit.map.stale"), apart))
        apart = "legend-row"
    if missing:
        rows.append(_row(html.I(className="none"), view.tr("kit.map.none"), apart))
    return html.Div([*head, html.Div(rows, className="legend-rows")], className="legend")


def _row(mark: Any, text: str, name: str = "legend-row") -> html.Div:
    return html.Div([mark, html.Span(text)], className=name)


def _words(low: str, high: str, view: View) -> str:
    if not low:
        return view.tr("kit.map.below", high=high)
    if not high:
        return view.tr("kit.map.from", low=low)
    return low if low == high else view.tr("kit.map.between", low=low, high=high)
