"""What belongs to a published figure beside its number: whose it is, when it came in, what it is compared with."""

from typing import Any

from dash import html

from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.model.query.indicators import Figure
from dashboard.kit.delta import delta
from dashboard.kit.escape import plain
from dashboard.kit.figure import published_text
from dashboard.kit.moment import age, local
from dashboard.kit.place import area_label
from dashboard.kit.weave import weave
from dashboard.panel import View

PERCENT = "%"
_OLD_MS = 60 * 86_400_000  # beyond, a date says more than a number of days


def indicator_name(definition: IndicatorDef, view: View, whole: bool = False) -> str:
    """`whole`: not the short name, which leans on a figure beside it (日均)."""
    if not whole:
        return plain(definition.label(view.lang))
    return plain(definition.name_en if view.lang == "en" else definition.name)


def figure_name(figure: Figure, view: View, whole: bool = False) -> str:
    """The figure of an area above says whose it is."""
    name = indicator_name(figure.indicator, view, whole)
    value = figure.value
    return name if value is None or value.area_id == view.area.id else f"{area_label(value.area_id, view)} {name}"


def received(ms: int, view: View) -> list[Any]:
    """How long ago it came in; the day where that is long ago."""
    if view.now_ms - ms > _OLD_MS:
        return [view.tr("kit.published.received", age=f"{local(ms, view).date().isoformat()} ")]
    return weave(view.tr, "kit.published.received", age=age(ms, view))


def figure_text(value: IndicatorValue, definition: IndicatorDef, view: View) -> str:
    """Qualifier, figure and unit on one line."""
    qualifier, text, unit = published_text(value, definition, view)
    gap = " " if qualifier and view.lang == "en" else ""
    return f"{qualifier}{gap}{text} {unit}".strip()


def compared(figure: Figure, other: IndicatorValue | None, base: str, view: View) -> Any:
    """The change against another value of the indicator; None where there is nothing to compare. `base` is what it is
    compared with, in words."""
    now = figure.value.shown if figure.value else None
    then = other.shown if other else None
    if now is None or then is None:
        return None
    good = figure.indicator.good
    if figure.indicator.unit == PERCENT:
        return delta(view, now - then, view.tr("kit.points"), base, good, 2)
    return delta(view, (now - then) / abs(then) * 100, PERCENT, base, good) if then else None


def bullet(figure: Figure, low: float = 0.0) -> html.Div:
    """A share in per cent against its target, on a scale from `low` to 100."""
    value = (figure.value.shown if figure.value else None) or 0.0
    target = figure.target.shown if figure.target else None
    span = max(100 - low, 1e-9)

    def place(amount: float) -> str:
        return f"{min(max(0.0, amount - low) / span, 1.0) * 100:.1f}%"

    marks = [] if target is None else [html.U(style={"left": place(target)})]
    return html.Div([html.I(style={"width": place(value)}), *marks], className="bullet")
