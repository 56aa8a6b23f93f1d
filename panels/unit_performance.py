"""How many of its tickets each unit closed in time, judged by the interval and not by the place."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.shares import UnitPerformance, Units, UnitShare
from dashboard.kit.escape import plain
from dashboard.kit.number import grouped
from dashboard.kit.share_table import share_cells, share_columns
from dashboard.kit.shares import Line, ShareRow, share_notes, share_rank
from dashboard.panel import Panel, Table, View

_NAME_CHARS = 30


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"units": UnitPerformance(days=int(options["days"]))}


def build(view: View) -> list[Any]:
    units: Units = view.value("units")
    min_n = int(view.options["min_n"])
    rows = [_row(each, view) for each in _shown(units, view)]
    notes = share_notes(units.total, min_n, view) if rows else []
    nobody = next((each.judged.due_n for each in units.rows if not each.id), 0)
    if nobody:
        notes.append(view.tr("unit_performance.nobody", n=grouped(nobody)))
    note = html.P(view.tr("kit.list_semicolon").join(notes), className="note")
    if not rows:  # neither a target nor an interval where nobody stands
        return [note]
    return [share_rank(rows, _line(units, view), min_n, view), note]


def _line(units: Units, view: View) -> Line:
    """The target of the options, else the one the city published, else the share of all units together."""
    target = float(view.options["target"]) / 100 or units.target
    if target:
        return Line(target, view.tr("kit.shares.target"))
    return Line(units.total.on_time_n / max(units.total.due_n, 1), view.tr("kit.shares.all"))


def _shown(units: Units, view: View) -> list[UnitShare]:
    """Those with most tickets: of the many that have a few nothing can be said anyway."""
    named = [each for each in units.rows if each.id]
    return sorted(named, key=lambda each: (-each.judged.due_n, each.id))[: int(view.options["limit"])]


def _row(each: UnitShare, view: View) -> ShareRow:
    return ShareRow(_name(each, view), each.judged)


def _name(each: UnitShare, view: View) -> str:
    if not each.id:
        return view.tr("unit_performance.none")
    return plain(each.name_en if view.lang == "en" and each.name_en else each.name, _NAME_CHARS)


def rows(view: View) -> Table:
    """All units, those with most tickets first, and the tickets of none; the panel shows the first of them."""
    units: Units = view.value("units")
    line, min_n = _line(units, view), int(view.options["min_n"])
    found = sorted(units.rows, key=lambda each: (not each.id, -each.judged.due_n, each.id))
    cells = share_cells([_row(each, view) for each in found], line, min_n, view)
    names = {each.id: _name(each, view) for each in found} | {"on_time": view.tr("unit_performance.all")}
    days = view.tr("unit_performance.days", days=grouped(int(view.options["days"])))
    return Table(share_columns(view.tr("unit_performance.unit_name"), line, view), cells, period=days, names=names)


def sub(view: View) -> str:
    days = view.tr("unit_performance.days", days=grouped(int(view.options["days"])))
    units: Units | None = view.answers["units"].value if "units" in view.answers else None
    named = sum(bool(each.id) for each in units.rows) if units else 0
    limit = int(view.options["limit"])
    return f"{days} · {view.tr('unit_performance.first', n=grouped(limit))}" if named > limit else days


def is_empty(view: View) -> bool:
    units: Units = view.value("units")
    return not units.total.due_n


PANEL = Panel(
    build=build,
    needs=needs,
    sub=sub,
    is_empty=is_empty,
    interval_s=30.0,  # weeks of tickets: one more moves nothing
    options={"days": 30, "target": 0.0, "min_n": 20, "limit": 20},
    rows=rows,
)
