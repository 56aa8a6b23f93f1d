"""Rows as a table for the terminal and for bench/RESULTS.md."""

from collections.abc import Sequence

from bench.report.row import Row

_HEAD = ("", "value", "unit", "ratio", "against", "aim", "")
_ANSWERS = {None: "", True: "reached", False: "MISSED"}
_RIGHT = {1, 3}  # numbers


def plain(rows: Sequence[Row]) -> str:
    """Aligned columns."""
    lines = [_HEAD, *map(_cells, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in _RIGHT else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(rows: Sequence[Row]) -> str:
    lines = [_HEAD, tuple("---:" if i in _RIGHT else "---" for i in range(len(_HEAD))), *map(_cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return row.name, _number(row.value), row.unit, ratio, row.against, row.aim, _ANSWERS[row.met]


def _number(value: float) -> str:
    """Three significant digits are more than a busy machine gives; whole numbers above."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
