"""One alert: how grave, since when, who has it, by when: what speaks for it on chart and map; what was done."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.alerts import AlertDetail, AlertPage
from brain.model.query.answer import Query
from dashboard.kit.actions import alert_actions
from dashboard.kit.attributes import data
from dashboard.kit.chart import graph
from dashboard.kit.escape import plain
from dashboard.kit.evidence import (
    case_block,
    category_label,
    event_block,
    evidence_block,
    process_block,
    reading_block,
)
from dashboard.kit.figure import figure
from dashboard.kit.focusmap import focus_map
from dashboard.kit.level import is_over
from dashboard.kit.mapspots import Spot
from dashboard.kit.moment import age, moment_text
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, device_label, own_unit
from dashboard.kit.spark import columns
from dashboard.kit.stage import owner_line, stage_block, stage_class, stage_facts
from dashboard.kit.theme import palette
from dashboard.panel import Panel, Screen, View

_HOT = 6
_MOST_CASES = 8


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"alert": AlertPage(alert_id=params.get("alert_id", ""))}


def build(view: View) -> html.Div:
    detail: AlertDetail = view.value("alert")
    if view.screen is Screen.SMALL:
        return html.Div(_phone(detail, view), className="alert-page")
    wall = view.screen is Screen.LARGE  # its third column has room, its first has not
    calls = _calls(detail, view)
    below, beside = ([], calls) if wall else (calls, [])
    head = html.Div([stage_block(detail.row, view), stage_facts(detail, view)], className=stage_class(detail.row))
    body = html.Div(
        [
            html.Div([*_evidence(detail, view), *below], className="alert-evidence"),
            html.Div([_map(detail, view), _map_key(detail, view)], className="alert-map"),
            html.Div([*process_block(detail, view), *beside], className="alert-process"),
        ],
        className="alert-body",
    )
    return html.Div([head, body, alert_actions(detail.row, detail.version, view)], className="alert-page")


def _phone(detail: AlertDetail, view: View) -> list[Any]:
    row = detail.row
    return [
        html.Div(stage_block(row, view), className=stage_class(row)),
        owner_line(detail, view),
        html.Div(
            [
                *_evidence(detail, view),
                *_calls(detail, view),
                html.Div([_map(detail, view), _map_key(detail, view)], className="alert-map"),
                *process_block(detail, view),
            ],
            className="alert-body",
        ),
        alert_actions(row, detail.version, view),
    ]


def _evidence(detail: AlertDetail, view: View) -> list[Any]:
    """What its rule saw: an event has no curve, whatever its device measured last."""
    seen = event_block(detail, view)
    return [*(seen or reading_block(detail, view)), *case_block(detail, view)]


def _calls(detail: AlertDetail, view: View) -> list[Any]:
    """Tickets of the same area around the time it began: how many, when, and which."""
    cases, counts = detail.near_cases, detail.near_counts
    if not counts:
        return []
    if not sum(counts):
        nothing = html.P(view.tr("alert_detail.no_calls"), className="note")
        return [evidence_block(view.tr("alert_detail.calls"), [], [nothing])]
    colours = palette(view.theme)
    picture = columns([float(n) for n in counts], colours.acc, colours.acc2, hot=_HOT)
    parts: list[Any] = [
        figure(grouped(sum(counts)), view.tr("alert_detail.calls_unit")),
        html.Div(picture, className="alert-columns"),
        html.P(
            own_unit(view.tr("alert_detail.calls_note", area=area_label(detail.row.area_id, view)), view),
            className="note",
        ),
    ]
    if view.screen is not Screen.LARGE:
        parts.append(_case_table(detail, view))
    return [evidence_block(view.tr("alert_detail.calls"), [age(max(c.created_ms for c in cases), view)], parts)]


def _case_table(detail: AlertDetail, view: View) -> html.Div:
    newest = sorted(detail.near_cases, key=lambda case: (-case.created_ms, case.id))[:_MOST_CASES]
    rows = [
        html.Tr(
            [
                html.Td(moment_text(case.created_ms, view), className="time"),
                html.Td(category_label(case, view)),
                html.Td(plain(case.title, 80)),
            ]
        )
        for case in newest
    ]
    return html.Div(html.Table(html.Tbody(rows), className="table"), className="table-wrap")


def _map(detail: AlertDetail, view: View) -> html.Div:
    row, device = detail.row, detail.device
    place = (device.lon, device.lat) if device and device.lon is not None and device.lat is not None else None
    calls = [(c.grid_lon, c.grid_lat) for c in detail.near_cases if c.grid_lon is not None and c.grid_lat is not None]
    if detail.case and detail.case.grid_lon is not None and detail.case.grid_lat is not None:
        calls.append((detail.case.grid_lon, detail.case.grid_lat))
    level = None if is_over(row.state) else row.level
    spots = [Spot(place, level)] if place else []
    drawn = focus_map(view, {row.area_id: level}, spots, around=detail.near_devices, calls=calls)
    label = view.tr("alert_detail.map", area=area_label(row.area_id, view))
    return graph(drawn, "map", label, **data(drill="none"))


def _map_key(detail: AlertDetail, view: View) -> html.Div:
    """What the marks are; on the map only what is there."""
    marks: list[Any] = []
    if detail.device:
        colour = f"on-{detail.row.level.word}" if not is_over(detail.row.state) else ""
        marks.append(_mark(f"diamond {colour}", device_label(detail.device, view)))
    if detail.near_cases:
        marks.append(_mark("call", _few(view, "calls", len(detail.near_cases), sum(detail.near_counts))))
    if detail.near_devices:
        marks.append(_mark("diamond text-2", _few(view, "devices", len(detail.near_devices), detail.near_total)))
    return html.Div(marks, className="map-key")


def _few(view: View, what: str, drawn: int, total: int) -> str:
    """How many there are, and where the map shows fewer, how many those are."""
    return view.tr(f"alert_detail.{'some' if drawn < total else 'key'}_{what}", n=grouped(total), drawn=grouped(drawn))


def _mark(name: str, text: str) -> html.Span:
    return html.Span([html.I(className=name.strip()), text], className="legend-row")


PANEL = Panel(build=build, needs=needs, bare=True, of="alert_id")
