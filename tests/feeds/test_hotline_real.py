"""Real hotline rows of three cities through the feed and ingest into real databases, counted against pandas straight
from the files. The data is not ours to ship: without the folder beside the project these tests are skipped."""

from collections import Counter
from typing import Any

import pandas as pd
import pytest

from brain.model.area import Area, AreaTree
from brain.model.clock import WallClock
from brain.store import schema
from brain.store.engine import Store
from feeds.hotline_table import Settings, run
from tests.brain.runtime.desk import Kitchen
from tests.feeds.desk import NOW_MS, Desk
from tests.real_data import DATA
from tests.small_city import small_city

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data folder {DATA.name} is not beside the project"),
]

LONG_AGO_S = 40 * 365 * 86_400


class City(Desk):
    """Hands everything on to a real ingest, as fast as it takes it."""

    def __init__(self, store: Store, areas: list[str], tz: str) -> None:
        super().__init__(tz=tz, now_ms=NOW_MS + 86_400_000)
        root = Area("root", None, "city", "City", "City")
        tree = AreaTree([root, *(Area(name, "root", "county", name, name) for name in areas)])
        base = small_city(tz)
        self.facts = type(base)(**{**vars(base), "tree": tree})
        self.kitchen = Kitchen(store, facts=self.facts, clock=WallClock(lambda: self.now_ms))
        self.kitchen.ingest.start()

    def pull(self, settings: Settings) -> None:
        from brain.runtime.acceptance import Window

        sink = self.kitchen.ingest.sink("hotline", Window.of(settings))

        def both(items: Any, done: Any = None) -> None:
            self.items.extend(items)
            sink(items, done)

        self.sink = both  # type: ignore[method-assign]
        run(settings, self.context("hotline"))
        self.kitchen.ingest.stop()

    def cases(self) -> pd.DataFrame:
        rows = [row._asdict() for row in self.kitchen.rows(schema.case)]
        return pd.DataFrame(rows)

    def refused(self) -> int:
        return sum(row.n for row in self.kitchen.rows(schema.refusal_count))


def counts(column: "pd.Series[Any]") -> dict[Any, int]:
    return {key: int(n) for key, n in column.value_counts().items()}


def test_a_thousand_requests_of_new_york(store: Store) -> None:
    path = DATA / "hotline_nyc_live" / "nyc311_soda_1000.json"
    raw = pd.read_json(path, dtype=False)
    boards = sorted(raw["community_board"].unique())
    city = City(store, boards, "America/New_York")
    city.pull(
        Settings.model_validate(
            {
                "files": path,
                "accept_past_s": LONG_AGO_S,
                "columns": {
                    "number": "unique_key",
                    "created": "created_date",
                    "closed": "closed_date",
                    "category": "complaint_type",
                    "title": "descriptor",
                    "address": "incident_address",
                    "lon": "longitude",
                    "lat": "latitude",
                    "area_name": "community_board",
                    "state": "status",
                    "unit": "agency",
                },
                "words": {"states": {"Open": "received", "In Progress": "handling", "Closed": "closed"}},
            }
        )
    )
    cases = city.cases()
    assert (len(cases), city.refused()) == (len(raw), 0)
    assert set(cases["number"]) == set(raw["unique_key"].astype(str))
    assert counts(cases["area_id"]) == counts(raw["community_board"])
    assert counts(cases["category"]) == counts(raw["complaint_type"])
    assert int(cases["closed_ms"].notna().sum()) == int(raw["closed_date"].notna().sum())
    assert int((cases["state"] == "closed").sum()) == int((raw["status"] == "Closed").sum())
    assert int(cases["grid_lat"].notna().sum()) == int(raw["latitude"].notna().sum())
    by_hour = pd.to_datetime(raw["created_date"]).dt.tz_localize("America/New_York").dt.floor("h").value_counts()
    stored = pd.to_datetime(cases["created_ms"], unit="ms", utc=True).dt.floor("h").value_counts()
    assert {key.tz_convert("UTC"): int(n) for key, n in by_hour.items()} == {key: int(n) for key, n in stored.items()}


def test_ten_thousand_requests_of_san_francisco(sqlite_store: Store) -> None:
    path = DATA / "hotline_sf" / "311_service_requests.csv"
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    districts = sorted(set(raw["neighborhood"]) - {""})
    city = City(sqlite_store, districts, "America/Los_Angeles")
    city.pull(
        Settings.model_validate(
            {
                "files": path,
                "accept_past_s": LONG_AGO_S,
                "columns": {
                    "number": "unique_key",
                    "created": "created_date",
                    "closed": "closed_date",
                    "category": "category",
                    "title": ["complaint_type", "descriptor"],
                    "text": "status_notes",
                    "address": "incident_address",
                    "lon": "longitude",
                    "lat": "latitude",
                    "area_name": "neighborhood",
                    "state": "status",
                    "unit": "agency_name",
                },
                "words": {"states": {"Open": "received", "Closed": "closed"}},
            }
        )
    )
    cases = city.cases()
    assert len(cases) + city.refused() == len(raw) == 10_000
    assert city.refused() == 0
    expected = Counter(raw["neighborhood"].replace("", "root"))
    assert counts(cases["area_id"]) == dict(expected)
    assert int((cases["state"] == "closed").sum()) == int((raw["status"] == "Closed").sum())
    assert int(cases["closed_ms"].notna().sum()) == int((raw["closed_date"] != "").sum())
    nowhere = (raw["latitude"].astype(float) == 0) & (raw["longitude"].astype(float) == 0)
    assert (
        int(cases["remarks"].str.split().map(lambda words: "no_coordinates" in words).sum())
        == int(nowhere.sum())
        == 4264
    )
    assert int(cases["grid_lat"].notna().sum()) == int((~nowhere).sum())
    backwards = (raw["closed_date"] != "") & (pd.to_datetime(raw["closed_date"]) < pd.to_datetime(raw["created_date"]))
    assert int(cases["remarks"].str.contains("closed_before_created").sum()) == int(backwards.sum()) == 17


def test_four_thousand_messages_to_officials(sqlite_store: Store) -> None:
    path = DATA / "hotline_cn_taidi" / "附件3.xlsx"
    raw = pd.read_excel(path, sheet_name=0, dtype=object)
    city = City(sqlite_store, ["unused"], "Asia/Shanghai")
    stanza = {
        "files": path,
        "accept_past_s": LONG_AGO_S,
        "columns": {
            "number": "留言编号",
            "created": "留言时间",
            "name": "留言用户",
            "title": "留言主题",
            "text": "留言详情",
        },
    }
    city.pull(Settings.model_validate(stanza))
    cases = city.cases()
    assert len(cases) + city.refused() == len(raw) == 4326
    assert city.refused() == 0
    assert set(cases["number"]) == set(raw["留言编号"].astype(str))
    created = pd.to_datetime(raw["留言时间"].map(str), format="mixed").dt.tz_localize("Asia/Shanghai")
    by_day = created.dt.strftime("%Y-%m-%d").value_counts()
    stored = pd.to_datetime(cases["created_ms"], unit="ms", utc=True).dt.tz_convert("Asia/Shanghai")
    assert {key: int(n) for key, n in by_day.items()} == counts(stored.dt.strftime("%Y-%m-%d"))
    private = {ticket.number: ticket.private.text for ticket in city.tickets}
    assert private == {str(n): str(text).strip() for n, text in zip(raw["留言编号"], raw["留言详情"], strict=True)}
