"""What stands on a map: alert pins, devices, calls, names of places, the scale bar."""

from collections.abc import Mapping, Sequence
from typing import Any

from brain.model.query.map import MapDevice, MapPin
from dashboard.kit.address import device_address
from dashboard.kit.chart import Trace
from dashboard.kit.escape import esc
from dashboard.kit.place import device_label
from dashboard.kit.shapes import Box, LonLat, Window, joined
from dashboard.kit.textsize import text_px
from dashboard.kit.theme import FONT, axis_px, palette
from dashboard.panel import Screen, View

PIN_PX = 25
_STEM_PX = 38
_MERGE_PX = 30
MOST_PINS = 14
_WITH_WORDS_FROM = 3  # orange: text beside the pin from here up only


def merged(pins: Sequence[MapPin], window: Window) -> list[tuple[MapPin, int]]:
    """The gravest pin of each spot and how many stand there: squares must not cover one another."""
    kept: list[tuple[MapPin, int]] = []
    for pin in sorted(pins, key=lambda p: -p.level):  # of one level in the order given: the newest first
        for i, (other, n) in enumerate(kept):
            right, up = window.gap_px((other.lon, other.lat), (pin.lon, pin.lat))
            if abs(right) < _MERGE_PX and abs(up) < _MERGE_PX:
                kept[i] = (other, n + 1)
                break
        else:
            kept.append((pin, 1))
    return kept[:MOST_PINS]


def pin_pixels(pins: Sequence[MapPin], window: Window, view: View) -> list[Box]:
    """What pins and the words beside them cover, so that names keep clear of them."""
    shown = merged(pins, window)
    covered: list[Box] = []
    for pin, _ in shown:
        left, top, right, bottom = window.pixels((pin.lon, pin.lat), (PIN_PX + 4, 10))
        stands = _stem_px(pin, window) > 0
        reach = _STEM_PX + PIN_PX / 2 + 5
        covered.append((left, bottom - reach - 5, right, bottom) if stands else (left, top, right, top + reach + 5))
    size = axis_px(view.screen) + 2
    for place, text, side in _pin_words(shown, window, view):
        wide = text_px(text, size)
        covered.append(window.pixels(window.moved(place, side * wide / 2, 0), (wide, size * 1.2)))
    return covered


def _stem_px(pin: MapPin, window: Window) -> float:
    """How far its square stands above its foot; below it where the map has no room above."""
    _, top, _, _ = window.pixels((pin.lon, pin.lat), (0, 2 * _STEM_PX + PIN_PX))
    return _STEM_PX if top >= 0 else -_STEM_PX


def pin_traces(pins: Sequence[MapPin], window: Window, view: View, geo: str = "geo") -> list[Trace]:
    """A level square with its character on a stem; the foot is the place."""
    shown = merged(pins, window)
    if not shown:
        return []
    colours = palette(view.theme)
    size = PIN_PX if view.screen is not Screen.SMALL else 22
    tops = [window.moved((pin.lon, pin.lat), 0, _stem_px(pin, window)) for pin, _ in shown]
    stems = []
    for level in sorted({pin.level for pin, _ in shown}):
        lons, lats = joined(
            [[(p.lon, p.lat), top] for (p, _), top in zip(shown, tops, strict=True) if p.level is level]
        )
        line = {"color": colours.level[level], "width": 1.6}
        stems.append({**line_trace(geo, line), "lon": lons, "lat": lats})
    levels = [colours.level[pin.level] for pin, _ in shown]
    feet = {
        **_marks(geo),
        "lon": [pin.lon for pin, _ in shown],
        "lat": [pin.lat for pin, _ in shown],
        "marker": {"symbol": "circle", "size": 7, "color": levels, "line": {"color": colours.ground, "width": 1.4}},
    }
    heads = {
        **_marks(geo),
        "mode": "markers+text",
        "lon": [top[0] for top in tops],
        "lat": [top[1] for top in tops],
        "marker": {
            "symbol": "square",
            "size": size,
            "color": levels,
            "opacity": 1,
            "line": {"color": colours.ground, "width": 1.4},
        },
        "text": [esc(view.tr(f"kit.level_mark.{pin.level.word}")) for pin, _ in shown],
        "textposition": "middle center",
        "textfont": {
            "family": FONT,
            "size": 17,
            "weight": 700,
            "color": [colours.level_ink[p.level] for p, _ in shown],
        },
        "customdata": [f"alert:{pin.alert_id}" for pin, _ in shown],
        "hovertext": [_pin_title(pin, n, view) for pin, n in shown],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverinfo": "none" if view.screen is Screen.LARGE else "text",
    }
    if view.screen is Screen.LARGE:
        del heads["hovertemplate"]
    return [*stems, feet, heads, *_word_traces(shown, window, view, geo)]


