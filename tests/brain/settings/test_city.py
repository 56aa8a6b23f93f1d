"""A city pack is read whole, or every mistake in it is answered with file, line and what to do."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import Point, box, mapping, shape

from brain.model.facts import Name
from brain.model.indicator import Good, Qualifier, Quality, ValueKind
from brain.settings.city import areas_for_screen, load_city, shapes_for_screen
from brain.settings.problem import SettingsError

CITY_YAML = """\
id: village
name: 桃源区
name_en: Taoyuan
tz: Asia/Shanghai
root: "01"
levels: [county, town]
bounds: [113.0, 22.0, 113.4, 22.2]
calendar:
  day_start: "09:00"
  lunch: ["12:00", "13:00"]
  day_end: "18:00"
  work: [2027-02-06]
map:
  labels:
    - {kind: sea, text: 东海, text_en: East Sea, lon: 113.5, lat: 22.1}
  inset: {name: 老城, name_en: Old town, areas: ["011"], scale: 2}
headline:
  - {indicator: hotline_calls_total, with: [hotline_on_time_ratio]}
figures: {source: 年报, source_en: Report, received_on: 2021-07-01}
domains:
  hotline: {name: 热线, name_en: Hotline}
units:
  - {id: water, name: 区水务局, short: 水务局, name_en: Water}
  - {id: police, name: 区公安局, name_en: Police}
categories:
  - id: water
    name: 水
    name_en: Water
    unit: water
    sensors: [water_level]
    items:
      - {id: flood, name: 积水, name_en: Flooding}
      - {id: theft, name: 盗窃, name_en: Theft, unit: police, sensors: [camera]}
"""
FIGURES = """\
indicator,name,name_en,domain,unit,good,decimals,owner,value,value_text,qualifier,period,kind,area
hotline_calls_total,受理,Calls,hotline,件次,none,0,,903600,90.36万,over,2021H1,total,
hotline_calls_total,受理,Calls,hotline,件次,none,0,,100,,,2021H1,total,011
hotline_on_time_ratio,按时办结率,On time,hotline,%,up,2,water,99.99,,,2021H1,ratio,
hotline_on_time_ratio,按时办结率,On time,hotline,%,up,2,water,100,,,by 2021-12,target,
"""


def town(area_id: str, west: float, **properties) -> dict[str, Any]:
    given = {"id": area_id, "parent": "01", "level": "town", "name": f"{area_id}镇", "name_en": f"Town {area_id}"}
    return {"type": "Feature", "properties": given | properties, "geometry": mapping(box(west, 22.0, west + 0.2, 22.2))}


ROOT = {
    "type": "Feature",
    "properties": {"id": "01", "parent": None, "level": "county", "name": "桃源区", "name_en": "Taoyuan"},
    "geometry": None,
}
TOWNS = (town("011", 113.0, short="东", population=5000, approximate=True), town("012", 113.2, label=[113.25, 22.05]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pack = tmp_path / "village"
    pack.mkdir()
    (pack / "city.yaml").write_text(CITY_YAML, encoding="utf-8")
    (pack / "figures.csv").write_text(FIGURES, encoding="utf-8")
    write_areas(pack, ROOT, *TOWNS)
    return pack


def write_areas(folder: Path, *features: dict[str, Any]) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    (folder / "areas.geojson").write_text(text, encoding="utf-8")


def change(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the only `old` in a file; gives the line it stood in."""
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems_of(folder: Path):
    with pytest.raises(SettingsError) as caught:
        load_city(folder)
    return caught.value.problems


def test_a_pack_is_read_whole(folder):
    city = load_city(folder)
    assert (city.id, city.name, city.tz) == ("village", Name("桃源区", "Taoyuan"), "Asia/Shanghai")
    assert city.tree.root.level == "county"
    assert city.tree.locate(113.1, 22.1) == "011"
    assert city.tree.get("011").population == 5000
    assert city.tree.get("011").approximate
    assert not city.tree.get("012").approximate
    assert city.tree.get("012").centroid == (113.25, 22.05)
    assert shapely.equals(city.tree.polygon("01"), box(113.0, 22.0, 113.4, 22.2))
    assert city.headline == (("hotline_calls_total", ("hotline_on_time_ratio",)),)
    assert city.source_name == Name("年报", "Report")
    assert city.warnings == ()


