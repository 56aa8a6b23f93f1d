"""What a device measured over a span: the line of means in its band of extremes, gaps as gaps, limits, what was bad,
the stretch before, and when alerts lasted."""

from collections.abc import Iterator, Sequence
from typing import Any

from brain.model.history import Point
from brain.model.query.history import History
from brain.model.reading import Metric
from dashboard.kit.chart import (
    DASH_COMPARE,
    FigureDict,
    Trace,
    layout,
    nice_range,
    room_for,
    tick_decimals,
    x_axis,
    y_axis,
)
from dashboard.kit.escape import esc
from dashboard.kit.measure import measured, shown
from dashboard.kit.moment import clock_text, moment_text
from dashboard.kit.place import what_of
from dashboard.kit.theme import live_colour, palette
from dashboard.kit.timeaxis import time_ticks
from dashboard.kit.trend import limit_line, limit_word
from dashboard.panel import Screen, View

_LINE, _COMPARE = 2.0, 1.6
_MOST_DRAWN_ALERTS = 60
_DAY_S = 86_400
Xy = tuple[float, float | None]


def drawn_past(told: History, metric: Metric, view: View) -> FigureDict:
    """`told` of `metric`, which it has."""
    colours = palette(view.theme)
    length_ms = told.end_ms - told.start_ms
    limits = [(level, value) for level, at in told.limits if (value := shown(metric, at)) is not None]
    low, high, ticks = nice_range(*_extent(told, metric, [value for _, value in limits]))
    head = (high - low) * 0.1
    bottom, top = low - head * 0.5, high + head
    before = _means(told.before, told.step_s, metric, told.start_ms, length_ms)
    traces = [
        *_alerts(told, top - head * 0.4, view),
        *_band(told, metric, colours.accd),
        *([_line(before, colours.t3, _COMPARE, DASH_COMPARE)] if before else []),
        *_series(told, metric, view),
        *_bad(told, bottom + head * 0.25, view),
    ]
    places = max(tick_decimals(ticks), 0)
    drawn = layout(view, left=room_for(ticks, places), right=24, top=14)
    drawn["hovermode"] = False if view.screen is Screen.LARGE else "closest"
    marks = time_ticks(told.start_ms, told.end_ms, view, 4 if view.screen is Screen.SMALL else 8)
    drawn["xaxis"] = x_axis(colours, told.start_ms, max(told.end_ms, told.start_ms + 1), marks)
    drawn["yaxis"] = y_axis(colours, bottom, top, ticks, places) | {"zeroline": False}
    drawn["shapes"] = [*_lasting(told, view), *(limit_line(level, at, view) for level, at in limits)]
    drawn["annotations"] = [limit_word(level, at, view, metric.decimals) for level, at in limits]
    return {"data": traces, "layout": drawn}


def moments_of(point: Point, span_s: int, view: View) -> str:
    """14:20:02 of a reading, 14:00–15:00 of an hour, 7 月 14 日 00:00 of a day, by its beginning."""
    begun = moment_text(point.start_ms, view, seconds=not span_s)
    return begun if not span_s or span_s >= _DAY_S else f"{begun}–{clock_text(point.end_ms, view)}"


def _extent(told: History, metric: Metric, limits: Sequence[float]) -> tuple[float, float]:
    values = [value for point in told.points for value in (point.low, point.high)]
    values += [point.mean for point in told.before]
    known = [value for at in values if (value := shown(metric, at)) is not None]
    return min([*known, *limits], default=0.0), max([*known, *limits], default=1.0)


def _runs(points: Sequence[Point], step_s: float) -> Iterator[list[Point]]:
    """Stretches without a gap: nothing missing between, nothing bad in them."""
    run: list[Point] = []
    for point in points:
        if run and (point.mean is None or point.end_ms - run[-1].end_ms > step_s * 1000):
            yield run
            run = []
        if point.mean is not None:
            run.append(point)
    if run:
        yield run


def _middle(point: Point, start_ms: int, end_ms: int) -> float:
    """Where a bucket stands; of the ones at the ends the part that is seen."""
    return (max(point.start_ms, start_ms) + min(point.end_ms, end_ms)) / 2


def _means(points: Sequence[Point], step_s: float, metric: Metric, end_ms: int, length_ms: int) -> list[Xy]:
    """Of the stretch before, moved to where the present one is. A point without a value parts two runs."""
    moved: list[Xy] = []
    for run in _runs(points, step_s):
        line = [(_middle(p, end_ms - length_ms, end_ms) + length_ms, shown(metric, p.mean)) for p in run]
        moved += [*line, (line[-1][0], None)]
    return moved


