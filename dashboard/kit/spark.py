"""Small pictures of a series as shapes of SVG: no plotly, a few bytes. assets/bus/sparks.js draws them into the page:
as images of data addresses, of which no two are the same, a browser would keep thousands of them."""

from collections.abc import Sequence
from itertools import groupby

from dash import html
from orjson import dumps

from dashboard.kit.attributes import aria, data

Values = Sequence[float | None]
Shape = tuple[str, dict[str, str]]
"""An element of SVG and its attributes."""

Point = tuple[float, float]

_PAD = 3.0


def _drawn(parts: list[Shape], width: int, height: int, stretch: bool) -> html.Span:
    frame = {"viewBox": f"0 0 {width} {height}"} | ({"preserveAspectRatio": "none"} if stretch else {})
    return html.Span(className="spark", **data(spark=dumps([frame, *parts]).decode()), **aria(hidden="true"))


def _bounds(values: Values, low: float | None, high: float | None) -> tuple[float, float]:
    known = [value for value in values if value is not None]
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return (bottom, top) if top > bottom else (bottom - 0.5, bottom + 0.5)


def spark(
    values: Values,
    colour: str,
    *,
    fill: str = "",
    width: int = 120,
    height: int = 32,
    low: float | None = None,
    high: float | None = None,
    stretch: bool = False,
    behind: Values = (),
    quiet: str = "",
) -> html.Span:
    """A line with its last point marked; gaps (None) stay gaps. `low`/`high` fix the scale, for small multiples.
    `stretch`: it fills its place whatever its shape; strokes and the point keep theirs. `behind`: as many values, drawn
    thin in the colour `quiet`."""
    if not any(value is not None for value in (*values, *behind)):
        return _drawn([], width, height, stretch)
    bounds = _bounds((*values, *behind), low, high)
    runs = _placed(values, bounds, width, height)
    keep = {"vector-effect": "non-scaling-stroke"} if stretch else {}
    line = {"fill": "none", "stroke": colour, "stroke-width": "2", "stroke-linejoin": "round", **keep}
    thin = {**line, "stroke": quiet, "stroke-width": "1"}
    parts: list[Shape] = [
        ("polyline", {**thin, "points": _said(run)}) for run in _placed(behind, bounds, width, height)
    ]
    for run in runs:
        points = _said(run)
        if fill:
            around = f"{run[0][0]},{height} {points} {run[-1][0]},{height}"
            parts.append(("polygon", {"fill": fill, "points": around}))
        parts.append(("polyline", {**line, "points": points}))
    if runs:
        parts.append(_end(*runs[-1][-1], colour, stretch))
    return _drawn(parts, width, height, stretch)


def _placed(values: Values, bounds: tuple[float, float], width: int, height: int) -> list[list[Point]]:
    """The stretches without a gap, as points of the picture."""
    bottom, top = bounds
    step = (width - 2 * _PAD) / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return round(height - _PAD - (min(max(value, bottom), top) - bottom) / (top - bottom) * (height - 2 * _PAD), 1)

    points = [None if value is None else (round(_PAD + i * step, 1), y(value)) for i, value in enumerate(values)]
    there = groupby(points, key=lambda point: point is not None)
    return [[point for point in run if point is not None] for known, run in there if known]


def _said(run: Sequence[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in run)


def _end(x: float, y: float, colour: str, stretch: bool) -> Shape:
    if stretch:  # a stroke without length and with round ends: a circle would become an ellipse
        end = {"stroke": colour, "stroke-width": "6", "stroke-linecap": "round", "vector-effect": "non-scaling-stroke"}
        return "path", {"d": f"M{x} {y}h0", **end}
    return "circle", {"cx": str(x), "cy": str(y), "r": "3", "fill": colour}


def columns(values: Values, colour: str, quiet: str, *, hot: int = 0, width: int = 360, height: int = 48) -> html.Span:
    """Columns on one base line; the last `hot` of them in `colour`, the others in `quiet`; 0 is a hairline."""
    top = max((value for value in values if value), default=1.0)
    pitch = width / max(len(values), 1)
    parts: list[Shape] = []
    for i, value in enumerate(values):
        tall = max(1.5, (value or 0) / top * height)
        fill = colour if i >= len(values) - hot else quiet
        place = {"x": f"{i * pitch:.1f}", "y": f"{height - tall:.1f}", "width": f"{pitch * 0.72:.1f}"}
        parts.append(("rect", {**place, "height": f"{tall:.1f}", "fill": fill}))
    return _drawn(parts, width, height, stretch=True)
