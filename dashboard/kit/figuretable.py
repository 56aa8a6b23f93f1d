"""Published figures as rows of plain values, for a panel's own page and for taking them away."""

from collections.abc import Sequence

from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.model.query.indicators import Figure
from dashboard.kit.escape import plain
from dashboard.kit.figure import published_text, unit_word
from dashboard.kit.period import period_text
from dashboard.kit.place import area_label
from dashboard.kit.published import indicator_name
from dashboard.panel import Cell, Column, Kind, Table, View


def figure_table(figures: Sequence[Figure], view: View, whole: bool = False) -> Table:
    """Each figure followed by its companions: as printed, and as a number. `whole`: whole names."""
    numbers = ("number", "previous", "target")
    names = ("name", "printed", "number", "unit", "period", "area", "previous", "target", "source")
    columns = (
        *(_column(view.tr(f"kit.published.col.{name}"), name in numbers) for name in names),
        Column(view.tr("kit.published.col.received"), kind=Kind.MOMENT),
        Column(view.tr("kit.col.simulated")),
    )
    found: list[tuple[Cell, ...]] = []
    called: dict[str, str] = {}
    for figure in figures:
        name = indicator_name(figure.indicator, view, whole)
        found.append((name, *_plain_row(figure.indicator, figure.value, view, figure.previous, figure.target)))
        called[figure.indicator.id] = name
        for definition, value in figure.companions:
            # A companion's name alone (日均) does not say of what.
            beside = f"{name} · {indicator_name(definition, view)}"
            found.append((beside, *_plain_row(definition, value, view)))
            called[definition.id] = beside
    return Table(columns, tuple(found), names=called)


def _column(name: str, number: bool) -> Column:
    return Column(name, kind=Kind.NUMBER, decimals=None) if number else Column(name)


def _plain_row(
    definition: IndicatorDef,
    value: IndicatorValue | None,
    view: View,
    previous: IndicatorValue | None = None,
    target: IndicatorValue | None = None,
) -> tuple[Cell, ...]:
    """All cells but the name."""
    qualifier, text, unit = published_text(value, definition, view)
    return (
        f"{qualifier} {text} {unit}".strip() if value else None,
        value.shown if value else None,
        unit_word(definition.unit, view.lang),
        period_text(value.period, view.tr) if value else None,
        area_label(value.area_id, view) if value else None,
        previous.shown if previous else None,
        target.shown if target else None,
        plain(value.source) if value else None,
        value.received_ms if value else None,
        view.tr("kit.simulated") if value and value.simulated else "",
    )
