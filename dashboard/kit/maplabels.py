"""Names and values on the areas of a map: both where they fit, the name alone where only it does, else nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.shapes import Box, LonLat, Shapes, Window, covers, meets
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT

_SHIFTS = ((0, 0), (0, -20), (0, 20), (-26, 0), (26, 0), (-22, -22), (22, -22), (-22, 22), (22, 22), (0, -38), (0, 38))
_GRID_PX = 12
_INK_PX = 5.0  # from the edge of a line to its letters
_MOST_PLACES = 60
_EDGE_PX = 6  # cells are a little smaller than planned where a page has less room
_SQUEEZED_EMS = 5.5
_CROWDED_PX = 62
_FEWEST_CROWDED = 3
_MOST_CROWDED = 12


@dataclass(frozen=True, slots=True)
class Label:
    area_id: str
    name: str
    value: str
    ink: str
    halo: str = ""  # colour behind letters that reach over the border of their area


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a label: its text, the width of each of its lines and its height in pixels."""

    text: str
    lines: tuple[float, ...]
    high: float

    @property
    def wide(self) -> float:
        return max(self.lines)


@dataclass(frozen=True, slots=True)
class Settled:
    """A label that has its place, and the pixels it covers."""

    place: LonLat
    text: str
    ink: str
    shadow: str
    pixels: Box


def settle(
    labels: Sequence[Label], shapes: Shapes, window: Window, size: int, marks: Sequence[Box] = ()
) -> list[Settled]:
    """A label stands at the roomiest place of its area, or a little beside it where a pin (`marks`, in pixels) or
    another label is; the larger area has the first choice, a label without room is left out."""
    taken = list(marks)
    settled: list[Settled] = []
    for label, box in sorted(_boxed(labels, shapes), key=lambda pair: -_extent(pair[1], window)):
        found = _settle(label, shapes, box, window, size, taken)
        if found is not None:
            place, text, pixels, over = found
            shadow = f"0 0 3px {label.halo}, 0 0 6px {label.halo}" if over and label.halo else "none"
            settled.append(Settled(place, text, label.ink, shadow, pixels))
            taken.append(pixels)
    return settled


def label_trace(settled: Sequence[Settled], size: int, geo: str) -> list[Trace]:
    """One text trace of all labels."""
    if not settled:
        return []
    return [
        {
            "type": "scattergeo",
            "mode": "text",
            "geo": geo,
            "lon": [label.place[0] for label in settled],
            "lat": [label.place[1] for label in settled],
            "text": [label.text for label in settled],
            "textfont": {
                "family": FONT,
                "size": size,
                "color": [label.ink for label in settled],
                "shadow": [label.shadow for label in settled],
                "weight": 500,
            },
            "hoverinfo": "skip",
        }
    ]


def _boxed(labels: Sequence[Label], shapes: Shapes) -> list[tuple[Label, Box]]:
    boxes = ((label, shapes.box([label.area_id])) for label in labels)
    return [(label, box) for label, box in boxes if box is not None]


def _extent(box: Box, window: Window) -> float:
    width, height = window.size_px(box)
    return width * height


def _settle(
    label: Label, shapes: Shapes, box: Box, window: Window, size: int, taken: Sequence[Box]
) -> tuple[LonLat, str, Box, bool] | None:
    """Where the label goes, its text, the pixels it takes and whether it reaches over the border: with the value where
    that fits, else the name alone."""
    place, rings = shapes.label(label.area_id), shapes.rings(label.area_id)
    if place is None:
        return None
    for form in _forms(label, window.size_px(box), size):
        for at in _places(place, box, window):
            pixels = window.pixels(at, (form.wide, form.high))
            if not _within(pixels, window) or any(meets(pixels, other) for other in taken):
                continue
            if all(covers(rings, corner) for corner in _corners(form, at, window)):
                return at, form.text, pixels, False
    return _squeezed(label, place, window, size, taken)


def _places(place: LonLat, box: Box, window: Window) -> Iterator[LonLat]:
    """The roomiest place and around it, then all over the area, the near first."""
    for aside, up in _SHIFTS:
        yield window.moved(place, aside, up)
    left, top, right, bottom = (*window.gap_px(place, (box[0], box[3])), *window.gap_px(place, (box[2], box[1])))
    columns = range(round(left / _GRID_PX), round(right / _GRID_PX) + 1)
    rows = range(round(bottom / _GRID_PX), round(top / _GRID_PX) + 1)
    steps = sorted(((x, y) for x in columns for y in rows), key=lambda step: step[0] ** 2 + step[1] ** 2)
    for x, y in steps[1:_MOST_PLACES]:
        yield window.moved(place, x * _GRID_PX, y * _GRID_PX)


def _corners(form: Form, at: LonLat, window: Window) -> Iterator[LonLat]:
    """The ends of its lines, a little inwards, the upper ones of the first and the lower ones of the last: these are to
    lie on the area."""
    outer = form.high / 2 - _INK_PX if len(form.lines) > 1 else 0.0
    for wide, up in zip((form.lines[0], form.lines[-1]), (outer, -outer), strict=True):
        for side in (-1, 1):
            yield window.moved(at, side * wide * 0.45, up)


def _squeezed(
    label: Label, place: LonLat, window: Window, size: int, taken: Sequence[Box]
) -> tuple[LonLat, str, Box, bool] | None:
    """The name at its place although it reaches over the border, if it is free there: better than no name."""
    if text_px(label.name, size) > _SQUEEZED_EMS * size:
        return None
    pixels = window.pixels(place, (text_px(label.name, size), size * 1.25))
    free = _within(pixels, window) and not any(meets(pixels, other) for other in taken)
    return (place, esc(label.name, 24), pixels, True) if free else None


def _within(pixels: Box, window: Window) -> bool:
    edge = _EDGE_PX
    left, top, right, bottom = pixels
    return left >= edge and top >= edge and right <= window.width - edge and bottom <= window.height - edge


def _forms(label: Label, room: tuple[float, float], size: int) -> list[Form]:
    """The ways to write the label that its area has room for, the fuller first."""
    name_px, value_px = text_px(label.name, size), text_px(label.value, size)
    name, line = esc(label.name, 24), size * 1.25
    forms = []
    # Areas are no boxes: two lines may take less of the width than one.
    if label.value and room[1] >= 2.2 * line and max(name_px, value_px) <= room[0] * 0.8:
        forms.append(Form(f"{name}<br>{esc(label.value, 24)}", (name_px, value_px), 2 * line))
    if room[1] >= line and name_px <= room[0] * 0.95:
        forms.append(Form(name, (name_px,), line))
    return forms


def crowded_core(labels: Mapping[str, LonLat], window: Window) -> tuple[str, ...]:
    """The areas whose labels stand so close that they need an enlarged inset: the largest group of such neighbours;
    nothing when fewer than three crowd or so many that the city itself is one crowd."""
    near: dict[str, set[str]] = {
        a: {b for b in labels if b != a and _close(labels[a], labels[b], window)} for a in labels
    }
    seen: set[str] = set()
    best: list[str] = []
    for start in sorted(near):
        group: list[str] = []
        stack = [start]
        while stack:
            at = stack.pop()
            if at not in seen:
                seen.add(at)
                group.append(at)
                stack += sorted(near[at])
        if len(group) > len(best):
            best = group
    return tuple(sorted(best)) if _FEWEST_CROWDED <= len(best) <= _MOST_CROWDED else ()


def _close(a: LonLat, b: LonLat, window: Window) -> bool:
    right, up = window.gap_px(a, b)
    return abs(right) < _CROWDED_PX and abs(up) < _CROWDED_PX