def _pin_title(pin: MapPin, n: int, view: View) -> str:
    title = esc(pin.title_en if view.lang == "en" and pin.title_en else pin.title, 60)
    return title if n == 1 else f"{title} +{n - 1}"


def _pin_words(shown: Sequence[tuple[MapPin, int]], window: Window, view: View) -> list[tuple[LonLat, str, int]]:
    """(where it begins, text, 1 to the right or -1 to the left) of the title beside pins from orange up, on the side
    where there is room, and of the count beside any pin that stands for several."""
    words: list[tuple[LonLat, str, int]] = []
    middle = (window.box[0] + window.box[2]) / 2
    for pin, n in shown:
        titled = pin.level >= _WITH_WORDS_FROM and view.screen is not Screen.SMALL
        text = _pin_title(pin, n, view) if titled else (f"+{n - 1}" if n > 1 else "")
        if text:
            side = 1 if not titled or pin.lon <= middle + (window.box[2] - middle) * 0.55 else -1
            head = window.moved((pin.lon, pin.lat), 0, _stem_px(pin, window))
            words.append((window.moved(head, side * (PIN_PX / 2 + 4), 0), text, side))
    return words


def _word_traces(shown: Sequence[tuple[MapPin, int]], window: Window, view: View, geo: str) -> list[Trace]:
    words = _pin_words(shown, window, view)
    if not words:
        return []
    font = {"family": FONT, "size": axis_px(view.screen) + 2, "weight": 500, "color": palette(view.theme).t1}
    sides = ["middle right" if side > 0 else "middle left" for _, _, side in words]
    drawn = word_trace(geo, [place for place, _, _ in words], [text for _, text, _ in words], font)
    return [drawn | {"textposition": sides}]


def device_traces(devices: Sequence[MapDevice], view: View, geo: str = "geo", size: float = 6) -> list[Trace]:
    """Diamonds; those that have not reported are hollow, those that never did are grey."""
    colours = palette(view.theme)
    looks = {
        "fresh": {"symbol": "diamond", "size": size, "color": colours.t2, "opacity": 0.8, "line": {"width": 0}},
        "old": {"symbol": "diamond-open", "size": size + 1, "color": colours.t3, "opacity": 0.9},
        "never": {
            "symbol": "diamond",
            "size": size,
            "color": colours.nodata,
            "line": {"width": 1, "color": colours.t3},
        },
    }
    traces = []
    for state, look in looks.items():
        some = [device for device in devices if device.state == state]
        if some:
            lons, lats = [d.lon for d in some], [d.lat for d in some]
            traces.append({**_marks(geo), "lon": lons, "lat": lats, "marker": look, **_device_hover(some, view)})
    return traces


def _device_hover(devices: Sequence[MapDevice], view: View) -> dict[str, Any]:
    if view.screen is Screen.LARGE:
        return {"hoverinfo": "skip"}
    return {
        "hoverinfo": "text",
        "hovertext": [esc(device_label(device, view), 60) for device in devices],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [_device_target(device, view) for device in devices],
    }


def _device_target(device: MapDevice, view: View) -> str:
    """Its page, once one is in its area: from above the point lies on its town and takes the click meant for that."""
    here = device.area_id == view.area.id
    return device_address(device.device_id, view) if here else f"area:{device.area_id}"


def call_trace(places: Sequence[LonLat], view: View, geo: str = "geo") -> list[Trace]:
    """Calls as hollow circles, at the grid-level place."""
    if not places:
        return []
    colours = palette(view.theme)
    marker = {"symbol": "circle", "size": 10, "color": "rgba(0,0,0,0)", "line": {"color": colours.t1, "width": 1.5}}
    return [{**_marks(geo), "lon": [p[0] for p in places], "lat": [p[1] for p in places], "marker": marker}]


def line_trace(geo: str, line: Mapping[str, Any]) -> Trace:
    return {"type": "scattergeo", "mode": "lines", "geo": geo, "line": dict(line), "hoverinfo": "skip"}


def _marks(geo: str) -> Trace:
    return {"type": "scattergeo", "mode": "markers", "geo": geo, "hoverinfo": "skip"}


def word_trace(geo: str, places: Sequence[LonLat], texts: Sequence[str], font: Mapping[str, Any]) -> Trace:
    return {
        "type": "scattergeo",
        "mode": "text",
        "geo": geo,
        "lon": [place[0] for place in places],
        "lat": [place[1] for place in places],
        "text": list(texts),
        "textfont": dict(font),
        "hoverinfo": "skip",
    }
