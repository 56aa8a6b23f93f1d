"""Trends: a day by the hour against last week, days in a row, and the evidence of an alert against its limits."""

from collections.abc import Sequence
from typing import Any

from brain.model.alert import Level
from brain.model.query.tickets import DayOfTickets, TrendDay
from dashboard.kit.chart import (
    DASH_COMPARE,
    DASH_LIMIT,
    FigureDict,
    Trace,
    layout,
    nice_range,
    nice_top,
    note,
    room_for,
    tick_decimals,
    x_axis,
    y_axis,
)
from dashboard.kit.escape import esc
from dashboard.kit.moment import clock_text, day_text, local, weekday_text
from dashboard.kit.number import grouped
from dashboard.kit.theme import live_colour, palette
from dashboard.panel import Face, Screen, View

_HOUR_MS = 3_600_000
_LATE_HOUR, _WORD_HOURS = 18, 7  # from when, and over how many hours, the word of now stands to the left
_BEFORE_HOURS, _BEFORE_UNTIL, _MORNING = 4, 20, 4  # width of the word for the day before, when and where it stands
_LIVE_WIDTH = 3.2
_COMPARE_WIDTH = 1.6


def day_by_hour(day: DayOfTickets, view: View, count_word: str, usual_word: str, before_word: str) -> FigureDict:
    """Whole hours only, each in its middle: the hour that runs would always look like a fall. The usual range is a
    quiet band, last week a dotted line through the whole day, as the future holds only the comparator."""
    colours = palette(view.theme)
    done = [(h + 0.5, n) for h, n in enumerate(_whole_hours(day, view)) if n is not None]
    before = [(h + 0.5, float(n)) for h, n in enumerate(day.before_by_hour or ())]
    highs = [pair[1] for pair in day.usual if pair]
    top = nice_top(max([*(n for _, n in done), *(n for _, n in before), *highs, 0.0]) * 1.04)
    traces = [
        *_band(day, colours.usual, usual_word),
        *([_line(before, colours.t3, _COMPARE_WIDTH, before_word, DASH_COMPARE)] if before else []),
        _line(done, live_colour(view), _LIVE_WIDTH, count_word),
    ]
    notes = []
    if done:
        traces.append(_end_point(done[-1], live_colour(view), colours.ground))
        notes.append(_now_note(done, view))
    if before:
        notes.append(_before_note(before, done, before_word, colours.t3))
    ticks = [0.0, top / 2, top]
    drawn = layout(view, left=room_for(ticks), right=10)
    drawn["xaxis"] = x_axis(
        colours, 0, 24, [(0, view.tr("kit.hour", n="0")), (6, "6"), (12, "12"), (18, "18"), (24, "24")]
    )
    drawn["yaxis"] = y_axis(colours, 0, top, ticks)
    drawn["annotations"] = notes
    return {"data": traces, "layout": drawn}


def _whole_hours(day: DayOfTickets, view: View) -> list[int | None]:
    running = int((view.now_ms - day.day_ms) // _HOUR_MS)
    return [n if h < running else None for h, n in enumerate(day.by_hour)]


def _band(day: DayOfTickets, colour: str, word: str) -> list[Trace]:
    known = [(h + 0.5, pair) for h, pair in enumerate(day.usual) if pair]
    if len(known) < 2:
        return []
    xs = [x for x, _ in known]
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0, "color": colour}, "hoverinfo": "skip", "x": xs}
    return [
        {**edge, "y": [pair[0] for _, pair in known]},
        {**edge, "y": [pair[1] for _, pair in known], "fill": "tonexty", "fillcolor": colour, "name": esc(word)},
    ]


def _line(points: Sequence[tuple[float, float]], colour: str, width: float, word: str, dash: str = "solid") -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "name": esc(word),
        "line": {"color": colour, "width": width, "shape": "linear", "dash": dash},
        "hovertemplate": "%{y:,}<extra>" + esc(word) + "</extra>",
    }


def _end_point(point: tuple[float, float], colour: str, ground: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [point[0]],
        "y": [point[1]],
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": {"size": 12, "color": colour, "line": {"color": ground, "width": 2}},
    }


