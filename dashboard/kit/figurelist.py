"""A list of published figures, the body of panels about one field: name, number as published, period, what it is
compared with, its course where there is one. Which figures is a matter of options, so another city needs no Python."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.indicator import Quality
from brain.model.query.answer import Query
from brain.model.query.indicators import Figure, Figures
from dashboard.kit.escape import plain
from dashboard.kit.figure import published
from dashboard.kit.figuretable import figure_table
from dashboard.kit.frame import simulated_mark
from dashboard.kit.moment import local
from dashboard.kit.period import period_text
from dashboard.kit.published import PERCENT, bullet, compared, figure_name, figure_text, received
from dashboard.kit.spark import spark
from dashboard.kit.theme import live_colour, palette
from dashboard.panel import Panel, Screen, Table, View

LEAST_SERIES = 3  # two points are a comparison, not a course
LIMIT = 10
_GAP_MS = 86_400_000


def panel(domain: str) -> Panel:
    """The panel of one field of the city pack."""
    chosen = {"indicators": (), "domains": (domain,), "limit": LIMIT}
    return Panel(build=build, needs=needs, sub=sub, is_empty=is_empty, rows=rows, interval_s=5.0, options=chosen)


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    """`indicators` where they are named, else all of `domains`."""
    named = tuple(options["indicators"])
    return {"figures": Figures(named, inherit=True, domains=() if named else tuple(options["domains"]))}


def build(view: View) -> Any:
    """On the wall at most `limit` rows, and a word that there are more."""
    figures: tuple[Figure, ...] = view.value("figures")
    told = [figure for figure in figures if figure.value or figure.target or figure.limit]
    most = int(view.options["limit"]) if view.screen is Screen.LARGE else len(told)
    rows: list[Any] = [_row(figure, view) for figure in told[:most]]
    parts: list[Any] = [html.Div(rows, className="fig-list")]
    if len(told) > most:
        parts.append(html.P(view.tr("kit.figures.more", n=str(len(told) - most)), className="note"))
    return parts


def sub(view: View) -> str:
    """When the newest of them came in; each row says so where it differs."""
    newest_ms = _newest(view)
    if newest_ms is None:
        return ""
    return view.tr("kit.published.received", age=f"{local(newest_ms, view).date().isoformat()} ").strip()


def rows(view: View) -> Table:
    """All of them, also those the wall has no room for."""
    return figure_table(view.value("figures"), view, whole=True)


def is_empty(view: View) -> bool:
    return not view.value("figures")


def _newest(view: View) -> int | None:
    answer = view.answers.get("figures")
    found = answer.value if answer else None
    return max((figure.value.received_ms for figure in found or () if figure.value), default=None)


def _row(figure: Figure, view: View) -> html.Div:
    value = figure.value
    parts = [
        html.Div(figure_name(figure, view, whole=True), className="fig-name"),
        published(value, figure.indicator, view, "clock"),
        html.Div(_note(figure, view), className="fig-note"),
    ]
    picture = _picture(figure, view)
    if picture is not None:
        parts.append(picture)
    source = plain(value.source) if value else ""
    return html.Div(parts, className="fig-row" if value else "fig-row none", title=source)


def _note(figure: Figure, view: View) -> list[Any]:
    """Period first, doubts next, then what it is compared with."""
    value = figure.value
    parts: list[Any] = [view.tr("kit.published.none") if value is None else period_text(value.period, view.tr)]
    if value is not None and value.quality is not Quality.GOOD:
        parts.append(html.B(view.tr("kit.published.doubtful"), className="text-1"))
    parts.append(compared(figure, figure.previous, view.tr("kit.published.previous"), view))
    for other, key in ((figure.target, "target_is"), (figure.limit, "limit_is")):
        if other is not None:
            said = view.tr(f"kit.published.{key}", target=figure_text(other, figure.indicator, view))
            parts.append(f"{said} ({period_text(other.period, view.tr)})")
    if value is not None and value.received_ms != _newest(view):
        parts.append(html.Span(received(value.received_ms, view)))
    if value is not None and value.simulated:
        parts.append(simulated_mark(view))
    told = [part for part in parts if part is not None]
    return [piece for i, part in enumerate(told) for piece in ((" · ", part) if i else (part,))]


def _picture(figure: Figure, view: View) -> Any:
    """A share against 100 % and its target; of other figures their course, with gaps where a period is missing."""
    if len(figure.series) >= LEAST_SERIES:
        colours = palette(view.theme)
        return spark(_course(figure), live_colour(view), fill=colours.usual, width=160, height=24)
    return bullet(figure) if figure.indicator.unit == PERCENT and figure.value is not None else None


def _course(figure: Figure) -> list[float | None]:
    found: list[float | None] = []
    end_ms: int | None = None
    for value in figure.series:
        start_ms = value.period.start_ms
        if end_ms is not None and start_ms is not None and start_ms - end_ms >= _GAP_MS:
            found.append(None)
        found.append(value.shown)
        end_ms = value.period.end_ms
    return found
