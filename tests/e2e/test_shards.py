"""Two processes of feeds that share one feed by topic, on one PostgreSQL and one broker: one of them is killed."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from brain.store import schema
from brain.store.claims import seen_workers
from brain.store.engine import reading_only
from tests.e2e.program import ROOT, Program, shipped_config
from tests.feeds.desk import NOW_MS
from tests.feeds.speaker import Speaker
from tests.services.mosquitto import Mosquitto
from tests.services.waiting import wait_until

pytestmark = [pytest.mark.broker, pytest.mark.postgres]
SHARDS = {"east": ["city/442000101/#"], "west": ["city/442000103/#"]}
AREAS = ("442000101", "442000103")
TAKEN_OVER_S = 10


def config_for(broker: Mosquitto, url: str, folder: Path) -> dict[str, Any]:
    shipped = shipped_config()
    mapping = {
        "pattern": "city/{area}/{kind}/{device}",
        "metrics": [{"metric": "water_level_m", "path": "v"}],
        "time": "ts",
        "device": {"register_new": True, "interval_s": 60},
    }
    return shipped | {
        "city": str(ROOT / "cities" / shipped["city"]),
        "store": {"folder": str(folder), "url": url},
        "broker": {
            "embedded": False,
            "host": broker.host,
            "port": broker.port,
            "user": broker.username,
            "password": broker.password,
        },
        "feeds": {"iot_mqtt": {"topics": [mapping], "shards": SHARDS, "accept_past_s": 365 * 86_400}},
        "retention": {"reading_days": 1000},
    }


class Shared:
    """What the two have in common."""

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def holders(self) -> dict[str, str]:
        """Of the shards whose feed is connected."""
        with reading_only(self._url) as conn:
            state = schema.feed_state
            well = set(conn.scalars(select(state.c.feed).where(state.c.status == "well")))
            return {name: holder for name, holder in seen_workers(conn).holders.items() if holder and name in well}

    def rows(self, *what: Any) -> list[Any]:
        with reading_only(self._url) as conn:
            return list(conn.execute(select(*what)))


@pytest.fixture
def workers(tmp_path: Path, mosquitto: Mosquitto, postgres_url: str) -> Iterator[tuple[Program, Program]]:
    """On one machine: they share a folder."""
    config = config_for(mosquitto, postgres_url, tmp_path / "var")
    both = Program(tmp_path / "first", config, "feeds"), Program(tmp_path / "second", config, "feeds")
    both[0].launch()
    both[1].start("are running")
    yield both
    for program in both:
        if program.running:
            program.end_well()


def message(number: int) -> tuple[str, bytes]:
    at_s = NOW_MS // 1000 - 3000 + number // 20
    return f"city/{AREAS[number % 2]}/water_level/w-{number % 20}", orjson.dumps({"v": 0.01, "ts": at_s})


def test_when_one_of_two_is_killed_the_other_takes_over_and_nothing_is_lost_or_doubled(
    workers: tuple[Program, Program], mosquitto: Mosquitto, postgres_url: str
) -> None:
    shared = Shared(postgres_url)
    wait_until(lambda: len(set(shared.holders.values())) == 2, "each to have one shard")
    with Speaker(mosquitto) as speaker:
        speaker.say(message(n) for n in range(1000))
        before = shared.holders
        workers[0].end(signal.SIGKILL)
        speaker.say(message(n) for n in range(1000, 2000))
        left = wait_until(lambda: _others(shared.holders, before), "the other one to have both", TAKEN_OVER_S)
        assert len(left) == 1
        speaker.say(message(n) for n in range(2000, 3000))
    reading, rollup, state = schema.reading, schema.reading_rollup, schema.feed_state
    wait_until(lambda: len(shared.rows(reading.c.at_ms)) >= 3000, "all readings")
    stored = {(row.device_id, row.at_ms) for row in shared.rows(reading.c.device_id, reading.c.at_ms)}
    assert stored == {(f"w-{n % 20}", (NOW_MS // 1000 - 3000 + n // 20) * 1000) for n in range(3000)}
    assert shared.rows(func.sum(rollup.c.count).filter(rollup.c.span_s == 300)) == [(3000,)]
    assert dict(shared.rows(state.c.feed, state.c.status)) == {"iot_mqtt-east": "well", "iot_mqtt-west": "well"}
    assert "already connected" not in mosquitto.log


def _others(now: dict[str, str], before: dict[str, str]) -> set[str]:
    """Who has both now."""
    holders = set(now.values())
    return holders if len(now) == 2 and len(holders) == 1 and holders <= set(before.values()) else set()
