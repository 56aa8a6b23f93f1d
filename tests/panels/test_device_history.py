"""The page of a device: gaps, bad readings, extremes, the stretch before, alerts; what is chosen stays chosen."""

from dataclasses import replace
from typing import Any

from brain.model.history import Point, single
from brain.model.query.history import DeviceHistory, History
from brain.model.reading import Metric
from dashboard.kit.face import needs_of
from dashboard.panel import Screen, View
from tests.panels.samples import DAY, HOUR, MINUTE, NOW_MS, WATER, history
from tests.panels.shown import (
    attributes,
    bare_view,
    by_class,
    city,
    components,
    figures,
    panels,
    show,
    text_of,
    view_of,
    with_value,
)

START = NOW_MS - DAY
SHARE = Metric("battery_ratio", "电量", "Battery", "%", 0)


def view_with(told: History, screen: Screen = Screen.MEDIUM, **more: Any) -> View:
    return with_value(view_of("device_history", screen, **more), "history", told)


def told(*points: Point, **more: Any) -> History:
    given: dict[str, Any] = {"before": (), "alerts": (), "span_s": 0, "step_s": 300.0}
    return history(city(), points=points, **(given | more))


def trace_of(view: View, mode: str, **has: Any) -> dict[str, Any]:
    (figure,) = figures(show(view))
    found: dict[str, Any]
    (found,) = [t for t in figure["data"] if t["mode"] == mode and all(t.get(k) == v for k, v in has.items())]
    return found


def test_a_gap_and_a_bad_reading_part_the_line() -> None:
    at = [START + HOUR + i * MINUTE for i in range(8)]
    values = [0.1, 0.2, None, 0.3, 0.4, 0.5]
    points = [single(ms, value) for ms, value in zip(at, values, strict=False)]
    points[5] = single(at[4] + 301_000, 0.5)  # later than it should have said something
    view = view_with(told(*points))
    line = trace_of(view, "lines", hoverinfo="text")
    assert line["y"] == [0.1, 0.2, None, 0.3, 0.4, None, 0.5, None]
    assert line["connectgaps"] is False
    alone = next(t for t in figures(show(view))[0]["data"] if t["mode"] == "markers" and t["y"] == [0.5])
    assert alone["x"] == [points[5].end_ms]
    bad = next(t for t in figures(show(view))[0]["data"] if t.get("marker", {}).get("symbol") == "x-thin")
    assert bad["x"] == [at[2]]
    assert "无效读数 1 条" in bad["customdata"][0]


def test_buckets_have_a_band_from_the_least_to_the_greatest() -> None:
    points = [Point(START + i * HOUR, START + (i + 1) * HOUR, 0.5, 0.4, 0.9, 12, 0) for i in range(2)]
    band = trace_of(view_with(told(*points, span_s=3600, step_s=5400.0)), "lines", fill="toself")
    middle = [point.end_ms - HOUR / 2 for point in points]
    assert band["x"] == [*middle, *reversed(middle), None]
    assert band["y"] == [0.9, 0.9, 0.4, 0.4, None]
    assert not [t for t in figures(show(view_with(told(single(NOW_MS, 1.0)))))[0]["data"] if t.get("fill")]


def test_the_stretch_before_lies_under_the_present_one() -> None:
    before = (single(START - HOUR, 0.1), single(START - HOUR + MINUTE, 0.2))
    line = trace_of(view_with(told(single(NOW_MS - HOUR, 0.3), before=before)), "lines", hoverinfo="skip")
    assert line["x"][:2] == [NOW_MS - HOUR, NOW_MS - HOUR + MINUTE]
    assert line["line"]["dash"] != "solid"


def test_limits_and_alerts_are_marked_in_their_colours() -> None:
    view = view_of("device_history", Screen.MEDIUM)
    shown: History = view.value("history")
    (figure,) = figures(show(view))
    (marks,) = [t for t in figure["data"] if t.get("marker", {}).get("symbol") == "square"]
    assert marks["customdata"] == [f"alert:{row.id}" for row in shown.alerts]
    assert min(marks["x"]) == shown.start_ms, "what began before stands at the beginning"
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert [word.split()[-1] for word in words] == ["0.60", "0.30"]
    assert len([shape for shape in figure["layout"]["shapes"] if shape["type"] == "rect"]) == len(shown.alerts)


def test_values_are_shown_in_the_unit_of_their_metric() -> None:
    view = view_with(told(single(NOW_MS, 0.85), metric=SHARE, limits=()))
    assert trace_of(view, "lines")["y"] == [85.0, None]
    rows = panels()["device_history"].rows
    assert rows is not None
    assert rows(view).rows == ((NOW_MS, 85.0, 0),)


def test_what_is_chosen_stays_when_another_metric_is_chosen() -> None:
    params = {"device_id": "a/b", "span": "30", "before": "yes", "metric": WATER.id}
    view = view_of("device_history", Screen.MEDIUM, params=params)
    (group,) = by_class(show(view), "metrics")
    links = [attributes(c) for c in components(group) if type(c).__name__ == "A"]
    assert links[1]["data-go"].endswith("?metric=air_pm25_ugm3&span=30&before=yes")
    assert [link.get("aria-current") for link in links] == ["true", None]
    wall = view_of("device_history", Screen.LARGE)
    assert not [c for c in components(by_class(show(wall), "metrics")) if type(c).__name__ == "A"]


def test_the_address_says_what_is_asked_for() -> None:
    view = bare_view("device_history", params={"device_id": "d"}, options={**panels()["device_history"].options})
    assert needs_of(panels()["device_history"], view) == {"history": DeviceHistory("d")}
    chosen = {"span": 7, "from": "2021-07-01", "to": "2021-07-02", "metric": "m", "before": "yes"}
    query: Any = needs_of(panels()["device_history"], replace(view, options=chosen))["history"]
    assert (query.hours, str(query.first), str(query.last), query.before) == (168, "2021-07-01", "2021-07-02", True)


def test_a_device_that_never_spoke_says_so() -> None:
    view = view_with(history(city(), metrics=(), metric=None, points=(), before=(), alerts=(), speaks="never"))
    section = show(view)
    assert figures(section) == []
    assert "还没有上报过任何读数" in text_of(section)
    rows = panels()["device_history"].rows
    assert rows is not None
    assert rows(view).rows == ()


def test_a_stretch_without_readings_draws_nothing() -> None:
    section = show(view_with(told()))
    assert figures(section) == []
    assert "这段时间没有读数" in text_of(section)
