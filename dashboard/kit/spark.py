"""Small pictures of a series, drawn on the server as SVG: no plotly, a few bytes. assets/bus/sparks.js puts them into
the page: as images of data addresses, of which no two are the same, a browser would keep thousands of them."""

from collections.abc import Sequence

from dash import html

from dashboard.kit.attributes import aria, data

Values = Sequence[float | None]

_PAD = 3.0


def _image(body: str, width: int, height: int, stretch: bool) -> html.Span:
    keep = ' preserveAspectRatio="none"' if stretch else ""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}{keep}>{body}</svg>'
    return html.Span(className="spark", **data(spark=svg), **aria(hidden="true"))


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
) -> html.Span:
    """A line with its last point marked; gaps (None) stay gaps. `low`/`high` fix the scale, for small multiples.
    `stretch`: it fills its place whatever its shape; strokes and the point keep theirs."""
    if not any(value is not None for value in values):
        return _image("", width, height, stretch)
    bottom, top = _bounds(values, low, high)
    step = (width - 2 * _PAD) / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return round(height - _PAD - (min(max(value, bottom), top) - bottom) / (top - bottom) * (height - 2 * _PAD), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((round(_PAD + i * step, 1), y(value)))
    keep = ' vector-effect="non-scaling-stroke"' if stretch else ""
    parts = []
    for run in filter(None, runs):
        points = " ".join(f"{px},{py}" for px, py in run)
        if fill:
            parts.append(f'<polygon fill="{fill}" points="{run[0][0]},{height} {points} {run[-1][0]},{height}"/>')
        line = f'fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"{keep}'
        parts.append(f'<polyline {line} points="{points}"/>')
    x, at_y = next(run[-1] for run in reversed(runs) if run)
    if stretch:  # a stroke without length and with round ends: a circle would become an ellipse
        point = f'd="M{x} {at_y}h0" stroke="{colour}" stroke-width="6" stroke-linecap="round"{keep}'
        parts.append(f"<path {point}/>")
    else:
        parts.append(f'<circle cx="{x}" cy="{at_y}" r="3" fill="{colour}"/>')
    return _image("".join(parts), width, height, stretch)


def columns(values: Values, colour: str, quiet: str, *, hot: int = 0, width: int = 360, height: int = 48) -> html.Span:
    """Columns on one base line; the last `hot` of them in `colour`, the others in `quiet`; 0 is a hairline."""
    top = max((value for value in values if value), default=1.0)
    pitch = width / max(len(values), 1)
    parts = []
    for i, value in enumerate(values):
        tall = max(1.5, (value or 0) / top * height)
        fill = colour if i >= len(values) - hot else quiet
        place = f'x="{i * pitch:.1f}" y="{height - tall:.1f}" width="{pitch * 0.72:.1f}" height="{tall:.1f}"'
        parts.append(f'<rect {place} fill="{fill}"/>')
    return _image("".join(parts), width, height, stretch=True)
