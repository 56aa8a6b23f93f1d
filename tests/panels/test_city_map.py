"""The map says where; devices that cover what it says are left away."""

from dataclasses import replace
from typing import Any

from brain.model.query.map import MapCluster, MapView
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


def test_many_devices_are_one_mark_an_area_with_the_number_of_silent_ones():
    view = _clustered(Screen.MEDIUM, 1000)
    (marks,) = [trace for trace in _traces(view) if trace.get("marker", {}).get("symbol") == "diamond-open"]
    shown: MapView = view.value("map")
    assert set(marks["text"]) == {"500"}
    assert marks["customdata"] == [f"area:{cluster.area_id}" for cluster in shown.clusters]
    assert all("1,000" in text for text in marks["hovertext"])


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
