"""The stanzas of docs/operating.md are read as the program reads them, and take the payload that stands below them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from brain.feed import FeedContext
from brain.model.event import Event
from brain.model.reading import Device, Metric, Reading
from brain.settings.city import load_city
from feeds import event_webhook, indicators_table, ngsi, prometheus
from feeds.payloads.paths import compile_path
from feeds.payloads.prometheus_series import SeriesReader
from feeds.payloads.sta_datastreams import Catalogue, Datastream
from tests.feeds.desk import Desk
from tests.guards.documents import blocks, read
from tests.guards.source import ROOT
from tests.guards.test_examples import models, settings_of

OPERATING = ROOT / "docs" / "operating.md"


@dataclass(frozen=True)
class Example:
    """The stanza of a feed, the block after it, and a desk of the city the documents speak of."""

    settings: Any
    body: bytes
    desk: Desk

    def context(self) -> FeedContext:
        return replace(self.desk.context("example"), areas=load_city(ROOT / "cities" / "zhongshan").tree)


def example(feed: str, folder: Path) -> Example:
    listed = blocks(read(OPERATING))
    (place,) = (i for i, block in enumerate(listed) if block.lang == "yaml" and f"  {feed}:\n" in block.text)
    config = settings_of(listed[place].text, folder, models(), {})
    (entry,) = config.feeds
    assert entry.slug == feed
    desk = Desk()
    metrics = {id: Metric(id, m.name, m.name_en, m.unit) for id, m in config.config.metrics.items()}
    desk.facts = replace(desk.facts, metrics=metrics)
    return Example(entry.settings, listed[place + 1].text.encode(), desk)


def test_events(tmp_path: Path) -> None:
    shown = example("event_webhook", tmp_path)
    (event,) = event_webhook.accept(shown.settings, shown.context(), {"content-type": "application/json"}, shown.body)
    assert isinstance(event, Event)
    assert (event.device_id, event.kind, event.confidence) == ("cam-0417", "smoke", 0.93)
    assert event.picture


def test_prometheus(tmp_path: Path) -> None:
    shown = example("prometheus", tmp_path)
    for query in shown.settings.queries:
        assert query.metric in shown.desk.facts.metrics
    reader = SeriesReader(shown.settings.device, shown.context(), simulated=False)
    device, reading = prometheus.parse_answer(shown.body, shown.settings.queries[0], "queries[0]", reader)
    assert isinstance(device, Device)
    assert isinstance(reading, Reading)
    assert (device.id, device.kind, device.area_id, reading.value) == (
        "host-10.20.1.7:9100",
        "cloud_host",
        "442000",
        0.415,
    )


def test_context_brokers(tmp_path: Path) -> None:
    shown = example("ngsi", tmp_path)
    device, reading = ngsi.accept(shown.settings, shown.context(), {}, shown.body)
    assert isinstance(device, Device)
    assert isinstance(reading, Reading)
    assert (device.id, device.kind) == ("AirQualityObserved:zs-17", "air")
    assert device.area_id.startswith("442000")
    assert (reading.metric, round(reading.value or 0, 6)) == ("air_pm25_ugm3", 31.0)


def test_sensorthings(tmp_path: Path) -> None:
    shown = example("sensorthings", tmp_path)
    settings = shown.settings
    path = compile_path(settings.device_id)
    catalogue = Catalogue(settings.http.url, settings.properties, shown.context().metrics, path, settings.device_prefix)
    (found,) = (each for one in orjson.loads(shown.body)["value"] for each in catalogue.read(one, "page"))
    assert isinstance(found, Datastream)
    assert (found.device_id, found.metric, found.place) == ("thing-3", "air_pm25_ugm3", (113.39, 22.52))
    assert found.observations == "https://sta.example.gov.cn/v1.1/Datastreams(7)/Observations"


def test_figures_of_departments(tmp_path: Path) -> None:
    shown = example("indicators_table", tmp_path)
    (tmp_path / "monthly.csv").write_bytes(shown.body)
    city = load_city(ROOT / "cities" / "zhongshan")
    shown.desk.facts = replace(shown.desk.facts, tree=city.tree, indicators=city.indicators)
    settings = shown.settings.model_copy(update={"files": tmp_path / "monthly.csv"})
    indicators_table.run(settings, shown.desk.context("indicators_table"))
    assert shown.desk.rejected == []
    assert [(figure.indicator_id, figure.period.text, figure.value) for figure in shown.desk.figures] == [
        ("service_hall_visits_total", "2021H1", 540_000.0),
        ("trade_deals_total", "2021Q4", 700.0),
    ]
