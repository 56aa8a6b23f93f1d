"""A ranking: place, name, bar, figure and, where there is one, the change. Rows come sorted; bars share one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html

from dashboard.kit.attributes import data
from dashboard.kit.number import grouped, signed


@dataclass(frozen=True, slots=True)
class RankRow:
    """`ranked` False: too few to rank, drawn hollow and without a place."""

    name: str
    value: float | None
    change: float | None = None
    go: str = ""
    ranked: bool = True


def rank(rows: Sequence[RankRow], decimals: int = 0) -> html.Div:
    """Rows from the greatest value down; those unranked come last, in the order given."""
    ordered = sorted((row for row in rows if row.ranked and row.value is not None), key=lambda row: -(row.value or 0.0))
    rest = [row for row in rows if not (row.ranked and row.value is not None)]
    top = max((row.value or 0.0 for row in rows), default=0.0)
    changes = any(row.change is not None for row in rows)
    drawn = [_row(str(i + 1), row, top, decimals, changes) for i, row in enumerate(ordered)]
    drawn += [_row("—", row, top, decimals, changes) for row in rest]
    return html.Div(drawn, className="rank" if changes else "rank no-delta")


def _row(place: str, row: RankRow, top: float, decimals: int, changes: bool) -> html.A | html.Div:
    width = 0.0 if row.value is None or top <= 0 else max(0.0, row.value) / top * 100
    cells = [
        html.Span(place, className="rank-no"),
        html.Span(row.name, className="rank-name"),
        html.Span(html.I(style={"width": f"{width:.1f}%"}), className="rank-bar"),
        html.Span(grouped(row.value, decimals), className="rank-value"),
    ]
    if changes:
        cells.append(html.Span(signed(row.change, decimals), className="rank-delta"))
    name = "rank-row"
    if row.value is None:
        name += " nodata"
    elif not row.ranked:
        name += " off"
    if row.go:
        return html.A(cells, className=name, href=row.go, **data(go=row.go))
    return html.Div(cells, className=name)
