"""Urgent cases with a clock that runs: what, where, which clock, what is left of it. Soonest due first; no names, no
texts of callers."""

from typing import Any

from dash import html

from brain.model.query.clocks import ClockedCase, ClockLimit, UrgentClocks, UrgentNow
from dashboard.kit.address import alert_address
from dashboard.kit.attributes import data
from dashboard.kit.escape import plain
from dashboard.kit.level import level_square
from dashboard.kit.moment import due
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, case_name, clock_name, town_label
from dashboard.kit.rail import rail
from dashboard.kit.weave import weave
from dashboard.panel import Cell, Column, Kind, Panel, Screen, Table, View

_ROWS = {Screen.LARGE: 3, Screen.MEDIUM: 6, Screen.SMALL: 4}
_DAY_S, _HOUR_S = 86_400, 3_600


def build(view: View) -> list[Any]:
    now: UrgentNow = view.value("now")
    heads = html.Div([html.Span(_limit(limit, view)) for limit in now.limits], className="clock-heads")
    return [heads, html.Div([_row(row, view) for row in _shown(now, view)], className="clocks")]


def _shown(now: UrgentNow, view: View) -> tuple[ClockedCase, ...]:
    return now.rows[: _ROWS[view.screen]]


def _limit(limit: ClockLimit, view: View) -> str:
    """联系群众 1 小时."""
    name = limit.name_en if view.lang == "en" and limit.name_en else limit.name
    if limit.working_days is not None:
        return view.tr("urgent_clocks.limit_days", clock=plain(name), n=grouped(limit.working_days))
    return view.tr("urgent_clocks.limit_hours", clock=plain(name), n=f"{(limit.seconds or 0) / _HOUR_S:g}")


def _row(row: ClockedCase, view: View) -> html.A | html.Div:
    over = row.running.due_ms <= view.now_ms
    mark: list[Any] = [level_square(row.alert_level, view), " "] if row.alert_level is not None else []
    cells = [
        html.Span([*mark, case_name(row, view)], className="clock-what"),
        html.Span(_where(row, view), className="clock-where"),
        html.Span(_left(row, over, view), className="clock-left"),
        rail(row.clocks, view.now_ms, row.alert_level),
    ]
    look = "clock-row over" if over else "clock-row"
    if not row.alert_id:
        return html.Div(cells, className=look)
    address = alert_address(row.alert_id, view)
    return html.A(cells, className=look, href=address, **data(go=address, alert=row.alert_id))


def _where(row: ClockedCase, view: View) -> str:
    """The town alone on a wall; the number where there is room for it."""
    parts = [town_label(row.area_id, view) if view.screen is Screen.LARGE else area_label(row.area_id, view)]
    if view.screen is Screen.MEDIUM:
        parts.append(plain(row.number, 40))
    if row.running.provisional:
        parts.append(view.tr("kit.clock.provisional"))
    return " · ".join(part for part in parts if part)


def _left(row: ClockedCase, over: bool, view: View) -> list[Any]:
    """联系剩 00:17:42. Above a day, left or over, in days and hours, those off left out: they need no seconds."""
    far = abs(row.running.due_ms - view.now_ms) > _DAY_S * 1000
    value = html.B(_days(abs(row.left_s), view) if far else due(row.running.due_ms, view), className="clock-value")
    key = "urgent_clocks.over" if over else "urgent_clocks.left"
    return weave(view.tr, key, clock=clock_name(row.running, view), left=value)


def _days(left_s: float, view: View) -> list[Any]:
    """1 日 19 时."""
    days, hours = int(left_s // _DAY_S), int(left_s % _DAY_S // _HOUR_S)
    parts: list[Any] = [str(days), html.Small(view.tr("urgent_clocks.day"))] if days else []
    return [*parts, str(hours), html.Small(view.tr("urgent_clocks.hour"))]


def rows(view: View) -> Table:
    """The cases that are due first. Numbers of cases are taken away by nobody: the table has none."""
    now: UrgentNow = view.value("now")
    words = ("category", "where", "clock", "started", "due", "level")
    moments = ("started", "due")
    columns = (
        Column(view.tr(f"urgent_clocks.col.{word}"), kind=Kind.MOMENT if word in moments else Kind.TEXT)
        for word in words
    )
    beside = (
        (view.tr("urgent_clocks.total"), grouped(now.total)),
        (view.tr("urgent_clocks.overdue"), grouped(now.overdue)),
    )
    cells = tuple(_cells(row, view) for row in now.rows)
    return Table(tuple(columns), cells, beside, names={"total": view.tr("urgent_clocks.total")})


def _cells(row: ClockedCase, view: View) -> tuple[Cell, ...]:
    level = view.tr(f"kit.level.{row.alert_level.word}") if row.alert_level is not None else ""
    started_ms, due_ms = row.running.started_ms, row.running.due_ms
    return case_name(row, view), town_label(row.area_id, view), clock_name(row.running, view), started_ms, due_ms, level


def sub(view: View) -> str:
    """How many there are, how many of them are shown, how many are late."""
    now: UrgentNow | None = view.answers["now"].value if "now" in view.answers else None
    if now is None or not now.total:
        return ""
    parts = [view.tr("urgent_clocks.count", n=grouped(now.total))]
    if now.overdue:
        parts.append(view.tr("urgent_clocks.late", n=grouped(now.overdue)))
    shown = len(_shown(now, view))
    if shown < now.total:
        parts.append(view.tr("urgent_clocks.first", n=grouped(shown)))
    return " · ".join(parts)


def is_empty(view: View) -> bool:
    now: UrgentNow = view.value("now")
    return not now.total


PANEL = Panel(build=build, needs={"now": UrgentClocks()}, sub=sub, is_empty=is_empty, rows=rows)
