"""Open tickets that are late: which, where, with whom, which clock, since when. Urgent ones first, then the longest
late; no names, no texts of callers."""

from typing import Any

from dash import html

from brain.model.query.clocks import ClockedCase, LateNow, LateTickets
from dashboard.kit.address import alert_address
from dashboard.kit.attributes import data
from dashboard.kit.escape import plain
from dashboard.kit.level import level_square
from dashboard.kit.moment import length_text, moment_text, since
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, case_name, clock_name, own_unit
from dashboard.panel import Cell, Column, Kind, Panel, Screen, Table, View

_COLUMNS = {
    Screen.LARGE: ("what", "where", "unit_name", "clock", "due", "over"),
    Screen.MEDIUM: ("what", "number", "where", "unit_name", "clock", "due", "over"),
    Screen.SMALL: ("what", "unit_name", "over"),
}
_ROWS = {Screen.LARGE: 22, Screen.MEDIUM: 100, Screen.SMALL: 30}
_NAME_CHARS, _DAY_S = 30, 86_400
_CLASSES = {"due": "time", "over": "text-nowrap"}


def build(view: View) -> list[Any]:
    names = _COLUMNS[view.screen]
    now: LateNow = view.value("now")
    if not now.rows:
        return []
    head = html.Tr([html.Th(view.tr(f"late_tickets.{name}")) for name in names])
    body = [_row(row, names, view) for row in now.rows[: _ROWS[view.screen]]]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="table")
    return [html.Div(table, className="table-wrap")]


def _row(row: ClockedCase, names: tuple[str, ...], view: View) -> html.Tr:
    address = alert_address(row.alert_id, view) if row.alert_id else ""
    cells = [html.Td(_cell(row, name, address, view), className=_CLASSES.get(name, "")) for name in names]
    return html.Tr(cells, **(data(go=address, alert=row.alert_id) if address else {}))


def _cell(row: ClockedCase, name: str, address: str, view: View) -> Any:
    if name == "what":
        return _what(row, address, view)
    if name == "where":
        return area_label(row.area_id, view)
    if name == "due":
        mark = f" {view.tr('kit.clock.provisional')}" if row.running.provisional else ""
        return moment_text(row.running.due_ms, view) + mark
    if name == "over":
        late_s = (view.now_ms - row.running.due_ms) / 1000
        return length_text(late_s, view) if late_s > _DAY_S else since(row.running.due_ms, view)
    if name == "unit_name":
        return _unit(row, view)
    return plain(row.number, 40) if name == "number" else clock_name(row.running, view)


def _what(row: ClockedCase, address: str, view: View) -> list[Any]:
    """Under it, on a phone, what has no column there."""
    parts: list[Any] = [level_square(row.alert_level, view), " "] if row.alert_level is not None else []
    text = case_name(row, view)
    parts.append(html.A(text, href=address, **data(go=address)) if address else text)
    urgent = [view.tr("late_tickets.urgent")] if row.urgent else []
    if view.screen is Screen.SMALL:
        below = [*urgent, area_label(row.area_id, view), clock_name(row.running, view)]
        parts.append(html.Div(" · ".join(below), className="note"))
    elif urgent:
        parts += [" ", html.Span(urgent, className="note")]
    return parts


def _unit(row: ClockedCase, view: View) -> str:
    if not row.unit:
        return view.tr("late_tickets.no_unit")
    return plain(row.unit_name_en if view.lang == "en" and row.unit_name_en else row.unit_name, _NAME_CHARS)


def rows(view: View) -> Table:
    """Numbers of cases are taken away by nobody: the table has none."""
    now: LateNow = view.value("now")
    words = ("what", "urgent", "where", "unit_name", "clock", "started", "due", "level", "simulated")
    moments = ("started", "due")
    columns = (
        Column(view.tr(f"late_tickets.{word}"), kind=Kind.MOMENT if word in moments else Kind.TEXT) for word in words
    )
    total = view.tr("late_tickets.total")
    cells = tuple(_cells(row, view) for row in now.rows)
    beside = [(total, grouped(now.total)), (view.tr("late_tickets.urgent_total"), grouped(now.urgent))]
    if len(cells) < now.total:
        beside.append((view.tr("late_tickets.listed"), grouped(len(cells))))
    return Table(tuple(columns), cells, tuple(beside), names={"total": total})


def _cells(row: ClockedCase, view: View) -> tuple[Cell, ...]:
    return (
        case_name(row, view),
        view.tr(f"kit.{'yes' if row.urgent else 'no'}"),
        area_label(row.area_id, view),
        _unit(row, view),
        clock_name(row.running, view),
        row.running.started_ms,
        row.running.due_ms,
        view.tr(f"kit.level.{row.alert_level.word}") if row.alert_level is not None else "",
        view.tr("kit.simulated") if row.simulated else "",
    )


def sub(view: View) -> str:
    now: LateNow | None = view.answers["now"].value if "now" in view.answers else None
    if now is None:
        return ""
    parts = [view.tr("late_tickets.count", n=grouped(now.total))]
    if now.urgent:
        parts.append(view.tr("late_tickets.urgent_count", n=grouped(now.urgent)))
    if (shown := min(len(now.rows), _ROWS[view.screen])) < now.total:
        parts.append(view.tr("late_tickets.first", n=grouped(shown)))
    return own_unit(" · ".join(parts), view)


def is_empty(view: View) -> bool:
    now: LateNow = view.value("now")
    return not now.total


PANEL = Panel(build=build, needs={"now": LateTickets()}, sub=sub, is_empty=is_empty, interval_s=5.0, rows=rows)
