"""A ranking: place, name, bar, figure and, where there are some, the n behind it and the change. Rows come sorted by
their figure; bars share one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.kit.attributes import data
from dashboard.kit.number import NONE, grouped, signed


@dataclass(frozen=True, slots=True)
class RankRow:
    """`ranked` False: too few to rank, drawn hollow and without a place. `go`: where a click leads."""

    name: str
    value: float | None
    change: float | None = None
    go: str = ""
    ranked: bool = True
    n: int | None = None


def rank(rows: Sequence[RankRow], decimals: int = 0, head: Sequence[str] = ()) -> html.Div:
    """Rows from the greatest value down; those unranked come last, in the order given. `head` are the words over the
    columns there are."""
    ordered = sorted((row for row in rows if row.ranked and row.value is not None), key=lambda row: -(row.value or 0.0))
    rest = [row for row in rows if not (row.ranked and row.value is not None)]
    top = max((row.value or 0.0 for row in rows), default=0.0)
    changes, counts = any(row.change is not None for row in rows), any(row.n is not None for row in rows)
    drawn: list[Any] = [html.Div([html.Span(word) for word in head], className="rank-head")] if head else []
    drawn += [_row(str(i + 1), row, top, decimals, changes, counts) for i, row in enumerate(ordered)]
    drawn += [_row(NONE, row, top, decimals, changes, counts) for row in rest]
    return html.Div(drawn, className="rank" + ("" if changes else " no-delta") + (" with-n" if counts else ""))


def _row(place: str, row: RankRow, top: float, decimals: int, changes: bool, counts: bool) -> Any:
    width = 0.0 if row.value is None or top <= 0 else max(0.0, row.value) / top * 100
    cells = [
        html.Span(place, className="rank-no"),
        html.Span(row.name, className="rank-name"),
        html.Span(html.I(style={"width": f"{width:.1f}%"}), className="rank-bar"),
        html.Span(grouped(row.value, decimals), className="rank-value"),
    ]
    if counts:
        cells.append(html.Span(grouped(row.n), className="rank-n"))
    if changes:
        cells.append(html.Span(signed(row.change, decimals), className="rank-delta"))
    name = "rank-row"
    if row.value is None:
        name += " nodata"
    elif not row.ranked:
        name += " off"
    return ranked_row(cells, name, row.go)


def ranked_row(cells: Sequence[Any], name: str, go: str) -> Any:
    """A row that leads somewhere is reached by keyboard as well: an address is a link, an area a button."""
    if go.startswith("/"):
        return html.A(cells, className=name, href=go, **data(go=go))
    return html.Button(cells, className=name, type="button", **data(go=go)) if go else html.Div(cells, className=name)