def _now_note(done: Sequence[tuple[float, float]], view: View) -> dict[str, Any]:
    """The last whole hour, right of its point; late in the day, where there is no room, left of it and above all it
    stands over."""
    x, y = done[-1]
    colour, hour = live_colour(view), int(x)
    text = f"<b>{esc(view.tr('kit.in_hour', hour=str(hour), n=grouped(y)))}</b>"
    if x <= _LATE_HOUR:
        return note(text, x, y, colour, yshift=12, xshift=10)
    above = max(n for hour, n in done if hour > x - _WORD_HOURS)
    return note(text, x, above, colour, yshift=14, xanchor="right", xshift=4)


def _before_note(
    before: Sequence[tuple[float, float]], done: Sequence[tuple[float, float]], word: str, colour: str
) -> dict[str, Any]:
    """Above both lines: at the end of the day, and once today is near it, in the morning."""
    evening = not done or done[-1][0] <= _BEFORE_UNTIL
    begins, ends = (24 - _BEFORE_HOURS, 24.0) if evening else (_MORNING, _MORNING + _BEFORE_HOURS)
    above = max((n for x, n in (*before, *done) if begins - 1 <= x <= ends), default=0.0)
    return note(esc(word), ends, above, colour, xanchor="right", yshift=12)


def days_in_a_row(
    days: Sequence[TrendDay],
    view: View,
    received_word: str,
    closed_word: str,
    before: Sequence[int | None] = (),
    before_word: str = "",
) -> FigureDict:
    """Bars for what came in (days off quieter, days not whole in outline), a line for what was closed, a dotted one for
    what came in on the days compared with."""
    colours = palette(view.theme)
    live = live_colour(view)
    pair = (colours.t3, colours.line2) if view.face is Face.STALE else (colours.acc2, colours.accd)
    compared = [(float(i), float(n)) for i, n in enumerate(before) if n is not None]
    top = nice_top(max([*(d.received for d in days), *(d.closed for d in days), *(n for _, n in compared), 0]) * 1.02)
    ticks = [0.0, top / 2, top]
    xs = list(range(len(days)))
    words = [esc(day_text(local(d.day_ms, view).date(), view)) for d in days]
    bars = {
        "type": "bar",
        "x": xs,
        "y": [d.received for d in days],
        "name": esc(received_word),
        "width": 0.62,
        "marker": {
            "color": [_bar_colour(d, *pair) for d in days],
            "line": {"width": [0 if d.whole else 1.4 for d in days], "color": live},
        },
        "customdata": words,
        "hovertemplate": "%{customdata} %{y:,}<extra>" + esc(received_word) + "</extra>",
    }
    whole = [(float(i), float(d.closed)) for i, d in enumerate(days) if d.whole]
    traces = [bars, _line(whole, colours.t1, 2.0, closed_word)]
    notes = []
    if compared:
        traces.append(_line(compared, colours.t3, _COMPARE_WIDTH, before_word, DASH_COMPARE))
        x, y = compared[0]
        early = x < len(days) / 2  # else the word for what was closed stands above its line
        side: dict[str, Any] = {"xanchor": "left", "yshift": 12} if early else {"xanchor": "right", "xshift": -6}
        notes.append(note(esc(before_word), x, y, colours.t3, **side))
    if whole and any(d.received or d.closed for d in days):
        x = whole[-1][0]
        traces.append(_end_point(whole[-1], colours.t1, colours.ground))
        above = max(max(d.received, d.closed) for d in days[-3:])  # clear of the bars beside it
        notes.append(note(esc(closed_word), x, above, colours.t1, xanchor="right", yshift=12))
        highest = max((i for i, d in enumerate(days[:-2]) if d.whole), key=lambda i: days[i].received, default=0)
        notes.append(note(esc(received_word), highest, days[highest].received, live, xanchor="center", yshift=12))
    drawn = layout(view, left=room_for(ticks), bottom=46)
    drawn["xaxis"] = x_axis(colours, -0.6, len(days) - 0.4, _day_ticks(days, view))
    drawn["yaxis"] = y_axis(colours, 0, top, ticks)
    drawn["annotations"] = notes
    drawn["bargap"] = 0.3
    return {"data": traces, "layout": drawn}


