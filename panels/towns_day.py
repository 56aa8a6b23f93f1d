"""Today hour by hour in every town, small and on one scale, the greatest first; the hours to come as they were the day
before, thin. A click opens the town."""

from typing import Any

from dash import html

from brain.model.query.areas_day import AreaDay, AreasDay, DayOfAreas
from dashboard.kit.address import area_target
from dashboard.kit.attributes import data
from dashboard.kit.moment import local
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, parts_are_towns
from dashboard.kit.spark import spark
from dashboard.kit.theme import live_colour, palette
from dashboard.panel import Column, Kind, Panel, Screen, Table, View

_SPARK = {Screen.LARGE: (66, 20), Screen.MEDIUM: (140, 24), Screen.SMALL: (104, 24)}
_WHOLE_FROM = 10  # from here up a place behind the point tells nothing


def build(view: View) -> list[Any]:
    day: DayOfAreas = view.value("day")
    if is_empty(view):  # on a wall there is no room for both the towns and the word that nobody called
        return []
    rows = _shown(day, view)
    top = max((hour for row in day.rows for hour in (*row.by_hour, *_to_come(row)) if hour is not None), default=0.0)
    most = max((row.total or 0.0 for row in rows), default=0.0)
    decimals = 1 if day.unit_key.endswith("per_10k") and most < _WHOLE_FROM else 0
    return [html.Div([_area(row, top, decimals, view) for row in rows], className="small-mult")]


def _shown(day: DayOfAreas, view: View) -> tuple[AreaDay, ...]:
    return day.rows[: int(view.options["limit"])]


def _to_come(row: AreaDay) -> tuple[float | None, ...]:
    """The day before from the last known hour on, so that the two lines meet; nothing where nothing came that day."""
    if not any(row.before):
        return ()
    known = sum(hour is not None for hour in row.by_hour)
    return tuple(n if hour >= known - 1 else None for hour, n in enumerate(row.before))


def _area(row: AreaDay, top: float, decimals: int, view: View) -> Any:
    width, height = _SPARK[view.screen]
    to_come = _to_come(row)
    known = any(hour is not None for hour in (*row.by_hour, *to_come))
    colours, high = palette(view.theme), max(top, 1e-9)
    picture = spark(
        row.by_hour,
        live_colour(view),
        fill=colours.accd,
        width=width,
        height=height,
        low=0.0,
        high=high,
        stretch=True,
        behind=to_come,
        quiet=colours.t3,
    )
    cells = [
        html.Span(area_label(row.area_id, view), className="sm-name"),
        html.Span(grouped(row.total, decimals), className="sm-value"),
        picture if known else html.Span(className="sm-nothing"),
    ]
    name, target = "sm none" if row.total is None else "sm", area_target(row.area_id, view)
    if not target:
        return html.Div(cells, className=name)
    return html.Button(cells, className=name, type="button", **data(go=target))


def rows(view: View) -> Table:
    """The areas in their order with their day hour by hour; hours that have not passed are not known."""
    day: DayOfAreas = view.value("day")
    unit, decimals = view.tr(day.unit_key), 2 if day.unit_key.endswith("per_10k") else 0
    columns = [Column(view.tr("towns_day.area")), Column(view.tr("towns_day.today"), unit, Kind.NUMBER, decimals)]
    columns += [Column(f"{hour:02d}:00–{hour + 1:02d}:00", unit, Kind.NUMBER, decimals) for hour in range(24)]
    cells = tuple((area_label(row.area_id, view), row.total, *row.by_hour) for row in day.rows)
    names = {"areas": view.tr("towns_day.today")}
    return Table(tuple(columns), cells, period=f"{local(day.day_ms, view):%Y-%m-%d}", names=names)


def title(view: View) -> str:
    return view.tr("towns_day.title" if parts_are_towns(view) else "towns_day.title_parts")


def sub(view: View) -> str:
    day: DayOfAreas | None = view.answers["day"].value if "day" in view.answers else None
    if day is None:
        return ""
    unit, limit = view.tr(day.unit_key), int(view.options["limit"])
    return f"{unit} · {view.tr('towns_day.first', n=grouped(limit))}" if len(day.rows) > limit else unit


def is_empty(view: View) -> bool:
    day: DayOfAreas = view.value("day")
    return not any(row.total or any(row.before) for row in day.rows)


PANEL = Panel(
    build=build,
    needs={"day": AreasDay()},
    title=title,
    sub=sub,
    is_empty=is_empty,
    interval_s=5.0,
    options={"limit": 24},
    rows=rows,
)
