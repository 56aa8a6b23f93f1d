"""The clock of a city: a replay goes on where its first start began, whoever starts it again."""

from pathlib import Path

import pytest

import app
from brain.model.clock import ReplayClock, WallClock
from brain.runtime.city_store import make_clock
from brain.store.engine import Store
from brain.store.errors import StoreError

START_MS = 1_451_577_600_000  # 2016 in Beijing


def plan(tmp_path: Path, clock: str) -> app.Plan:
    path = tmp_path / "config.yaml"
    path.write_text(f"city: zhongshan\nclock: {clock}\n", encoding="utf-8")
    return app.read_plan(path, {})


def replay(more: str = "speed: 60") -> str:
    return f"{{mode: replay, start: 2016-01-01T00:00:00+08:00, {more}}}"


def at(real_ms: int) -> WallClock:
    return WallClock(lambda: real_ms)


def test_a_second_start_of_a_replay_goes_on_where_the_first_would_be(tmp_path: Path, store: Store) -> None:
    city = plan(tmp_path, replay())
    assert make_clock(city, store, at(1_000_000)).now_ms() == START_MS
    assert make_clock(city, store, at(1_010_000)).now_ms() == START_MS + 600_000


def test_an_anchor_in_the_config_is_the_anchor(tmp_path: Path, sqlite_store: Store) -> None:
    clock = make_clock(plan(tmp_path, replay("anchor: 1970-01-01T00:00:10+00:00")), sqlite_store, at(12_000))
    assert isinstance(clock, ReplayClock)
    assert clock.now_ms() == START_MS + 2000


def test_another_replay_on_the_same_store_is_refused(tmp_path: Path, sqlite_store: Store) -> None:
    make_clock(plan(tmp_path, replay()), sqlite_store, at(1_000_000))
    with pytest.raises(StoreError, match=r"starts at 2015-12-31T16:00:00\+00:00 with speed 60.0"):
        make_clock(plan(tmp_path, replay("speed: 30")), sqlite_store, at(1_010_000))
    assert make_clock(plan(tmp_path, replay()), sqlite_store, at(1_010_000)).now_ms() == START_MS + 600_000


def test_without_a_replay_city_time_is_real_time(tmp_path: Path, sqlite_store: Store) -> None:
    assert make_clock(plan(tmp_path, "{}"), sqlite_store, at(77)).now_ms() == 77
