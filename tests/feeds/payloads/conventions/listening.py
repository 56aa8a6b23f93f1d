"""What tests of payload conventions share: a reader with a stanza, told messages, and what came of them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from brain.feed import Item, Rejected
from brain.model.reading import Availability, Device, Metric, Reading
from feeds.iot_mqtt import Settings, make_reader
from feeds.payloads.convention_reader import ConventionReader
from feeds.payloads.message import Message
from tests.feeds.desk import NOW_MS, Desk
from tests.real_data import DATA, real

AREA = "0200101"
NOW_S = NOW_MS // 1000
OURS = (
    Metric("air_pm10_ugm3", "PM10", "PM10", "微克/立方米", 0, 0, 3000),
    Metric("air_no2_ugm3", "二氧化氮", "NO2", "微克/立方米", 0, 0, 1000),
    Metric("air_o3_ugm3", "臭氧", "Ozone", "微克/立方米", 0, 0, 1500),
    Metric("noise_db", "噪声", "Noise", "分贝", 0, 0, 160),
    Metric("humidity_ratio", "湿度", "Humidity", "%", 0, 0, 1),
    Metric("battery_ratio", "电量", "Battery", "%", 0, 0, 1),
    Metric("people", "人数", "People", "人", 0, 0, 100_000),
    Metric("light_power_w", "功率", "Power", "瓦", 0, 0, 100_000),
)


class Listening:
    """A reader of one convention (or more), and the items of all it was told."""

    def __init__(self, conventions: Mapping[str, Mapping[str, Any]], known: Iterable[Device] = (), **more: Any) -> None:
        stanzas = {slug: {"kind": "air", "area": AREA} | dict(stanza) for slug, stanza in conventions.items()}
        self.desk = Desk(known={device.id: device for device in known})
        context = self.desk.context("iot")
        metrics = dict(context.metrics) | {metric.id: metric for metric in OURS}
        settings = Settings.model_validate({"conventions": stanzas} | more)
        reader = make_reader(settings, replace(context, metrics=metrics))
        assert isinstance(reader, ConventionReader)
        self.reader = reader
        self.items: list[Item] = []

    def told(self, topic: str, payload: Any, retained: bool = False, at_ms: int = NOW_MS) -> list[Item]:
        """`payload`: bytes, text, or what is to be JSON."""
        if not isinstance(payload, bytes):
            payload = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
        items = self.reader.read(Message(topic, payload, at_ms, retained))
        self.items += items
        return items

    @property
    def readings(self) -> list[tuple[str, str, float | None]]:
        """(device, metric, value rounded)."""
        found = [item for item in self.items if isinstance(item, Reading)]
        return [(r.device_id, r.metric, None if r.value is None else round(r.value, 6)) for r in found]

    @property
    def times(self) -> list[int]:
        return [item.at_ms for item in self.items if isinstance(item, Reading)]

    @property
    def devices(self) -> list[Device]:
        return [item for item in self.items if isinstance(item, Device)]

    @property
    def presence(self) -> list[tuple[str, bool, bool]]:
        """(device, online, whether it said so itself)."""
        return [(i.device_id, i.online, i.heard) for i in self.items if isinstance(i, Availability)]

    @property
    def refusals(self) -> list[tuple[str, str]]:
        return [(str(item.reason), item.detail) for item in self.items if isinstance(item, Rejected)]


def messages(name: str) -> Iterator[tuple[str, str]]:
    """The recorded lines of a file below the real data's `mqtt`. Skips the test where it is not there."""
    for line in real(DATA / "mqtt" / name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["topic"], row["payload"]


def documents(folder: str) -> dict[str, bytes]:
    """name -> content of the files of a folder below the real data. Skips the test where it is not there."""
    return {path.name: path.read_bytes() for path in sorted(Path(real(DATA / folder)).iterdir())}
