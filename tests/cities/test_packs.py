"""Every folder of cities/ is a pack that can be read, found by itself."""

import csv
import json
from math import cos, radians
from pathlib import Path

import pytest
import shapely
from ruamel.yaml import YAML
from shapely.geometry import Point, shape

from brain.model.published import load_published
from brain.model.unit import UNITS, unit_of
from brain.settings.city import AREAS_FILE, City, areas_for_screen, load_city, shapes_for_screen
from tests.real_data import DATA, SEEDS, real
from tools.city.zhongshan import main

ROOT = Path(__file__).parents[2]
CITIES = ROOT / "cities"
PACKS = sorted(folder.name for folder in CITIES.iterdir() if folder.is_dir() and not folder.name.startswith((".", "_")))
MOST_AREA_BYTES = 150_000


@pytest.fixture(scope="module", params=PACKS)
def city(request) -> City:
    return load_city(CITIES / request.param)


@pytest.fixture(scope="module")
def zhongshan() -> City:
    return load_city(CITIES / "zhongshan")


def test_packs_are_found():
    assert "zhongshan" in PACKS


def test_units_of_the_shipped_metrics_have_a_word_in_english():
    document = YAML(typ="safe").load(ROOT / "config.yaml")
    units = {metric["unit"] for metric in document["metrics"].values()}
    assert {unit for unit in units if not unit_of(unit).en.isascii() and unit_of(unit).en == unit} == set()


class TestEveryPack:
    def test_it_is_read_without_warnings(self, city):
        assert city.warnings == ()
        assert len(city.tree) > 1

    def test_it_says_where_it_comes_from(self, city):
        text = (CITIES / city.id / "SOURCES.md").read_text(encoding="utf-8")
        assert "licence" in text.lower()

    def test_its_areas_are_small_enough(self, city):
        assert (CITIES / city.id / AREAS_FILE).stat().st_size <= MOST_AREA_BYTES
        collection = areas_for_screen(city)
        assert len(json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()) <= 60_000

    def test_its_areas_are_drawn_right_way_round(self, city):
        for feature in areas_for_screen(city)["features"]:
            region = shape(feature["geometry"])
            assert region.is_valid
            for part in shapely.get_parts(region):
                assert not shapely.is_ccw(part.exterior)
                assert all(shapely.is_ccw(hole) for hole in part.interiors)

    def test_siblings_neither_overlap_nor_leave_gaps(self, city):
        for parent in city.tree:
            outlines = [city.tree.polygon(child.id) for child in city.tree.children(parent.id)]
            outlines = [outline for outline in outlines if outline is not None]
            assert shapely.coverage_is_valid(outlines)

    def test_labels_stand_in_their_areas(self, city):
        for area in city.tree:
            outline = city.tree.polygon(area.id)
            if outline is not None:
                assert outline.covers(Point(area.centroid)), area.name
                assert city.tree.contains(area.id, city.tree.locate(*area.centroid)), area.name

    def test_it_fills_at_most_six_headline_figures(self, city):
        assert 0 < len(city.headline) <= 6
        published = {value.indicator_id for value in city.values}
        for indicator_id, companions in city.headline:
            assert {indicator_id, *companions} <= published

    def test_both_languages_are_there(self, city):
        for name in (*city.category_names.values(), *city.unit_names.values()):
            assert name.zh
            assert name.en
            assert name.en.isascii()
        for indicator in city.indicators.values():
            assert indicator.name_en.isascii()
            assert indicator.short_en.isascii()

    def test_its_units_of_measure_have_english_words(self, city):
        assert {value.unit for value in city.values} <= set(UNITS)

    def test_its_categories_are_three_levels_deep(self, city):
        leaves = [category for category in city.categories.values() if category.leaf]
        assert {leaf.id.count(".") for leaf in leaves} == {2}
        assert all(leaf.unit in city.unit_names for leaf in leaves)
        assert all(len(category_id) <= 96 for category_id in city.categories)

    def test_its_shapes_are_plain_json(self, city):
        json.dumps(shapes_for_screen(city), allow_nan=False)


class TestZhongshan:
    def test_it_has_todays_towns(self, zhongshan):
        assert len(zhongshan.tree.children("442000")) == 23
        assert all(town.approximate for town in zhongshan.tree.children("442000"))
        assert zhongshan.tree.get("442000118").label("zh") == "小榄"

    def test_places_are_in_their_towns(self, zhongshan):
        seats = {"442000001": (113.385, 22.517), "442000107": (113.467, 22.255), "442000118": (113.231, 22.678)}
        assert {zhongshan.tree.locate(*seat) for seat in seats.values()} == set(seats)
        assert zhongshan.tree.locate(*seats["442000001"]) == "442000001"
        assert zhongshan.tree.locate(113.57, 22.25) is None  # Zhuhai

    def test_contradicting_figures_are_marked(self, zhongshan):
        assert sum(value.quality.value == "doubtful" for value in zhongshan.values) == 6

    @pytest.mark.real_data
    def test_its_figures_are_the_published_ones(self, zhongshan):
        table = real(SEEDS / "published_figures.csv")
        published = [row for row in load_published(table, "Asia/Shanghai")[0] if row.city == "zhongshan"]
        assert len(published) == 81
        for value, row in zip(zhongshan.values, published, strict=True):
            ours = (value.value, value.value_text, value.unit, value.qualifier, value.period, value.kind)
            assert ours == (row.value, row.value_text, row.unit, row.qualifier, row.period, row.kind), row.name

    @pytest.mark.real_data
    def test_the_seats_of_the_towns_lie_in_them(self, zhongshan):
        points = real(DATA / "boundaries" / "cn_towns_points" / "towns_geonames_wgs84.csv")
        short = {area.short: area.id for area in zhongshan.tree}
        with points.open(encoding="utf-8", newline="") as file:
            seats = [row for row in csv.DictReader(file) if row["county_adcode"] == "442000"]
        named = [row for row in seats if row["name_zh"] in short and row["name_zh"] != "中山"]
        assert len(named) == 21
        for row in named:
            found = zhongshan.tree.locate(float(row["lon"]), float(row["lat"]))
            assert found == short[row["name_zh"]], row["name_zh"]

    @pytest.mark.real_data
    def test_its_outline_is_the_real_one_moved_to_wgs84(self, zhongshan):
        """Without our own conversion: GCJ-02 lies some 600 m to the east-south-east of WGS-84 there."""
        source = real(DATA / "boundaries" / "cn_amap_gcj02" / "zhongshan_442000.geojson")
        theirs = shape(json.loads(source.read_bytes())["features"][0]["geometry"])
        ours = zhongshan.tree.polygon("442000")
        assert ours.area == pytest.approx(theirs.area, rel=0.005)
        east_m = (theirs.centroid.x - ours.centroid.x) * 111_320 * cos(radians(22.5))
        north_m = (theirs.centroid.y - ours.centroid.y) * 110_574
        assert 450 < east_m < 650
        assert -400 < north_m < -150

    @pytest.mark.real_data
    def test_its_areas_can_be_made_again(self, tmp_path):
        data = real(DATA)
        main(data, tmp_path / AREAS_FILE)
        made, kept = ((folder / AREAS_FILE).read_text("utf-8") for folder in (tmp_path, CITIES / "zhongshan"))
        for one, other in zip(json.loads(made)["features"], json.loads(kept)["features"], strict=True):
            assert one["properties"] | {"label": None} == other["properties"] | {"label": None}
            if one["geometry"] is not None:
                assert shape(one["geometry"]).symmetric_difference(shape(other["geometry"])).area < 1e-8
