"""plotly figures as plain dicts in the dress of the cockpit. Dicts, not go.Figure: building and checking one costs
about ten times as much, and a tick builds a dozen."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from dash import dcc, html

from dashboard.kit.attributes import aria
from dashboard.kit.theme import FONT, Palette, axis_px, palette
from dashboard.panel import Face, Screen, View

Trace = dict[str, Any]
FigureDict = dict[str, Any]

DASH_COMPARE = "2px,4px"
DASH_LIMIT = "5px,3px"
_DIGIT_PX = 8.5
_STEPS = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)  # halves of ten times these are whole
# A local path: plotly otherwise asks a foreign server for world outlines that no map of ours shows.
TOPOJSON_PATH = "/assets/topojson/"


def graph(figure: FigureDict, kind: str = "chart", label: str = "", **attributes: Any) -> html.Div:
    """A figure in its cell: it fills it, follows its size, has no tool bar. `label` is read out by screen readers."""
    config: Any = {
        "displayModeBar": False,
        "displaylogo": False,
        "responsive": True,
        "scrollZoom": False,
        "doubleClick": False,
        "showTips": False,
        "topojsonURL": TOPOJSON_PATH,
    }
    drawn = dcc.Graph(figure=figure, config=config, responsive=True, style={"height": "100%", "width": "100%"})
    spoken: dict[str, Any] = {"role": "img", **aria(label=label)} if label else {}
    return html.Div(drawn, className=kind, **spoken, **attributes)


def layout(view: View, *, left: int = 30, right: int = 4, top: int = 12, bottom: int = 24) -> dict[str, Any]:
    """What all figures share."""
    colours = palette(view.theme)
    wall = view.screen is Screen.LARGE
    font = {
        "family": FONT,
        "size": axis_px(view.screen),
        "color": colours.t2 if view.face is Face.STALE else colours.t3,
    }
    shared: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
        "showlegend": False,
        "colorway": [colours.acc, colours.acc2, colours.t3, colours.t1],
        "separators": ".,",
        "uirevision": view.panel_id,
        "transition": {"duration": 0},
        "dragmode": False,
        "autosize": True,
        "hovermode": False if wall else "x unified",
        "hoverlabel": {
            "bgcolor": colours.card,
            "bordercolor": colours.line2,
            "font": {"family": FONT, "size": 16, "color": colours.t1},
        },
    }
    return shared


def x_axis(
    colours: Palette, low: float, high: float, ticks: Sequence[tuple[float, str]], line: bool = True
) -> dict[str, Any]:
    return {
        "range": [low, high],
        "showgrid": False,
        "showline": line,
        "linecolor": colours.line2,
        "linewidth": 1,
        "ticks": "",
        "tickmode": "array",
        "tickvals": [at for at, _ in ticks],
        "ticktext": [text for _, text in ticks],
        "tickangle": 0,
        "zeroline": False,
        "fixedrange": True,
        "automargin": False,
    }


def y_axis(colours: Palette, low: float, high: float, ticks: Sequence[float], decimals: int = 0) -> dict[str, Any]:
    return {
        "range": [low, high],
        "showgrid": True,
        "gridcolor": colours.line,
        "gridwidth": 1,
        "showline": False,
        "zeroline": low <= 0 <= high,
        "zerolinecolor": colours.line2,
        "zerolinewidth": 1,
        "ticks": "",
        "tickmode": "array",
        "tickvals": list(ticks),
        "ticktext": [f"{at:,.{decimals}f}" for at in ticks],
        "fixedrange": True,
        "automargin": False,
    }


def nice_top(value: float) -> float:
    """The least round number not below `value` whose half is round; at least 2, so that ticks of counts are whole."""
    if value <= 10:
        return max(2.0, 2.0 * ceil(value / 2 - 1e-9))
    size = 10.0 ** floor(log10(value))
    return float(next(step * size for step in _STEPS if step * size >= value - 1e-9))


def nice_range(low: float, high: float) -> tuple[float, float, list[float]]:
    """A cut axis for measured values: (low, high, two to four round ticks) around the data."""
    if high - low < 1e-9 * max(1.0, abs(low), abs(high)):  # one value, told apart by rounding alone
        pad = abs(high) * 0.1 if abs(high) > 1e-9 else 1.0
        low, high = low - pad, high + pad
    rough = (high - low) / 2
    size = 10.0 ** floor(log10(rough))
    step = next(part * size for part in (1.0, 2.0, 2.5, 5.0, 10.0) if part * size >= rough - 1e-12)
    bottom, top = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    count = round((top - bottom) / step)
    return bottom, top, [bottom + i * step for i in range(count + 1)]


def tick_decimals(ticks: Sequence[float]) -> int:
    """Places that tell the ticks apart without showing binary noise."""
    for places in range(4):
        if all(abs(round(at, places) - at) < 1e-9 for at in ticks):
            return places
    return 4


def room_for(ticks: Sequence[float], decimals: int = 0) -> int:
    """Pixels the labels of the y axis need, so that none is cut off."""
    longest = max((len(f"{at:,.{decimals}f}") for at in ticks), default=1)
    return max(30, round(longest * _DIGIT_PX) + 12)


def note(text: str, x: float, y: float, colour: str, **more: Any) -> dict[str, Any]:
    """A word at a line instead of a legend; `text` is already safe (escape.esc or a figure)."""
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"color": colour}, "xanchor": "left", **more}
