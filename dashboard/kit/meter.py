"""Rows of small cells: one per device or per minute, so that a gap is seen before it is read."""

from collections.abc import Sequence

from dash import html

from dashboard.kit.attributes import aria

CELLS = 20


def meter(cells: Sequence[str]) -> html.Span:
    """`cells` are classes: ok, some (quiet), old (hatched), none (grey)."""
    return html.Span([html.I(className=cell) for cell in cells], className="meter", **aria(hidden="true"))


def device_cells(fresh: int, old: int, never: int, cells: int = CELLS) -> list[str]:
    """At most `cells` (three or more) cells sharing out the devices; each kind there is keeps at least one, so that a
    single silent device shows among many good ones."""
    counts = {"ok": fresh, "old": old, "none": never}
    total = fresh + old + never
    if total > cells:
        kinds = [kind for kind, n in counts.items() if n]
        spare = cells - len(kinds)
        shares = {kind: 1 + counts[kind] * spare // total for kind in kinds}
        shares[max(kinds, key=counts.__getitem__)] += cells - sum(shares.values())
        counts = shares
    return [kind for kind, n in counts.items() for _ in range(n)]


def minute_cells(recent: Sequence[int], status: str, stale: bool) -> list[str]:
    """One cell per minute, oldest first: items came, or none did. The newest quarter shows trouble."""
    cells = ["ok" if n > 0 else "some" for n in recent]
    if status == "well" and not stale:
        return cells
    last = max(len(cells) // 4, 1)
    return cells[:-last] + ["old" if status == "well" else "none"] * min(last, len(cells))
