"""Raw exports of a statistics bureau through the feed and ingest into a real database, compared with pandas straight
from the files, to the last cell. The data is not ours to ship: without its folder these tests are skipped."""

from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from brain.model.area import Area, AreaTree
from brain.model.clock import WallClock
from brain.model.indicator import Good, IndicatorDef
from brain.runtime.acceptance import Window
from brain.store import schema
from brain.store.engine import Store
from feeds.indicators_table import Settings, run
from tests.brain.runtime.desk import Kitchen
from tests.feeds.desk import Desk
from tests.real_data import DATA
from tests.small_city import small_city

FOLDER = DATA / "macro_nbs"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the real data folder {FOLDER.name} is not beside the project"),
]
SOURCE = "国家统计局"


def stored(store: Store, areas: list[str], indicators: list[IndicatorDef], stanza: dict[str, Any]) -> pd.DataFrame:
    """What the store holds after one pull; nothing may be refused."""
    root = Area("root", None, "city", "全国", "Country")
    tree = AreaTree([root, *(Area(f"p{i}", "root", "county", name, name) for i, name in enumerate(areas))])
    base = small_city()
    catalogue = MappingProxyType({one.id: one for one in indicators})
    desk = Desk()
    desk.facts = type(base)(**{**vars(base), "tree": tree, "indicators": catalogue})
    kitchen = Kitchen(store, facts=desk.facts, clock=WallClock(lambda: desk.now_ms))
    kitchen.ingest.start()
    settings = Settings.model_validate(stanza)
    desk.sink = kitchen.ingest.sink("hotline", Window.of(settings))  # type: ignore[method-assign]
    run(settings, desk.context("hotline"))
    kitchen.ingest.stop()
    assert kitchen.rows(schema.refusal_count) == []
    return pd.DataFrame([row._asdict() for row in kitchen.rows(schema.indicator_value)])


def test_thirty_one_provinces_by_month(sqlite_store: Store) -> None:
    path = FOLDER / "prov_floor_area_200301_202112_gbk.csv"
    raw = pd.read_csv(path, encoding="gbk", index_col="地区")
    area = IndicatorDef("economy_floor_area_m2", "房地产施工面积", "Floor area", "平方米", Good.NONE, "economy", 2)
    found = stored(
        sqlite_store,
        list(raw.index),
        [area],
        {
            "files": path,
            "encoding": "gb18030",
            "across": "period",
            "columns": {"area": "地区"},
            "fixed": {"indicator": area.id, "unit": "万平方米", "source": SOURCE},
        },
    )
    assert set(found["revision"]) == {1}
    cells = raw.stack().dropna()
    assert len(found) == len(cells) == int(raw.notna().sum().sum()) > 6000
    names = {f"p{i}": name for i, name in enumerate(raw.index)}
    year_month = found["period_text"].str.split("-")
    columns = year_month.map(lambda parts: f"{parts[0]}年{int(parts[1])}月")
    got = pd.Series(
        found["value"].to_numpy() / 10_000, index=pd.MultiIndex.from_arrays([found["area_id"].map(names), columns])
    )
    pd.testing.assert_series_equal(
        got.sort_index(), cells.sort_index(), check_names=False, check_exact=False, rtol=1e-12
    )
    assert not columns.str.endswith("年1月").any()  # no January is published
    texts = pd.Series(found["value_text"].str.removesuffix("万").astype(float).to_numpy(), index=got.index)
    assert (texts.sort_index() == cells.sort_index()).all()


def test_price_indices_with_title_above_and_notes_below(sqlite_store: Store) -> None:
    path = FOLDER / "raw_nbs_export_cpi_monthly_gb18030.csv"
    raw = pd.read_csv(path, encoding="gb18030", skiprows=2, index_col="时间")
    raw = raw[raw.index.str.fullmatch(r"\d{4}年\d{1,2}月")].apply(pd.to_numeric)
    indices = list(raw.columns[:9])
    defs = [
        IndicatorDef(f"economy_price{i}_index", name, f"Index {i}", "指数", Good.NONE, "economy", 1)
        for i, name in enumerate(indices)
    ]
    found = stored(
        sqlite_store,
        ["无"],
        defs,
        {
            "files": path,
            "encoding": "gb18030",
            "across": "indicator",
            "columns": {"period": "时间"},
            "fixed": {"source": SOURCE, "kind": "average"},
            "words": {"unknown": "skip"},
        },
    )
    expected = raw[indices].stack().dropna()
    assert len(found) == len(expected) > 400
    names = {one.id: one.name for one in defs}
    months = found["period_text"].str.split("-").map(lambda parts: f"{parts[0]}年{int(parts[1])}月")
    got = pd.Series(
        found["value"].to_numpy(), index=pd.MultiIndex.from_arrays([months, found["indicator_id"].map(names)])
    )
    pd.testing.assert_series_equal(got.sort_index(), expected.sort_index(), check_names=False)
