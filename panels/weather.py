"""Weather: official warnings in force, gravest first, and what sensors measure now. No forecast: none is brought in."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.readings import MetricNow
from brain.model.query.warnings import WarningRow, WarningRows, WeatherMeasured, WeatherWarnings
from dashboard.kit.escape import plain
from dashboard.kit.figure import figure
from dashboard.kit.measure import measured, metric_name, metric_unit
from dashboard.kit.moment import moment_text
from dashboard.kit.number import grouped
from dashboard.kit.warned import areas_of, event_of, level_word, warning_square, wording_of
from dashboard.panel import Cell, Column, Kind, Panel, Screen, Table, View

_MOST = {Screen.LARGE: 12, Screen.MEDIUM: 20, Screen.SMALL: 8}
_ADVICE_CHARS = 48


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"warnings": WeatherWarnings(), "now": WeatherMeasured(tuple(options["metrics"]))}


def build(view: View) -> list[Any]:
    warnings: WarningRows = view.value("warnings")
    now: tuple[MetricNow, ...] = view.value("now")
    rows = warnings.rows[: _MOST[view.screen]]
    parts: list[Any] = [html.Div([_fact(row, view) for row in now], className="facts")] if now else []
    if rows:
        parts.append(html.Div([_row(row, view) for row in rows], className="roll warned"))
    if warnings.total > len(rows):
        parts.append(html.P(view.tr("weather.more", n=grouped(warnings.total - len(rows))), className="note"))
    return parts


def _fact(row: MetricNow, view: View) -> html.Div:
    value = figure(measured(row.metric, row.mean), metric_unit(row.metric, view), "clock")
    devices = view.tr("weather.devices", n=grouped(row.fresh))
    label = html.Div(metric_name(row.metric, view), className="fact-label")
    return html.Div([label, value, html.Div(devices, className="fact-note")], className="fact")


def _row(row: WarningRow, view: View) -> html.Div:
    """What to do stands where there is room for it."""
    words = wording_of(row, view)
    advice = "" if view.screen is Screen.LARGE else plain(words.instruction, _ADVICE_CHARS)
    where = html.Span(areas_of(row.area_ids, view), className="roll-where")
    return html.Div(
        [
            warning_square(row.level, view),
            html.Span(moment_text(row.effective_ms, view), className="roll-time"),
            html.Span([event_of(row, view), where], className="roll-what", title=plain(words.headline)),
            html.Span(advice, className="roll-owner"),
            html.Span(view.tr("weather.until", at=moment_text(row.expires_ms, view)), className="roll-state"),
        ],
        className="roll-row",
    )


def sub(view: View) -> str:
    warnings: WarningRows | None = view.answers["warnings"].value if "warnings" in view.answers else None
    return view.tr("weather.in_force", n=grouped(warnings.total)) if warnings else ""


def is_empty(view: View) -> bool:
    warnings: WarningRows = view.value("warnings")
    return not warnings.total


def rows(view: View) -> Table:
    warnings: WarningRows = view.value("warnings")
    now: tuple[MetricNow, ...] = view.value("now")
    columns = (
        Column(view.tr("kit.col.level")),
        Column(view.tr("weather.event")),
        Column(view.tr("kit.col.where")),
        Column(view.tr("weather.from"), kind=Kind.MOMENT),
        Column(view.tr("weather.to"), kind=Kind.MOMENT),
        Column(view.tr("weather.headline")),
    )
    measures = ((metric_name(row.metric, view), _measured(row, view)) for row in now)
    names = {row.metric.id: metric_name(row.metric, view) for row in now}
    return Table(columns, tuple(_plain_row(row, view) for row in warnings.rows), tuple(measures), names=names)


def _plain_row(row: WarningRow, view: View) -> tuple[Cell, ...]:
    level = level_word(row.level, view)
    headline = plain(wording_of(row, view).headline)
    return level, event_of(row, view), areas_of(row.area_ids, view), row.effective_ms, row.expires_ms, headline


def _measured(row: MetricNow, view: View) -> str:
    return f"{measured(row.metric, row.mean)} {metric_unit(row.metric, view)}"


PANEL = Panel(
    build=build,
    needs=needs,
    sub=sub,
    is_empty=is_empty,
    rows=rows,
    interval_s=10.0,
    options={"metrics": ()},
    ids={"metrics": "metrics"},
)
