"""The city's headline figures as published: period, precision and source stay with each."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.indicator import IndicatorDef, IndicatorValue, Quality
from brain.model.query.indicators import Figure, Figures
from dashboard.kit.delta import delta
from dashboard.kit.escape import plain
from dashboard.kit.figure import published, published_text
from dashboard.kit.frame import simulated_mark
from dashboard.kit.moment import age, local
from dashboard.kit.period import period_text
from dashboard.kit.place import area_label
from dashboard.kit.weave import weave
from dashboard.panel import Panel, Screen, View

_PERCENT = "%"
_OLD_MS = 60 * 86_400_000  # beyond, a date says more than a number of days


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
            html.Div(_name(figure, view), className="fact-label"),
            published(figure.value, figure.indicator, view, "hero" if first else "total"),
            html.Div(_context(figure, view), className="fact-note"),
        ],
        className="fact",
    )


def _name(figure: Figure, view: View) -> str:
    """The figure of an area above says whose it is."""
    name = plain(figure.indicator.label(view.lang))
    value = figure.value
    return name if value is None or value.area_id == view.area.id else f"{area_label(value.area_id, view)} {name}"


def _context(figure: Figure, view: View) -> list[Any]:
    """Period, then what belongs to it; without companions, how long ago it came in."""
    if figure.value is None:
        return [view.tr("headline_numbers.none")]
    parts: list[Any] = [period_text(figure.value.period, view.tr)]
    for definition, value in figure.companions:
        parts.append(_companion(definition, value, view, rate_unit=False))
    if figure.value.quality is Quality.DOUBTFUL:
        parts.append(view.tr("headline_numbers.doubtful"))
    if not figure.companions:
        parts.append(html.Span(_received(figure, view)))
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


def _received(figure: Figure, view: View) -> list[Any]:
    if figure.value is None:
        return []
    received = figure.value.received_ms
    if view.now_ms - received > _OLD_MS:
        return [view.tr("headline_numbers.received", age=f"{local(received, view).date().isoformat()} ")]
    return weave(view.tr, "headline_numbers.received", age=age(received, view))


def _card(figure: Figure, view: View, with_source: bool) -> html.Div:
    value = figure.value
    head = [html.Span(_name(figure, view)), html.Span(period_text(value.period, view.tr) if value else "")]
    lines: list[Any] = [html.P(text, className="card-text") for text in _card_lines(figure, view)]
    source = plain(value.source, 40) if value and with_source else ""
    foot = html.Div([html.Span(_received(figure, view)), html.Span(source)], className="card-foot")
    number = published(value, figure.indicator, view, "total")
    bar = [_bullet(figure)] if _is_share(figure) else []
    name = "card short" if value is not None else "card none"
    return html.Div([html.Div(head, className="card-head"), number, *bar, *lines, foot], className=name)


def _is_share(figure: Figure) -> bool:
    return figure.indicator.unit == _PERCENT and figure.target is not None and figure.value is not None


def _bullet(figure: Figure) -> html.Div:
    """The share against its target, on a scale that ends at 100 % and begins where the two can be told apart."""
    value = figure.value.shown if figure.value else None
    target = figure.target.shown if figure.target else None
    low = max(0.0, min(value or 0.0, target or 0.0) - 5)
    span = max(100 - low, 1e-9)
    bar = html.I(style={"width": f"{max(0.0, (value or 0.0) - low) / span * 100:.1f}%"})
    return html.Div([bar, html.U(style={"left": f"{((target or 0.0) - low) / span * 100:.1f}%"})], className="bullet")


def _card_lines(figure: Figure, view: View) -> list[Any]:
    value = figure.value
    if value is None:
        return [view.tr("headline_numbers.none")]
    lines: list[Any] = []
    for other, key, good in (
        (figure.target, "target", figure.indicator.good),
        (figure.previous, "previous", figure.indicator.good),
    ):
        compared = other.shown if other else None
        if compared is not None and value.shown is not None and other is not None:
            base = view.tr(f"headline_numbers.{key}")
            if figure.indicator.unit == _PERCENT:
                lines.append(delta(view, value.shown - compared, view.tr("kit.points"), base, good, 2))
            elif compared:
                ratio = (value.shown - compared) / abs(compared) * 100
                lines.append(delta(view, ratio, _PERCENT, base, good))
    if figure.target is not None:
        qualifier, text, unit = published_text(figure.target, figure.indicator, view)
        lines.append(view.tr("headline_numbers.target_is", target=f"{qualifier}{text} {unit}".strip()))
    lines += [_companion(definition, companion, view) for definition, companion in figure.companions]
    if value.quality is Quality.DOUBTFUL:
        lines.append(view.tr("headline_numbers.doubtful_long"))
    return [line for line in lines if line is not None]


def is_empty(view: View) -> bool:
    return not view.value("figures")


PANEL = Panel(build=build, needs={"figures": Figures(inherit=True)}, is_empty=is_empty, bare=True, interval_s=5.0)
