"""The map of the wall while red alerts last: their place as large as fits, what is measured there, who called, and a
key to the marks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dash import html

from brain.model.alert import Level
from brain.model.query.alerts import AlertRow, RedAlert
from brain.model.query.map import MapPin
from dashboard.kit.attributes import data
from dashboard.kit.chart import graph
from dashboard.kit.focusmap import focus_map
from dashboard.kit.mapspots import Spot
from dashboard.kit.measure import measured, metric_unit
from dashboard.kit.newest import newest_reading
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, target_of, what_of
from dashboard.panel import View

_WALL_PX = 760.0  # height of the centre of the wall
_WITH_WORDS = 4  # spots


def red_map(reds: Sequence[RedAlert], pins: Sequence[MapPin], view: View) -> list[Any]:
    """`pins`: of all alerts; those of the reds and their like are drawn as what they measured."""
    alike = _alike(reds)
    lit: dict[str, Level | None] = {}
    for row in alike:
        lit.setdefault(row.area_id, row.level)
    about = list(dict.fromkeys(red.detail.row.area_id for red in reds))
    now = {red.detail.row.id: newest_reading(red.detail)[0] for red in reds}
    spots = list(_spots([replace(row, value=now.get(row.id, row.value)) for row in alike], pins, view))
    calls = list(_calls(reds))
    others = [pin for pin in pins if pin.alert_id not in {row.id for row in alike}]
    figure = focus_map(view, lit, spots, calls=calls, pins=others, about=about, height=_WALL_PX)
    title = view.tr("city_map.place", area=view.tr("kit.list_comma").join(area_label(i, view) for i in about))
    what = dict.fromkeys(what_of(red.detail.row, view) for red in reds)
    head = html.Div(
        [
            html.H2(title, className="legend-title"),
            html.Div(view.tr("kit.list_comma").join(what), className="legend-note"),
        ],
        className="legend on-map",
    )
    return [graph(figure, "map", title, **data(drill="area")), head, _key(alike, _heard(reds), len(about), view)]


def _alike(reds: Sequence[RedAlert]) -> list[AlertRow]:
    """The red alerts and those like them, once each, the gravest first."""
    rows = {row.id: row for red in reds for row in (red.detail.row, *red.alike)}
    return sorted(rows.values(), key=lambda row: (-row.level, -row.opened_ms, row.id))


def _spots(rows: Sequence[AlertRow], pins: Sequence[MapPin], view: View) -> Iterator[Spot]:
    """One of each target, the gravest: the levels of one device are rules of their own. A place without a value, as of
    a ticket, has no words."""
    places = {pin.alert_id: (pin.lon, pin.lat) for pin in pins}
    seen: set[str] = set()
    for row in rows:
        if row.id not in places or row.target_id in seen:
            continue
        seen.add(row.target_id)
        worded = len(seen) <= _WITH_WORDS and row.metric is not None and row.value is not None
        if worded and row.metric is not None:
            value = f"{measured(row.metric, row.value)} {metric_unit(row.metric, view)}"
            yield Spot(places[row.id], row.level, target_of(row, view), value)
        else:
            yield Spot(places[row.id], row.level)


def _calls(reds: Sequence[RedAlert]) -> Iterator[tuple[float, float]]:
    cases = {case.id: case for red in reds for case in red.detail.near_cases}
    for case in cases.values():
        if case.grid_lon is not None and case.grid_lat is not None:
            yield case.grid_lon, case.grid_lat


def _heard(reds: Sequence[RedAlert]) -> int:
    """All calls around them, also those without a place; of red alerts of the same areas those of the busiest."""
    heard: dict[tuple[str, ...], int] = {}
    for red in reds:
        heard[red.areas] = max(heard.get(red.areas, 0), red.calls)
    return sum(heard.values())


def _key(rows: Sequence[AlertRow], calls: int, areas: int, view: View) -> html.Div:
    targets: dict[str, Level] = {}
    for row in rows:
        targets.setdefault(row.target_id, row.level)
    counts = Counter(targets.values())
    levels = [
        view.tr("city_map.key_level", level=view.tr(f"kit.level_mark.{level.word}"), n=grouped(counts[level]))
        for level in sorted(counts, reverse=True)
    ]
    marks = [_mark("diamond on-red", view.tr("city_map.key_spots", levels=" ".join(levels)))]
    if calls:
        marks.append(_mark("call", view.tr("city_map.key_calls", n=grouped(calls))))
    marks.append(_mark("reach", view.tr("city_map.key_reach", n=grouped(areas))))
    return html.Div(html.Div(marks, className="legend-rows"), className="legend boxed")


def _mark(name: str, text: str) -> html.Div:
    return html.Div([html.I(className=name), html.Span(text)], className="legend-row")
