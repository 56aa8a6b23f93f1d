"""Places of evidence on a map: a diamond in the colour of its level and, where there is room, a framed word beside it
with what was measured there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brain.model.alert import Level
from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.shapes import Box, LonLat, Window, meets
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT, Palette

DIAMOND_PX = 18
_NAME_PX, _VALUE_PX = 17, 20
_PAD_PX = 10.0
# Middle of the frame from the diamond, as parts of its width and height: beside it first, then above and below.
_SIDES = ((0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5), (0.0, 1.0), (0.0, -1.0))
_AWAY_PX = ((26.0, 18.0), (70.0, 44.0), (120.0, 80.0))
_CHARS = 24


@dataclass(frozen=True, slots=True)
class Spot:
    """`level` None: over, without colour. `name` and `value` are written beside it; "" draws the diamond alone."""

    place: LonLat
    level: Level | None
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A framed word: the pixels it covers, and where its line meets it."""

    spot: Spot
    pixels: Box
    end: LonLat


def spot_pixels(spots: Sequence[Spot], window: Window) -> list[Box]:
    return [window.pixels(spot.place, (DIAMOND_PX + 6, DIAMOND_PX + 6)) for spot in spots]


def frames(spots: Sequence[Spot], window: Window, taken: Sequence[Box]) -> list[Frame]:
    """The words that find room clear of `taken` (pixels) and of one another; the first spots choose first."""
    covered = [*taken, *spot_pixels(spots, window)]
    found: list[Frame] = []
    for spot in spots:
        placed = _frame(spot, window, covered) if spot.name else None
        if placed is not None:
            found.append(placed)
            covered.append(placed.pixels)
    return found


def _frame(spot: Spot, window: Window, taken: Sequence[Box]) -> Frame | None:
    wide = max(text_px(spot.name[:_CHARS], _NAME_PX), text_px(spot.value, _VALUE_PX)) + 2 * _PAD_PX
    high = (_NAME_PX + _VALUE_PX) * 1.3 + _PAD_PX
    for away_x, away_y in _AWAY_PX:
        for x, y in _SIDES:
            right = x * wide + (away_x if x > 0 else -away_x if x < 0 else 0)
            up = y * high + (away_y if y > 0 else -away_y)
            pixels = window.pixels(window.moved(spot.place, right, up), (wide, high))
            inside = min(pixels[:2]) >= 4 and pixels[2] <= window.width - 4 and pixels[3] <= window.height - 4
            if inside and not any(meets(pixels, other) for other in taken):
                end = window.moved(spot.place, right - x * wide, up - (high / 2 if y > 0 else -high / 2))
                return Frame(spot, pixels, end)
    return None


def spot_traces(spots: Sequence[Spot], placed: Sequence[Frame], window: Window, colours: Palette) -> list[Trace]:
    """Lines and frames, then the diamonds, then the words."""
    traces: list[Trace] = []
    for frame in placed:
        colour = _colour(frame.spot, colours)
        traces += [_line([frame.spot.place, frame.end], colour), _box(frame.pixels, window, colour, colours.ground)]
    marker = {
        "symbol": "diamond",
        "size": DIAMOND_PX,
        "color": [_colour(spot, colours) for spot in reversed(spots)],
        "opacity": 1,
        "line": {"color": colours.ground, "width": 2},
    }
    places = [spot.place for spot in reversed(spots)]  # the gravest is drawn last
    if places:
        lons, lats = [p[0] for p in places], [p[1] for p in places]
        traces.append(
            {"type": "scattergeo", "mode": "markers", "lon": lons, "lat": lats, "marker": marker, "hoverinfo": "skip"}
        )
    return traces + _words(placed, window, colours)


def _colour(spot: Spot, colours: Palette) -> str:
    return colours.t2 if spot.level is None else colours.level[spot.level]


def _line(points: Sequence[LonLat], colour: str) -> Trace:
    line = {"color": colour, "width": 1.2}
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return {"type": "scattergeo", "mode": "lines", "lon": lons, "lat": lats, "line": line, "hoverinfo": "skip"}


def _box(pixels: Box, window: Window, colour: str, ground: str) -> Trace:
    left, top, right, bottom = pixels
    # Clockwise: the projection takes a ring the other way round for all the rest of the world.
    corners = [window.at(x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))]
    return _line(corners, colour) | {"fill": "toself", "fillcolor": ground}


def _words(placed: Sequence[Frame], window: Window, colours: Palette) -> list[Trace]:
    """Name and value as two rows of text: their sizes differ."""
    rows: list[tuple[str, float, int, str, int]] = []
    for frame in placed:
        top, bottom = frame.pixels[1], frame.pixels[3]
        rows.append((esc(frame.spot.name, _CHARS), top + (bottom - top) * 0.29, _NAME_PX, colours.t2, 400))
        rows.append((esc(frame.spot.value, _CHARS), top + (bottom - top) * 0.69, _VALUE_PX, colours.t1, 600))
    if not rows:
        return []
    lefts = [frame.pixels[0] + _PAD_PX for frame in placed for _ in range(2)]
    at = [window.at(x, y) for x, (_, y, *_rest) in zip(lefts, rows, strict=True)]
    font: dict[str, Any] = {
        "family": FONT,
        "size": [size for _, _, size, _, _ in rows],
        "color": [colour for _, _, _, colour, _ in rows],
        "weight": [weight for *_, weight in rows],
    }
    return [
        {
            "type": "scattergeo",
            "mode": "text",
            "lon": [place[0] for place in at],
            "lat": [place[1] for place in at],
            "text": [text for text, *_ in rows],
            "textposition": "middle right",
            "textfont": font,
            "hoverinfo": "skip",
        }
    ]
