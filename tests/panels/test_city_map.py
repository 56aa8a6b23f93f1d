"""The map says where; devices that cover what it says are left away."""

from dataclasses import replace
from typing import Any

from brain.model.query.map import MapDevice, MapView
from dashboard.panel import Screen
from tests.panels.shown import figures, show, view_of, with_value


def _drawn(devices: int, silent: int) -> set[str]:
    """Names of the devices on the desk's map, of so many, the last `silent` of which do not report."""
    view = view_of("city_map", Screen.MEDIUM)
    shown: MapView = view.value("map")
    states = ["fresh"] * (devices - silent) + ["old"] * silent
    made = tuple(MapDevice(f"d{i}", "air", 113.1, 22.1, state, f"d{i}") for i, state in enumerate(states))
    view = with_value(view, "map", replace(shown, devices=made, pins=()))
    traces: list[Any] = [trace for figure in figures(show(view)) for trace in figure["data"]]
    return {text for trace in traces for text in trace.get("hovertext", ()) if str(text)[:1] == "d"}


def test_a_few_devices_are_all_shown():
    assert len(_drawn(60, 2)) == 60


def test_of_many_only_those_that_do_not_report():
    assert _drawn(61, 2) == {"d59", "d60"}


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