def test_figures_become_values(folder):
    city = load_city(folder)
    assert list(city.indicators) == ["hotline_calls_total", "hotline_on_time_ratio"]
    calls, of_town, ratio, target = city.values
    assert (calls.value, calls.value_text, calls.qualifier, calls.area_id) == (
        903_600.0,
        "90.36万",
        Qualifier.OVER,
        "01",
    )
    assert of_town.area_id == "011"
    assert (ratio.value, ratio.value_text, ratio.shown) == (0.9999, "99.99", 99.99)
    assert (target.kind, target.quality, target.source) == (ValueKind.TARGET, Quality.GOOD, "年报")
    assert calls.received_ms == 1_625_068_800_000  # 2021-07-01 00:00 in Shanghai
    assert city.indicators["hotline_on_time_ratio"].owner == "water"


def test_a_row_without_value_only_defines_what_a_feed_will_bring(folder):
    with (folder / "figures.csv").open("a", encoding="utf-8") as file:
        file.write("hotline_feed_total,来件,Items,hotline,件次,up,0,,,,,,,\n")
    city = load_city(folder)
    assert (city.indicators["hotline_feed_total"].good, len(city.values)) == (Good.UP, 4)
    change(folder, "figures.csv", "up,0,,,,,,,\n", "up,0,,,,,2021,,\n")  # half of a value is a mistake
    assert {p.key for p in problems_of(folder)} == {"value"}


def test_the_calendar_is_the_citys(folder):
    calendar = load_city(folder).calendar
    assert calendar.tz == "Asia/Shanghai"
    assert calendar.is_workday(date(2027, 2, 6)) == (True, False)
    assert calendar.is_workday(date(2021, 10, 1)) == (False, False)


def test_weekends_only_for_a_city_without_chinese_holidays(folder):
    change(folder, "city.yaml", "calendar:\n", "calendar:\n  holidays: weekends\n")
    assert load_city(folder).calendar.is_workday(date(2021, 10, 1)) == (True, False)


def test_categories_inherit_unit_and_sensors(folder):
    found = load_city(folder).categories
    assert list(found) == ["water", "water.flood", "water.theft"]
    assert (found["water.flood"].unit, found["water.flood"].sensors, found["water.flood"].leaf) == (
        "water",
        ("water_level",),
        True,
    )
    assert (found["water.theft"].unit, found["water.theft"].sensors) == ("police", ("camera",))
    assert (found["water.flood"].parent_id, found["water"].leaf) == ("water", False)
    assert load_city(folder).category_names["water.flood"] == Name("积水", "Flooding")


def test_units_are_departments_and_areas(folder):
    names = load_city(folder).unit_names
    assert names["water"] == Name("水务局", "Water")
    assert names["police"] == Name("区公安局", "Police")
    assert names["011"] == Name("东", "Town 011")
    assert "01" not in names


def test_a_city_may_publish_nothing(folder):
    (folder / "figures.csv").unlink()
    change(folder, "city.yaml", "  - {indicator: hotline_calls_total, with: [hotline_on_time_ratio]}\n", "  []\n")
    city = load_city(folder)
    assert (dict(city.indicators), city.values, city.headline) == ({}, (), ())


def test_a_mended_outline_is_a_warning(folder):
    bow = {"type": "Polygon", "coordinates": [[[113.2, 22], [113.4, 22.2], [113.4, 22], [113.2, 22.2], [113.2, 22]]]}
    write_areas(folder, ROOT, TOWNS[0], TOWNS[1] | {"geometry": bow})
    city = load_city(folder)
    assert [(w.file, w.key) for w in city.warnings] == [("village/areas.geojson", "feature 3 area 012")]
    assert "mended" in city.warnings[0].message