def _bar_colour(day: TrendDay, work: str, rest: str) -> str:
    if not day.whole:
        return "rgba(0,0,0,0)"
    return work if day.workday else rest


def _day_ticks(days: Sequence[TrendDay], view: View) -> list[tuple[float, str]]:
    """The number of a day, the month where it begins; of many days as many as there is room for."""
    step = -(-len(days) // (8 if view.screen is Screen.SMALL else 16))
    ticks = []
    last_month = 0
    for i, day in enumerate(days):
        date = local(day.day_ms, view).date()
        if (len(days) - 1 - i) % step:
            continue
        below = view.tr("kit.months_axis").split(",")[date.month - 1] if date.month != last_month else ""
        last_month = date.month
        ticks.append((float(i), f"{date.day}<br>{esc(below)}" if below else str(date.day)))
    return ticks


def against_limits(
    series: Sequence[tuple[int, float | None]],
    limits: Sequence[tuple[Level, float]],
    view: View,
    word: str,
    decimals: int,
    opened_ms: int,
) -> FigureDict:
    """The measured line, the limits as dashed lines in their level's colour with "红 0.60" above, the moment of the
    alert as a thin upright line. Gaps stay gaps."""
    colours = palette(view.theme)
    known = [(at, value) for at, value in series if value is not None]
    values = [value for _, value in known] + [value for _, value in limits]
    low, high, ticks = nice_range(min(values, default=0.0), max(values, default=1.0))
    head = (high - low) * 0.1
    first, last = (series[0][0], series[-1][0]) if series else (opened_ms, view.now_ms)
    line = _line([], live_colour(view), _LIVE_WIDTH, word)
    line |= {"x": [at for at, _ in series], "y": [value for _, value in series], "connectgaps": False}
    line["customdata"] = [clock_text(at, view) for at, _ in series]
    line["hovertemplate"] = "%{customdata} %{y:,." + str(decimals) + "f}<extra></extra>"
    traces = [line]
    if known:
        traces.append(_end_point((known[-1][0], known[-1][1]), live_colour(view), colours.ground))
    places = max(tick_decimals(ticks), 0)
    drawn = layout(view, left=room_for(ticks, places), right=24, top=14)
    drawn["xaxis"] = x_axis(colours, first, max(last, first + 1), _time_ticks(first, last, view))
    drawn["yaxis"] = y_axis(colours, low - head * 0.2, high + head, ticks, places) | {"zeroline": False}
    drawn["shapes"] = [limit_line(level, at, view) for level, at in limits] + [_moment_line(opened_ms, view)]
    drawn["annotations"] = [limit_word(level, at, view, decimals) for level, at in limits]
    return {"data": traces, "layout": drawn}


def limit_line(level: Level, at: float, view: View) -> dict[str, Any]:
    line = {"color": palette(view.theme).level[level], "width": 1.4, "dash": DASH_LIMIT}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": at, "y1": at, "line": line, "layer": "below"}


def limit_word(level: Level, at: float, view: View, decimals: int) -> dict[str, Any]:
    text = f"{esc(view.tr(f'kit.level_mark.{level.word}'))} {grouped(at, decimals)}"
    colour = palette(view.theme).level_text[level]
    return note(text, 0, at, colour, xref="paper", yanchor="bottom", bgcolor="rgba(0,0,0,0)")


def _moment_line(at_ms: int, view: View) -> dict[str, Any]:
    line = {"color": palette(view.theme).line2, "width": 1}
    return {"type": "line", "yref": "paper", "x0": at_ms, "x1": at_ms, "y0": 0, "y1": 1, "line": line, "layer": "below"}


def _time_ticks(first: int, last: int, view: View) -> list[tuple[float, str]]:
    """Start, middle and end; the weekday where the stretch spans more than a day."""
    marks = [first, (first + last) // 2, last] if last > first else [first]
    if last - first <= 24 * _HOUR_MS:
        return [(at, clock_text(at, view)) for at in marks]
    return [(at, f"{esc(weekday_text(at, view))} {clock_text(at, view)}") for at in marks]
