"""Alerts as plain rows. Who took note of them or closed them is not among their columns: a table is taken away."""

from collections.abc import Sequence

from brain.model.query.alerts import AlertRow
from dashboard.kit.level import state_of
from dashboard.kit.measure import metric_unit, shown
from dashboard.kit.place import owner_of, what_of, where_of
from dashboard.panel import Cell, Column, Kind, Table, View


def alert_table(rows: Sequence[AlertRow], view: View) -> Table:
    """`rows` in their order."""

    def column(name: str, kind: Kind = Kind.TEXT) -> Column:
        return Column(view.tr(f"kit.col.{name}"), kind=kind, decimals=None if name in ("value", "limit") else 0)

    columns = (
        column("level"),
        column("opened", Kind.MOMENT),
        column("what"),
        column("where"),
        column("value", Kind.NUMBER),
        column("limit", Kind.NUMBER),
        column("unit"),
        column("owner"),
        column("state"),
        column("times", Kind.NUMBER),
        column("closed", Kind.MOMENT),
        column("simulated"),
    )
    return Table(columns, tuple(_row(row, view) for row in rows))


def _row(row: AlertRow, view: View) -> tuple[Cell, ...]:
    metric = row.metric
    return (
        view.tr(f"kit.level.{row.level.word}"),
        row.opened_ms,
        what_of(row, view),
        where_of(row, view),
        _rounded(row, row.value),
        _rounded(row, row.limit_value),
        metric_unit(metric, view) if metric is not None else "",
        owner_of(row, view),
        state_of(row, view),
        row.times,
        row.closed_ms,
        view.tr("kit.simulated") if row.simulated else "",
    )


def _rounded(row: AlertRow, value: float | None) -> float | None:
    if row.metric is None:
        return value
    at = shown(row.metric, value)
    return None if at is None else round(at, row.metric.decimals)
