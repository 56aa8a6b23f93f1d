"""Rows of small cells: one per device or per minute, so that a gap is seen before it is read."""

from collections.abc import Sequence

from dash import html

from dashboard.kit.attributes import aria

CELLS = 20


def meter(cells: Sequence[str]) -> html.Span:
    """`cells` are classes: ok, some (quiet), old (hatched), none (grey)."""
    return html.Span([html.I(className=cell) for cell in cells], className="meter", **aria(hidden="true"))


def device_cells(fresh: int, old: int, never: int, cells: int = CELLS) -> list[str]:
    """At most `cells` cells sharing out the devices; any old or silent device keeps at least one, so that it shows."""
    total = fresh + old + never
    if total <= cells:
        return ["ok"] * fresh + ["old"] * old + ["none"] * never
    olds = max(round(old / total * cells), 1 if old else 0)
    nones = max(round(never / total * cells), 1 if never else 0)
    fresh_cells = max(cells - olds - nones, 1 if fresh else 0)
    return (["ok"] * fresh_cells + ["old"] * olds + ["none"] * nones)[:cells]


def minute_cells(recent: Sequence[int], status: str, stale: bool) -> list[str]:
    """One cell per minute, oldest first: items came, or none did. The newest quarter shows trouble."""
    cells = ["ok" if n > 0 else "some" for n in recent]
    if status == "well" and not stale:
        return cells
    last = max(len(cells) // 4, 1)
    return cells[:-last] + ["old" if status == "well" else "none"] * min(last, len(cells))
