"""Names and values on the areas of a map: both where they fit, the name alone where only it does, else nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.shapes import Box, LonLat, Shapes, Window, covers, meets
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT

_SHIFTS = ((0, 0), (0, -20), (0, 20), (-26, 0), (26, 0), (-22, -22), (22, -22), (-22, 22), (22, 22), (0, -38), (0, 38))
_EDGE_PX = 6  # cells are a little smaller than planned where a page has less room
_CROWDED_PX = 62
_FEWEST_CROWDED = 3
_MOST_CROWDED = 12


@dataclass(frozen=True, slots=True)
class Label:
    area_id: str
    name: str
    value: str
    ink: str


def label_trace(
    labels: Sequence[Label], shapes: Shapes, window: Window, size: int, geo: str, marks: Sequence[Box] = ()
) -> list[Trace]:
    """One text trace. A label stands at the roomiest place of its area, or a little beside it where a pin (`marks`, in
    pixels) or another label is; the larger area has the first choice, a label without room is left out."""
    taken = list(marks)
    placed: list[tuple[LonLat, str, str]] = []
    for label, box in sorted(_boxed(labels, shapes), key=lambda pair: -_extent(pair[1], window)):
        found = _settle(label, shapes, box, window, size, taken)
        if found is not None:
            place, text, pixels = found
            placed.append((place, text, label.ink))
            taken.append(pixels)
    if not placed:
        return []
    return [
        {
            "type": "scattergeo",
            "mode": "text",
            "geo": geo,
            "lon": [place[0] for place, _, _ in placed],
            "lat": [place[1] for place, _, _ in placed],
            "text": [text for _, text, _ in placed],
            "textfont": {"family": FONT, "size": size, "color": [ink for _, _, ink in placed], "weight": 500},
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
) -> tuple[LonLat, str, Box] | None:
    """Where the label goes, its text and the pixels it takes: with the value where that fits, else the name alone."""
    place, rings = shapes.label(label.area_id), shapes.rings(label.area_id)
    if place is None:
        return None
    for text, wide, high in _forms(label, window.size_px(box), size):
        for right, up in _SHIFTS:
            at = window.moved(place, right, up)
            pixels = window.pixels(at, (wide, high))
            if not _within(pixels, window) or any(meets(pixels, other) for other in taken):
                continue
            if all(covers(rings, window.moved(at, side * wide * 0.42, 0)) for side in (-1, 1)):
                return at, text, pixels
    return _squeezed(label, place, window, size, taken)


def _squeezed(
    label: Label, place: LonLat, window: Window, size: int, taken: Sequence[Box]
) -> tuple[LonLat, str, Box] | None:
    """The name at its place although it reaches over the border, if it is free there: better than no name."""
    if text_px(label.name, size) > 4.5 * size:
        return None
    pixels = window.pixels(place, (text_px(label.name, size), size * 1.25))
    free = _within(pixels, window) and not any(meets(pixels, other) for other in taken)
    return (place, esc(label.name, 24), pixels) if free else None


def _within(pixels: Box, window: Window) -> bool:
    edge = _EDGE_PX
    left, top, right, bottom = pixels
    return left >= edge and top >= edge and right <= window.width - edge and bottom <= window.height - edge


def _forms(label: Label, room: tuple[float, float], size: int) -> list[tuple[str, float, float]]:
    """(text, width, height) of the ways to write the label that its area has room for, the fuller first."""
    name_px, value_px = text_px(label.name, size), text_px(label.value, size)
    name, line = esc(label.name, 24), size * 1.25
    forms = []
    # Areas are no boxes: two lines may take less of the width than one.
    if label.value and room[1] >= 2.2 * line and max(name_px, value_px) <= room[0] * 0.8:
        forms.append((f"{name}<br>{esc(label.value, 24)}", max(name_px, value_px), 2 * line))
    if room[1] >= line and name_px <= room[0] * 0.95:
        forms.append((name, name_px, line))
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