@pytest.mark.parametrize(
    ("old", "new", "key", "word"),
    [
        ("tz: Asia/Shanghai", "tz: Asia/Nowhere", "tz", "time zone"),
        ("tz: Asia/Shanghai", "tz: ../../etc/passwd", "tz", "time zone"),
        ("id: village", "id: hamlet", "id", "folder's name"),
        ("name_en: Taoyuan", "name_english: Taoyuan", "name_english", "unknown key"),
        ("levels: [county, town]", "levels: [town, county]", "levels", "not in order"),
        ("levels: [county, town]", "levels: [county, hamlet]", "levels", "not known"),
        ("bounds: [113.0, 22.0, 113.4, 22.2]", "bounds: [113.4, 22.0, 113.0, 22.2]", "bounds", "out of order"),
        ('day_end: "18:00"', 'day_end: "08:00"', "calendar", "in order"),
        ("work: [2027-02-06]", "work: [2027-02-06]\n  free: [2027-02-06]", "calendar", "both free and worked"),
        ("{kind: sea,", "{kind: lake,", "map.labels.0.kind", "neighbour"),
        ("lat: 22.1}", "lat: 122.1}", "map.labels.0.lat", "90"),
        ('areas: ["011"]', 'areas: ["999"]', "map.inset.areas.0", "no area"),
        ('root: "01"', 'root: "011"', "root", "topmost"),
        ("indicator: hotline_calls_total", "indicator: hotline_calls_sum", "headline.0.indicator", "unknown"),
        ("with: [hotline_on_time_ratio]", "with: [other]", "headline.0.with", "unknown"),
        ("  - {id: police, name: 区公安局", "  - {id: water, name: 区公安局", "units.1.id", "twice"),
        ("unit: police, sensors", "unit: fire, sensors", "categories.0.items.1.unit", "unknown"),
        ("- {id: theft", "- {id: flood", "categories.0.items.1.id", "twice"),
        ("received_on: 2021-07-01", "received_on: soon", "figures.received_on", "date"),
    ],
)
def test_a_mistake_in_city_yaml_is_shown_where_it_stands(folder, old, new, key, word):
    line = change(folder, "city.yaml", old, new)
    found = [p for p in problems_of(folder) if p.key == key]
    assert found, problems_of(folder)
    assert found[0].file == "village/city.yaml"
    assert word in found[0].message
    if key not in ("calendar",) and "headline" not in key and "map." not in key:
        assert found[0].line == line


@pytest.mark.parametrize(
    ("old", "new", "column", "word"),
    [
        (
            "hotline_calls_total,受理,Calls,hotline,件次,none,0,,903600",
            "Hotline,受理,Calls,hotline,件次,none,0,,903600",
            "indicator",
            "no id",
        ),
        ("90.36万,over", "90.36万,rather", "qualifier", "not known"),
        ("903600,90.36万", "many,90.36万", "value", "no number"),
        ("903600,90.36万", "NaN,90.36万", "value", "no number"),
        ("903600,90.36万", "1e30,90.36万", "value", "no number"),
        ("by 2021-12,target", "soon,target", "period", "soon"),
        ("by 2021-12,target", "by 2021-12,wish", "kind", "not known"),
        ("2021H1,total,011", "2021H1,total,777", "area", "no area"),
        ("2021H1,total,011", "2021H1,total,", "indicator", "twice"),
        ("%,up,2,water,99.99", "%,sideways,2,water,99.99", "good", "not known"),
        ("%,up,2,water,99.99", "%,up,two,water,99.99", "decimals", "decimals"),
        ("%,up,2,water,99.99", "%,up,2,fire,99.99", "owner", "unknown"),
        ("按时办结率,On time,hotline,%,up,2,water,100", "办结率,On time,hotline,%,up,2,water,100", "name", "before"),
        (
            "按时办结率,On time,hotline,%,up,2,water,100",
            "按时办结率,On time,hotline,件,up,2,water,100",
            "unit",
            "compared",
        ),
        ("按时办结率,On time,hotline,%,up,2,water,100", "按时办结率,On time,data,%,up,2,water,100", "domain", "fit"),
        ("按时办结率,On time,hotline,%,up,2,water,100", ",On time,hotline,%,up,2,water,100", "name", "1 to 128"),
        ("by 2021-12,target,", "by 2021-12", "", "cells"),
    ],
)
def test_a_mistake_in_figures_csv_is_shown_where_it_stands(folder, old, new, column, word):
    line = change(folder, "figures.csv", old, new)
    found = problems_of(folder)
    named = [p for p in found if (p.file, p.key) == ("village/figures.csv", column)]
    assert named, found
    assert (named[0].line, word in named[0].message) == (line, True)
    assert named[0].hint


def test_columns_of_figures_are_checked(folder):
    change(folder, "figures.csv", "indicator,name,name_en,domain,unit", "indicator,name,name_en,domain,colour")
    found = {(p.line, p.key, p.message) for p in problems_of(folder) if p.file == "village/figures.csv"}
    assert found == {(1, "unit", "the column is missing"), (1, "colour", "unknown column")}


