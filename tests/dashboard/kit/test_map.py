"""The map: classes, windows, labels, faces of areas, pins, inset and the place of an alert."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.alert import Level
from brain.model.area import Area, AreaTree
from brain.model.query.map import MapArea, MapDevice, MapPin, MapView
from dashboard.kit.citymap import city_map
from dashboard.kit.classes import classify
from dashboard.kit.focusmap import focus_map
from dashboard.kit.maplabels import Label, crowded_core, label_trace, settle
from dashboard.kit.mapmarks import merged
from dashboard.kit.mapspots import Spot, frames
from dashboard.kit.mapwords import place_names
from dashboard.kit.shapes import Box, covers, meets, read_shapes, window
from dashboard.kit.theme import palette
from dashboard.panel import Face, Screen
from tests.panels.samples import HOSTILE, shapes_of
from tests.panels.shown import bare_view, city, strings, view_of

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(FINITE, min_size=1, max_size=60), st.booleans())
def test_classes_rise_and_every_value_has_one(values: list[float], whole: bool) -> None:
    classes = classify(values, whole)
    assert list(classes.breaks) == sorted(set(classes.breaks))
    ordered = [classes.of(value) for value in sorted(values)]
    assert ordered == sorted(ordered)
    assert set(ordered) <= set(range(5))
    assert len(classes.bounds()) == 5


def test_breaks_are_round_and_printed_without_gap() -> None:
    classes = classify([4.8, 5.2, 6.3, 6.9, 7.4, 8.8, 9.7, 10.6, 12.1, 13.1, 15.6, 17.4])
    assert classes.breaks == (6.0, 9.0, 12.0, 15.0)
    assert classes.bounds() == [("", "6.0"), ("6.0", "8.9"), ("9.0", "11.9"), ("12.0", "14.9"), ("15.0", "")]


def test_counts_have_whole_classes() -> None:
    classes = classify([0, 0, 1, 1, 2, 3], whole=True)
    assert all(at == int(at) for at in classes.breaks)
    assert classes.decimals == 0


BOXES = st.tuples(st.floats(-170, 169), st.floats(-60, 59), st.floats(0.001, 10), st.floats(0.001, 10)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(BOXES, st.floats(300, 2000), st.floats(300, 1200))
def test_a_window_shows_the_whole_box_in_the_proportions_of_its_cell(box: Box, width: float, height: float) -> None:
    shown = window(box, width, height, (20, 10, 30, 40))
    assert shown.box[0] < box[0]
    assert shown.box[1] < box[1]
    assert shown.box[2] > box[2]
    assert shown.box[3] > box[3]
    wide, high = shown.size_px(shown.box)
    assert wide == pytest.approx(width, rel=1e-6)
    assert high == pytest.approx(height, rel=1e-6)


def test_pixels_and_places_agree() -> None:
    shown = window((113.0, 22.0, 113.6, 22.4), 864, 760, (0, 0, 0, 0))
    place = shown.at(100, 200)
    right, up = shown.gap_px((shown.box[0], shown.box[3]), place)
    assert (right, -up) == pytest.approx((100, 200))
    assert shown.km_px == pytest.approx(864 / (0.6 * 111.32 * math.cos(math.radians(22.2))), rel=1e-3)


def test_covers() -> None:
    square = [[(0, 0), (0, 2), (2, 2), (2, 0), (0, 0)]]
    assert covers(square, (1, 1))
    assert not covers(square, (3, 1))


def _rectangles(trace: dict[str, Any], shown: Any, size: int) -> list[Box]:
    boxes = []
    for lon, lat, text in zip(trace["lon"], trace["lat"], trace["text"], strict=True):
        lines = text.split("<br>")
        wide = max(sum(size if ord(c) > 0x2E80 else size * 0.52 for c in line) for line in lines)
        x, up = shown.gap_px((shown.box[0], shown.box[3]), (lon, lat))
        high = size * 1.25 * len(lines)
        boxes.append((x - wide / 2, -up - high / 2, x + wide / 2, -up + high / 2))
    return boxes


@pytest.mark.parametrize("width", [200, 350, 600, 864])
def test_labels_never_lie_on_one_another(width: int) -> None:
    shapes = read_shapes(city().shapes)
    box = shapes.box(shapes.outlines)
    assert box is not None
    shown = window(box, width, width * 0.8, (0, 0, 0, 0))
    labels = [Label(i, f"很长的名字{i[-2:]}", "12.5", "#fff") for i in shapes.outlines]
    for trace in label_trace(settle(labels, shapes, shown, 17), 17, "geo"):
        boxes = _rectangles(trace, shown, 17)
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                assert a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] + 0.01 or b[3] <= a[1] + 0.01


def test_labels_leave_room_for_pins() -> None:
    shapes = read_shapes(city().shapes)
    box = shapes.box(["02001"])
    place = shapes.label("02001")
    assert box is not None
    assert place is not None
    shown = window(box, 400, 400, (0, 0, 0, 0))
    (free,) = settle([Label("02001", "东渡", "", "#fff")], shapes, shown, 17)
    (moved,) = settle([Label("02001", "东渡", "", "#fff")], shapes, shown, 17, [shown.pixels(place, (30, 34))])
    assert free.place == pytest.approx(place)
    assert moved.place != pytest.approx(place)


def test_the_crowded_core_is_the_largest_group_of_close_labels() -> None:
    shown = window((0, 0, 10, 10), 1000, 1000, (0, 0, 0, 0))
    labels = {"a": (1.0, 1.0), "b": (1.3, 1.0), "c": (1.5, 1.3), "d": (8.0, 8.0), "e": (8.3, 8.0)}
    assert crowded_core(labels, shown) == ("a", "b", "c")
    assert crowded_core({"d": (8.0, 8.0), "e": (8.3, 8.0)}, shown) == ()


def _map(*areas: MapArea, **more: Any) -> MapView:
    return MapView(areas, more.get("pins", ()), more.get("devices", ()), "map.unit.per_10k")


def _fills(figure: dict[str, Any]) -> dict[str, Any]:
    return {i: t for t in figure["data"] if t["type"] == "choropleth" for i in t["locations"]}


def test_value_stale_and_missing_areas_have_their_own_face() -> None:
    view = bare_view("city_map", Screen.MEDIUM)
    colours = palette(view.theme)
    shown = _map(
        MapArea("02001", 5.0, "value", 1), MapArea("02002", 6.0, "stale", 1), MapArea("02003", None, "none", None)
    )
    figure = city_map(shown, view)
    fills = _fills(figure)
    assert fills["02001"]["colorscale"][0][1] == colours.ramp[0]
    assert fills["02002"]["colorscale"][0][1] == colours.stale_ground
    assert fills["02003"]["colorscale"][0][1] == colours.nodata
    hatched = [t for t in figure["data"] if t.get("line", {}).get("color") == colours.stale_line]
    assert len(hatched) == 1
    assert fills["02001"]["customdata"] == ["area:02001"]


def test_each_trace_carries_its_own_outlines_alone() -> None:
    figure = city_map(_map(MapArea("02001", 5.0, "value", 1)), bare_view("city_map", Screen.MEDIUM))
    fills = _fills(figure)
    assert [f["id"] for f in fills["02001"]["geojson"]["features"]] == ["02001"]


def test_a_city_without_outlines_still_gets_a_map() -> None:
    tree = AreaTree([Area("1", None, "city", "甲", "A"), Area("2", "1", "town", "乙", "B")])
    facts = replace(city(), areas=tree, shapes=shapes_of(tree))
    view = bare_view("city_map", city=facts, area=tree.root)
    assert city_map(_map(MapArea("2", 5.0, "value", 1)), view)["layout"]["geo"]
    assert focus_map(view, {"2": Level.RED})["layout"]["geo"]


def test_pins_of_one_spot_become_one_of_the_gravest_level() -> None:
    shown = window((113.0, 22.0, 113.6, 22.4), 864, 760, (0, 0, 0, 0))
    pins = [
        MapPin("y", Level.YELLOW, 113.1, 22.1, "黄", "Y", "02001"),
        MapPin("r", Level.RED, 113.1, 22.1, "红", "R", "02001"),
        MapPin("b", Level.BLUE, 113.5, 22.3, "蓝", "B", "02003"),
    ]
    assert [(pin.alert_id, n) for pin, n in merged(pins, shown)] == [("r", 2), ("b", 1)]


def test_pins_lead_to_their_alert() -> None:
    pins = (MapPin("a:1", Level.ORANGE, 113.1, 22.1, HOSTILE, HOSTILE, "02001"),)
    figure = city_map(_map(MapArea("02001", 5.0, "value", 1), pins=pins), bare_view("city_map", Screen.MEDIUM))
    (head,) = [t for t in figure["data"] if t.get("marker", {}).get("symbol") == "square"]
    assert head["customdata"] == ["alert:a:1"]
    assert head["text"] == ["橙"]
    assert not any("<img" in text for text in strings(figure))


def test_a_device_leads_to_its_area_and_from_there_to_its_page() -> None:
    devices = tuple(MapDevice(f"d/{area}", "water", 113.1, 22.1, "fresh", "", area) for area in ("02001", "0200101"))
    shown = replace(_map(MapArea("02001", 5.0, "value", 1)), devices=devices)

    def targets(screen: Screen, area_id: str) -> list[str]:
        view = bare_view("city_map", screen, area=city().areas.get(area_id))
        found = [t for t in city_map(shown, view)["data"] if t.get("marker", {}).get("symbol") == "diamond"]
        return [target for trace in found for target in trace.get("customdata", ())]

    assert targets(Screen.MEDIUM, "020") == ["area:02001", "area:0200101"]
    assert targets(Screen.MEDIUM, "02001") == ["/medium/devices/d%2F02001", "area:0200101"]
    assert targets(Screen.LARGE, "02001") == []


def test_the_inset_is_drawn_as_the_pack_says() -> None:
    inset = {"name": "中心", "name_en": "Centre", "areas": ["02003"], "scale": 2.0, "corner": "bottom_left"}
    long = {
        "type": "Polygon",
        "coordinates": [[[112.0, 20.0], [112.0, 24.0], [113.0, 24.0], [113.0, 20.0], [112.0, 20.0]]],
    }
    shapes = {**city().shapes, "inset": inset}
    features = [f for f in shapes["areas"]["features"] if f["id"] in {"02003"}]
    far = {"type": "Feature", "id": "02001", "properties": {"label": [112.5, 23.5]}, "geometry": long}
    facts = replace(city(), shapes={**shapes, "areas": {"type": "FeatureCollection", "features": [*features, far]}})
    view = bare_view("city_map", city=facts)
    figure = city_map(_map(MapArea("02001", 5.0, "value", 1), MapArea("02003", 6.0, "value", 1)), view)
    assert "geo2" in figure["layout"]
    assert figure["layout"]["annotations"][0]["text"].startswith("中心 ×")
    assert any(t.get("geo") == "geo2" and t["type"] == "choropleth" for t in figure["data"])


def test_the_place_of_an_alert_wears_its_colour_until_it_is_over() -> None:
    view = view_of("alert_detail", Screen.MEDIUM)
    lit = focus_map(view, {"02001": Level.RED}, [Spot((113.1, 22.1), Level.RED)])
    over = focus_map(view, {"02001": None}, [Spot((113.1, 22.1), None)])
    red = palette(view.theme).level[Level.RED]
    assert any(t.get("line", {}).get("color") == red for t in lit["data"])
    assert not any(t.get("line", {}).get("color") == red for t in over["data"])


def test_calls_beyond_the_area_are_still_on_the_map() -> None:
    view = view_of("alert_detail", Screen.MEDIUM)
    figure = focus_map(view, {"02001": Level.RED}, [Spot((113.1, 22.1), Level.RED)], calls=[(113.9, 22.9)])
    low, high = figure["layout"]["geo"]["lonaxis"]["range"]
    assert low < 113.9 < high


def test_framed_words_cover_neither_one_another_nor_what_is_taken() -> None:
    shown = window((113.0, 22.0, 113.6, 22.4), 864, 760, (0, 0, 0, 0))
    spots = [Spot((113.3 + i * 0.01, 22.2), Level.RED, f"岐江涵洞 {i}", "0.61 米") for i in range(4)]
    taken = [(0.0, 0.0, 864.0, 300.0)]
    boxes = [frame.pixels for frame in frames(spots, shown, taken)]
    assert len(boxes) >= 2
    for i, box in enumerate(boxes):
        assert not meets(box, taken[0])
        assert 0 <= box[0] < box[2] <= 864
        assert 0 <= box[1] < box[3] <= 760
        assert not any(meets(box, other) for other in boxes[i + 1 :])


def test_a_map_that_is_old_as_a_whole_is_hatched_faintly() -> None:
    view = bare_view("city_map", Screen.LARGE)
    old = palette(view.theme).stale_line
    shown = _map(MapArea("02001", 5.0, "value", 1), MapArea("02002", 6.0, "value", 1))
    hatched = [
        [t for t in city_map(shown, replace(view, face=face))["data"] if t.get("line", {}).get("color") == old]
        for face in (Face.NORMAL, Face.STALE)
    ]
    assert [len(traces) for traces in hatched] == [0, 1]


def test_names_beside_the_city_are_whole_and_on_no_land() -> None:
    """However long the English is: it moves aside, or gives way."""
    shapes = read_shapes(city().shapes)
    box = shapes.box(shapes.outlines)
    assert box is not None
    shown = window(box, 864, 760, (200, 30, 200, 30))
    sea = {"kind": "sea", "text": "伶仃洋", "text_en": "Lingding Sea", "lon": box[2], "lat": box[1]}
    (trace,) = place_names([sea], shapes, shown, bare_view("city_map", lang="en"), [])
    left, _, right, _ = shown.pixels((trace["lon"][0], trace["lat"][0]), (len("Lingding Sea") * 12, 20))
    assert left >= 0
    assert right <= 864
    covering = [(0.0, 0.0, 864.0, 760.0)]
    assert place_names([sea], shapes, shown, bare_view("city_map", lang="en"), covering) == []