def _band(told: History, metric: Metric, colour: str) -> list[Trace]:
    """From the least to the greatest value of each bucket: a closed outline for each run."""
    if not told.span_s:
        return []
    xs: list[float | None] = []
    ys: list[float | None] = []
    for run in _runs(told.points, told.step_s):
        at = [_middle(point, told.start_ms, told.end_ms) for point in run]
        xs += [*at, *reversed(at), None]
        ys += [*(shown(metric, p.high) for p in run), *(shown(metric, p.low) for p in reversed(run)), None]
    outline = {"type": "scatter", "mode": "lines", "line": {"width": 0, "color": colour}, "hoverinfo": "skip"}
    return [{**outline, "x": xs, "y": ys, "fill": "toself", "fillcolor": colour}] if xs else []


def _line(points: Sequence[Xy], colour: str, width: float, dash: str = "solid") -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "line": {"color": colour, "width": width, "dash": dash},
        "connectgaps": False,
        "hoverinfo": "skip",
    }


def _series(told: History, metric: Metric, view: View) -> list[Trace]:
    """The line, and a dot where a value stands alone."""
    colour = live_colour(view)
    points: list[Xy] = []
    words: list[str] = []
    alone: list[Xy] = []
    for run in _runs(told.points, told.step_s):
        line = [(_middle(p, told.start_ms, told.end_ms), shown(metric, p.mean)) for p in run]
        points += [*line, (line[-1][0], None)]
        words += [*(_words(p, told.span_s, metric, view) for p in run), ""]
        alone += line if len(line) == 1 else []
    hover = {"customdata": words, "hovertemplate": "%{customdata}<extra></extra>", "hoverinfo": "text"}
    traces = [_line(points, colour, _LINE) | hover] if points else []
    if alone:
        marker = {"size": 5, "color": colour}
        dots = {"type": "scatter", "mode": "markers", "hoverinfo": "skip", "marker": marker}
        traces.append({**dots, "x": [x for x, _ in alone], "y": [y for _, y in alone]})
    return traces


def _words(point: Point, span_s: int, metric: Metric, view: View) -> str:
    at, value = moments_of(point, span_s, view), measured(metric, point.mean)
    if not span_s:
        return esc(f"{at} {value}")
    between = f"{measured(metric, point.low)}–{measured(metric, point.high)}"
    return esc(view.tr("kit.past.hover", at=at, mean=value, between=between, n=str(point.count)))


def _bad(told: History, y: float, view: View) -> list[Trace]:
    """A cross at the foot wherever something was measured badly."""
    found = [point for point in told.points if point.bad]
    if not found:
        return []
    colours = palette(view.theme)
    words = [esc(view.tr("kit.past.bad_at", at=moments_of(p, told.span_s, view), n=str(p.bad))) for p in found]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [_middle(point, told.start_ms, told.end_ms) for point in found],
            "y": [y] * len(found),
            "marker": {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": colours.t2}},
            "customdata": words,
            "hovertemplate": "%{customdata}<extra></extra>",
        }
    ]


def _alerts(told: History, y: float, view: View) -> list[Trace]:
    """A square of its level where an alert began, or where the stretch does; it leads to it."""
    rows = told.alerts[:_MOST_DRAWN_ALERTS]
    if not rows:
        return []
    colours = palette(view.theme)
    words = [esc(f"{moment_text(row.opened_ms, view)} {what_of(row, view)}") for row in rows]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [max(row.opened_ms, told.start_ms) for row in rows],
            "y": [y] * len(rows),
            "marker": {
                "symbol": "square",
                "size": 12,
                "color": [colours.level[row.level] for row in rows],
                "line": {"color": colours.ground, "width": 1.4},
            },
            "cliponaxis": False,
            "customdata": [f"alert:{row.id}" for row in rows],
            "hovertext": words,
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]


def _lasting(told: History, view: View) -> list[dict[str, Any]]:
    """How long each alert lasted, behind the line."""
    colours = palette(view.theme)
    return [
        {
            "type": "rect",
            "yref": "paper",
            "x0": max(row.opened_ms, told.start_ms),
            "x1": min(told.end_ms if row.closed_ms is None else row.closed_ms, told.end_ms),
            "y0": 0,
            "y1": 1,
            "line": {"width": 0},
            "fillcolor": colours.level[row.level],
            "opacity": 0.1,
            "layer": "below",
        }
        for row in told.alerts[:_MOST_DRAWN_ALERTS]
    ]
