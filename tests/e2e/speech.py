"""What tests tell a running city by its own doors: readings over the broker, tickets in the folder of the hotline."""

import json
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion

from tests.e2e.program import GAUGES, Program
from tests.feeds.speaker import Speaker

TOWN = "442000103"  # 东凤, of the default city
_KINDS = {"noise_db": "noise", "water_level_m": "water_level", "air_pm25_ugm3": "air"}


def measure(program: Program, metric: str, value: float, device: str = "gauge-1", area: str = TOWN) -> None:
    """A device of the test's own says what it measures now. Returns when the broker has it."""
    now_ms = program.ask("/api/versions")["now"]
    payload = json.dumps({"at": now_ms, "metrics": {metric: value}}).encode()
    with Speaker(program.broker, f"test-{device}", MQTTProtocolVersion.MQTTv311) as speaker:
        speaker.say([(f"{GAUGES}/{area}/{_KINDS[metric]}/{device}", payload)])


def call(program: Program, number: str, area: str = TOWN, **fields: Any) -> None:
    """A ticket received at this moment is written to the hotline's folder."""
    row = {
        "number": number,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "closed": None,
        "category": "environment.noise.life",
        "title": "夜间邻里噪音",
        "text": "来电人王小明，电话 13812345678，反映楼上深夜装修。",
        "name": "王小明",
        "phone": "13812345678",
        "address": "测试路 1 号 201",
        "lon": None,
        "lat": None,
        "area": area,
        "state": "received",
        "urgent": False,
        **fields,
    }
    with (program.folder / "calls" / "desk.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
