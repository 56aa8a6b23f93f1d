"""The numbers behind a panel, as a panel of its own below it: its table, and where each number comes from. It asks what
the panel asks, so that both are of the same moment, and wears the same faces."""

from typing import Any

from dash import html

from dashboard.kit.escape import plain
from dashboard.kit.frame import title_of
from dashboard.kit.number import grouped
from dashboard.kit.provenance import provenance_block
from dashboard.kit.table import MOST_SHOWN, table_of
from dashboard.panel import Panel, Table, View

_LEAST_INTERVAL_S = 2.0  # nobody reads a table that changes faster


def behind(panel: Panel) -> Panel:
    """The panel of the numbers of `panel`."""

    def build(view: View) -> list[Any]:
        table = panel.rows(view) if panel.rows else None
        parts = _table(panel, table, view) if table else []
        return [*parts, provenance_block(view, table.names if table else {})]

    def sub(view: View) -> str:
        answered = view.answers and all(answer.value is not None for answer in view.answers.values())
        return panel.rows(view).period if panel.rows and answered else ""

    return Panel(
        build=build,
        needs=panel.needs,
        title=lambda view: view.tr("behind.title"),
        sub=sub,
        interval_s=max(panel.interval_s or 0.0, _LEAST_INTERVAL_S),
        options=panel.options,
        filters=panel.filters,
    )


def _table(panel: Panel, table: Table, view: View) -> list[Any]:
    if not table.rows:
        return [html.P(view.tr("behind.none"), className="face-text")]
    parts: list[Any] = [table_of(table, view, title_of(panel, view))]
    if table.beside:
        said = [html.Span([f"{plain(name, 60)} ", html.B(plain(figure, 40))]) for name, figure in table.beside]
        parts.insert(0, html.Div(said, className="beside"))
    if len(table.rows) > MOST_SHOWN:
        more = view.tr("behind.more", shown=grouped(MOST_SHOWN), total=grouped(len(table.rows)))
        parts.append(html.P(more, className="note"))
    return parts
