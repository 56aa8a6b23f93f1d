"""Shares closed in time as plain rows, with the counts that make them up."""

from collections.abc import Sequence

from dashboard.kit.shares import Line, ShareRow, verdict_of, weigh
from dashboard.panel import Cell, Column, Kind, View

_COUNTS = ("due", "in_time", "not_yet_due", "no_deadline", "excluded")


def share_columns(name: str, line: Line, view: View) -> tuple[Column, ...]:
    """`name`: what the rows are."""
    shares = ("share", "low", "high", "before")
    return (
        Column(name),
        *(Column(view.tr(f"kit.shares.col.{each}"), "%", Kind.NUMBER, 1) for each in shares),
        *(Column(view.tr(f"kit.shares.col.{each}"), view.tr("kit.shares.unit"), Kind.NUMBER) for each in _COUNTS),
        Column(view.tr("kit.shares.against", line=f"{line.word} {line.at:.1%}")),
    )


def share_cells(rows: Sequence[ShareRow], line: Line, min_n: int, view: View) -> tuple[tuple[Cell, ...], ...]:
    """In the order given; where nothing was due there is no share."""
    return tuple(_cells(row, line, min_n, view) for row in rows)


def _cells(row: ShareRow, line: Line, min_n: int, view: View) -> tuple[Cell, ...]:
    judged = row.judged
    shares: tuple[Cell, ...] = (None, None, None)
    verdict = "few"
    if judged.due_n:
        each = weigh(row, min_n)
        shares, verdict = (each.share * 100, each.low * 100, each.high * 100), verdict_of(each, line)
    before = None if row.before is None else row.before * 100
    counts = (judged.due_n, judged.on_time_n, judged.not_yet_due_n, judged.no_deadline_n, judged.excluded_n)
    return (row.name, *shares, before, *counts, view.tr(f"kit.shares.{verdict}"))