def test_figures_need_a_source(folder):
    change(folder, "city.yaml", "figures: {source: 年报, source_en: Report, received_on: 2021-07-01}\n", "")
    assert any("no source" in p.message for p in problems_of(folder))


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"level": "grid"}, "level"),
        ({"name": ""}, "name"),
        ({"name_en": 7}, "name_en"),
        ({"name": "镇" * 200}, "name"),
        ({"parent": 1}, "parent"),
        ({"parent": "777"}, "unknown parent"),
        ({"parent": None}, "second root"),
        ({"population": -1}, "population"),
        ({"population": "many"}, "population"),
        ({"population": True}, "population"),
        ({"label": [1]}, "label"),
        ({"id": "011"}, "same id"),
    ],
)
def test_a_mistake_in_an_area_is_named(folder, properties, word):
    bad = TOWNS[1] | {"properties": TOWNS[1]["properties"] | properties}
    write_areas(folder, ROOT, TOWNS[0], bad)
    found = problems_of(folder)
    assert [p.file for p in found] == ["village/areas.geojson"]
    assert word in found[0].message
    assert found[0].hint
    assert "01" in found[0].key


def test_areas_elsewhere_are_refused(folder):
    write_areas(folder, ROOT, TOWNS[0], town("012", 10.0))
    assert "outside the city's bounds" in problems_of(folder)[0].message


def test_all_files_mistakes_come_at_once(folder):
    change(folder, "city.yaml", "unit: police, sensors", "unit: fire, sensors")
    change(folder, "city.yaml", "indicator: hotline_calls_total", "indicator: hotline_other_total")
    change(folder, "figures.csv", "by 2021-12,target", "soon,target")
    assert {p.file for p in problems_of(folder)} == {"village/city.yaml", "village/figures.csv"}
    assert len(problems_of(folder)) == 3


@pytest.mark.parametrize("name", ["city.yaml", "areas.geojson"])
def test_a_missing_file_is_one_clear_problem(folder, name):
    (folder / name).unlink()
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == (f"village/{name}", None)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("city.yaml", b"\xff\xfe"),
        ("city.yaml", b"a: [1"),
        ("city.yaml", b"- 1"),
        ("areas.geojson", b"\xff"),
        ("areas.geojson", b"{"),
        ("figures.csv", "指标".encode("gb18030")),
        ("figures.csv", b""),
        ("figures.csv", b'indicator,"' + b"x" * 200_000),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder, name, data):
    (folder / name).write_bytes(data)
    assert f"village/{name}" in {p.file for p in problems_of(folder)}


def test_the_screen_gets_areas_within_the_size(folder):
    city = load_city(folder)
    collection = areas_for_screen(city)
    assert [f["id"] for f in collection["features"]] == ["01", "011", "012"]
    small = areas_for_screen(city, max_bytes=len(json.dumps(collection, ensure_ascii=False).encode()))
    assert len(small["features"]) == 3
    with pytest.raises(ValueError, match="do not fit"):
        areas_for_screen(city, max_bytes=100)


def test_detail_is_given_up_for_size(folder):
    coast = shapely.segmentize(Point(113.2, 22.1).buffer(0.1, quad_segs=500), 0.001)
    write_areas(folder, ROOT, TOWNS[0] | {"geometry": mapping(coast)})
    change(folder, "city.yaml", 'areas: ["011"]', 'areas: ["01"]')
    (folder / "figures.csv").write_text(FIGURES.replace(",011\n", ",\n").replace(",,100,,,2021H1", ",,100,,,2020H1"))
    collection = areas_for_screen(load_city(folder), max_bytes=8000)
    assert len(json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()) <= 8000
    kept = shape(collection["features"][1]["geometry"])
    assert kept.symmetric_difference(coast).area < 0.05 * coast.area


def test_the_screen_gets_all_shapes(folder):
    shapes = shapes_for_screen(load_city(folder))
    json.dumps(shapes, allow_nan=False)
    assert shapes["labels"] == [{"kind": "sea", "text": "东海", "text_en": "East Sea", "lon": 113.5, "lat": 22.1}]
    assert shapes["inset"] | {"bounds": []} == {
        "name": "老城",
        "name_en": "Old town",
        "areas": ["011"],
        "scale": 2.0,
        "corner": "bottom_left",
        "bounds": [],
    }
    assert shapes["inset"]["bounds"] == pytest.approx([113.0, 22.0, 113.2, 22.2])
    assert shapes["bounds"] == pytest.approx([113.0, 22.0, 113.4, 22.2])
    assert shapes["hatch"].keys() == {"011", "012"}
    assert len(shapes["water_lines"]) == 8
    assert shapes["approximate"] is True
