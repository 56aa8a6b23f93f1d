"""Names and values on the areas of a map: both where they fit, the name alone where only it does, else nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.shapes import Box, LonLat, Shapes, Window
from dashboard.kit.theme import FONT

_LINE_PX = 20
_CROWDED_PX = 62
_FEWEST_CROWDED = 3
_MOST_CROWDED = 12


@dataclass(frozen=True, slots=True)
class Label:
    area_id: str
    name: str
    value: str
    ink: str


def label_trace(labels: Sequence[Label], shapes: Shapes, window: Window, size: int, geo: str) -> list[Trace]:
    """One text trace; a label stands at the roomiest place of its area."""
    places: list[LonLat] = []
    texts: list[str] = []
    inks: list[str] = []
    for label in labels:
        place, box = shapes.label(label.area_id), shapes.box([label.area_id])
        text = _fitting(label, box, window, size) if place and box else ""
        if place and text and _inside(place, window.box):
            places.append(place)
            texts.append(text)
            inks.append(label.ink)
    if not texts:
        return []
    return [
        {
            "type": "scattergeo",
            "mode": "text",
            "geo": geo,
            "lon": [place[0] for place in places],
            "lat": [place[1] for place in places],
            "text": texts,
            "textfont": {"family": FONT, "size": size, "color": inks, "weight": 500},
            "hoverinfo": "skip",
        }
    ]


def _fitting(label: Label, box: Box | None, window: Window, size: int) -> str:
    if box is None:
        return ""
    width, height = window.size_px(box)
    needed = _text_px(label.name, size)
    # Areas are no boxes: a label may take most of the width, and two lines need room above and below the middle.
    if needed > width * 0.95 or height < size * 1.3:
        return ""
    if label.value and height >= 2.6 * _LINE_PX and max(needed, _text_px(label.value, size)) <= width * 0.8:
        return f"{esc(label.name, 24)}<br>{esc(label.value, 24)}"
    return esc(label.name, 24)


def _text_px(text: str, size: int) -> float:
    return sum(size if ord(c) > 0x2E80 else size * 0.52 for c in text)


def _inside(place: LonLat, box: Box) -> bool:
    return box[0] < place[0] < box[2] and box[1] < place[1] < box[3]


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
