"""The city's headline figures as published: period, precision and source stay with each."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.indicator import IndicatorDef, IndicatorValue, Quality
from brain.model.query.indicators import Figure, Figures
from dashboard.kit.escape import plain
from dashboard.kit.figure import published, published_text
from dashboard.kit.figuretable import figure_table
from dashboard.kit.frame import simulated_mark
from dashboard.kit.period import period_text
from dashboard.kit.published import PERCENT, bullet, compared, figure_name, figure_text, received
from dashboard.panel import Panel, Screen, Table, View


def build(view: View) -> Any:
    figures: tuple[Figure, ...] = view.value("figures")
    if not figures:
        return html.P(view.tr("headline_numbers.empty"), className="face-text")
    if view.screen is Screen.MEDIUM:
        return _cards(figures, view)
    return html.Div([_cell(figure, view, first=i == 0) for i, figure in enumerate(figures)], className="totals")


def _cards(figures: Sequence[Figure], view: View) -> list[Any]:
    """A source that all have in common is said once, below them."""
    sources = {figure.value.source for figure in figures if figure.value is not None}
    common = plain(sources.pop(), 80) if len(sources) == 1 else ""
    cards = html.Div([_card(figure, view, with_source=not common) for figure in figures], className="cards")
    said = view.tr("headline_numbers.source", source=common)
    return [cards, html.P(said, className="note")] if common else [cards]


def _cell(figure: Figure, view: View, first: bool) -> html.Div:
    return html.Div(
        [
            html.Div(figure_name(figure, view), className="fact-label"),
            published(figure.value, figure.indicator, view, "hero" if first else "total"),
            html.Div(_context(figure, view), className="fact-note"),
        ],
        className="fact",
    )


def _context(figure: Figure, view: View) -> list[Any]:
    """Period, then what belongs to it; without companions, how long ago it came in."""
    if figure.value is None:
        return [view.tr("kit.published.none")]
    parts: list[Any] = [period_text(figure.value.period, view.tr)]
    for definition, value in figure.companions:
        parts.append(_companion(definition, value, view, rate_unit=False))
    if figure.value.quality is Quality.DOUBTFUL:
        parts.append(view.tr("kit.published.doubtful"))
    if not figure.companions:
        parts.append(html.Span(received(figure.value.received_ms, view)))
    if figure.value.simulated:
        parts.append(simulated_mark(view))
    return [piece for i, part in enumerate(parts) for piece in ((" · ", part) if i else (part,))]


def _companion(definition: IndicatorDef, value: IndicatorValue, view: View, rate_unit: bool = True) -> str:
    """日均 4,992 件次/日. A unit that repeats the name is left out, and so is that of a rate unless `rate_unit`: the
    figure above has it."""
    qualifier, text, unit = published_text(value, definition, view)
    name = plain(definition.label(view.lang))
    said = "" if unit == name or (not rate_unit and "/" in definition.unit) else f" {unit}"
    return f"{name} {qualifier}{text}{said}".rstrip()


def _card(figure: Figure, view: View, with_source: bool) -> html.Div:
    value = figure.value
    head = [html.Span(figure_name(figure, view)), html.Span(period_text(value.period, view.tr) if value else "")]
    lines: list[Any] = [html.P(text, className="card-text") for text in _card_lines(figure, view)]
    source = plain(value.source, 40) if value and with_source else ""
    foot = html.Div(
        [html.Span(received(value.received_ms, view) if value else []), html.Span(source)], className="card-foot"
    )
    number = published(value, figure.indicator, view, "total")
    bar = [bullet(figure, _scale_start(figure))] if _is_share(figure) else []
    name = "card short" if value is not None else "card none"
    return html.Div([html.Div(head, className="card-head"), number, *bar, *lines, foot], className=name)


def _is_share(figure: Figure) -> bool:
    return figure.indicator.unit == PERCENT and figure.target is not None and figure.value is not None


def _scale_start(figure: Figure) -> float:
    """Where the value and its target can be told apart."""
    shown = [each.shown or 0.0 for each in (figure.value, figure.target) if each is not None]
    return max(0.0, min(shown) - 5)


def _card_lines(figure: Figure, view: View) -> list[Any]:
    value = figure.value
    if value is None:
        return [view.tr("kit.published.none")]
    lines: list[Any] = [
        compared(figure, figure.target, view.tr("kit.published.target"), view),
        compared(figure, figure.previous, view.tr("kit.published.previous"), view),
    ]
    if figure.target is not None:
        target = figure_text(figure.target, figure.indicator, view)
        lines.append(view.tr("kit.published.target_is", target=target))
    lines += [_companion(definition, companion, view) for definition, companion in figure.companions]
    if value.quality is Quality.DOUBTFUL:
        lines.append(view.tr("kit.published.doubtful_long"))
    return [line for line in lines if line is not None]


def is_empty(view: View) -> bool:
    return not view.value("figures")


def rows(view: View) -> Table:
    return figure_table(view.value("figures"), view)


PANEL = Panel(
    build=build,
    needs={"figures": Figures(inherit=True)},
    is_empty=is_empty,
    bare=True,
    interval_s=5.0,
    rows=rows,
)
