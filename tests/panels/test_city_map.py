"""The map says where; devices that cover what it says are left away."""

from dataclasses import replace
from typing import Any

from brain.model.query.map import MapCluster, MapView
from dashboard.kit.mapareas import MapLook, areas_as_shown, classes_of, has_value, mark_ink, settle_areas
from dashboard.kit.mapclusters import place_clusters
from dashboard.kit.shapes import LonLat, Window, covers, meets, read_shapes, window
from dashboard.kit.theme import palette
from dashboard.panel import Screen, View
from tests.panels.shown import figures, show, view_of, with_value


def _traces(view: View) -> list[Any]:
    return [trace for figure in figures(show(view)) for trace in figure["data"]]


def _clustered(screen: Screen, each: int) -> View:
    """Every shown area has `each` devices, half of them silent."""
    view = view_of("city_map", screen)
    shown: MapView = view.value("map")
    areas = [area.area_id for area in shown.areas]
    made = tuple(MapCluster(a, 113.1 + i / 10, 22.1, each, each // 2) for i, a in enumerate(areas))
    return with_value(view, "map", replace(shown, devices=(), clusters=made, pins=()))


def _look(view: View, shown: MapView) -> tuple[MapLook, Window]:
    shapes, rows = read_shapes(view.city.shapes), areas_as_shown(shown)
    box = shapes.box([row.area_id for row in rows])
    assert box is not None
    classes = classes_of(shown)
    assert classes is not None
    look = MapLook(rows, classes, 1, "", view, shapes, palette(view.theme))
    return look, window(box, 592, 480, (116, 20, 20, 20))


def _middles(look: MapLook) -> dict[str, LonLat]:
    """Where a name would stand if nothing else did: the hardest place for a mark."""
    found = {row.area_id: look.shapes.label(row.area_id) for row in look.rows}
    return {area: place for area, place in found.items() if place is not None}


def test_many_devices_are_one_mark_an_area_with_the_number_of_silent_ones():
    view = _clustered(Screen.MEDIUM, 1000)
    (marks,) = [trace for trace in _traces(view) if trace.get("marker", {}).get("symbol") == "diamond-open"]
    shown: MapView = view.value("map")
    assert set(marks["text"]) == {"500"}
    assert marks["customdata"] == [f"area:{cluster.area_id}" for cluster in shown.clusters]
    assert all("1,000" in text for text in marks["hovertext"])


def test_names_and_values_come_before_the_marks_of_devices():
    def words(view: View) -> list[Any]:
        return [t["text"] for t in _traces(view) if t.get("mode") == "text" and "weight" in t["textfont"]]

    view = _clustered(Screen.MEDIUM, 1000)
    shown: MapView = view.value("map")
    assert words(view) == words(with_value(view, "map", replace(shown, clusters=())))


def test_a_mark_keeps_clear_of_the_names_and_stays_in_its_area():
    for screen in (Screen.LARGE, Screen.MEDIUM):
        view = view_of("city_map", screen)
        shown: MapView = view.value("map")
        look, window = _look(view, shown)
        labels = settle_areas(look, window)
        made = [MapCluster(area, *middle, 9, 4) for area, middle in _middles(look).items()]
        marks = place_clusters(made, look, window, 4.5, [label.pixels for label in labels])
        assert len([mark for mark in marks if mark.number]) > len(made) / 2
        for mark in marks:
            assert covers(look.shapes.rings(mark.cluster.area_id), mark.place)
            box = window.pixels(mark.place, (6, 6))
            assert not any(meets(box, label.pixels) for label in labels)


def test_a_mark_is_dark_on_a_light_area_and_light_on_a_dark_one():
    view = view_of("city_map", Screen.MEDIUM)
    look, _ = _look(view, view.value("map"))
    colours = look.colours
    steps = {row.area_id: look.classes.of(row.value or 0.0) for row in look.rows if has_value(row)}
    light = {area for area in steps if mark_ink(area, look) == colours.ramp_ink[-1]}
    assert light == {area for area, step in steps.items() if step >= 3}
    assert {mark_ink(area, look) for area in steps.keys() - light} == {colours.t2}
    assert light


def test_where_all_report_there_is_no_mark():
    view = _clustered(Screen.MEDIUM, 1)
    assert not [trace for trace in _traces(view) if trace.get("marker", {}).get("symbol") == "diamond-open"]


def test_a_click_on_a_device_is_one_on_its_town():
    view = view_of("city_map", Screen.MEDIUM)
    shown: MapView = view.value("map")
    towns = {device.name: f"area:{device.area_id}" for device in shown.devices}
    traces: list[Any] = [trace for figure in figures(show(view)) for trace in figure["data"]]
    led = {
        name: target
        for trace in traces
        for name, target in zip(trace.get("hovertext", ()), trace.get("customdata", ()), strict=False)
        if name in towns
    }
    assert led == towns
