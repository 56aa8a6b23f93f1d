"""Viewers are told the newest counters of their area, merged; never a queue."""

import asyncio
import time

import pytest

from brain.store.engine import Store
from brain.store.version import bump
from dashboard.push.hub import INPUTS, Hub, Slot
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree

TREE = small_tree()
NOW_S = 1000.0


def change(store: Store, name: str, area_id: str) -> None:
    store.write(lambda conn: bump(conn, TREE, [(name, area_id)])).result(30)


def test_a_change_reaches_the_area_and_all_above_it(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, TREE)
        with hub.started(), hub.slot(TOWNS[0]) as town, hub.slot(TOWNS[1]) as other, hub.slot(CITY) as city:
            await asyncio.to_thread(change, store, "tickets", TOWNS[0])
            async with asyncio.timeout(20):
                await city.due.wait()
            assert town.take(NOW_S) == city.take(NOW_S) == {"tickets": 1}
            assert other.take(NOW_S) == {}
            assert hub.versions(CITY) == {**dict.fromkeys(INPUTS, 0), "tickets": 1}

    asyncio.run(run())


def test_a_village_follows_its_town(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, TREE)
        with hub.started(), hub.slot(VILLAGES[0]) as village:
            await asyncio.to_thread(change, store, "readings", VILLAGES[1])  # of the same town
            async with asyncio.timeout(20):
                await village.due.wait()
            assert village.take(NOW_S) == {"readings": 1}
            assert hub.versions(VILLAGES[0]) == hub.versions(TOWNS[0])

    asyncio.run(run())


def test_a_viewer_that_does_not_read_is_told_the_newest_only() -> None:
    async def run() -> None:
        hub = Hub(None, TREE)  # type: ignore[arg-type]
        with hub.slot(CITY) as slow:
            for n in range(1, 1001):
                hub.take_over({("readings", CITY): n, ("feeds", CITY): 2 * n})
            assert slow.take(NOW_S) == {"readings": 1000, "feeds": 2000}
            assert slow.take(NOW_S) == {}
            assert not slow.due.is_set()

    asyncio.run(run())


def test_an_older_counter_is_no_news() -> None:
    async def run() -> None:
        hub = Hub(None, TREE)  # type: ignore[arg-type]
        hub.take_over({("readings", CITY): 5})
        with hub.slot(CITY) as slot:
            hub.take_over({("readings", CITY): 5})
            hub.take_over({("readings", CITY): 4})
            assert slot.take(NOW_S) == {}
            assert hub.versions(CITY)["readings"] == 5

    asyncio.run(run())


def test_a_change_after_a_pause_is_told_at_once_and_those_that_follow_it_wait() -> None:
    async def run() -> None:
        slot = Slot(CITY, interval_s=1.0)
        slot.put("readings", 1, NOW_S)
        assert slot.due.is_set()
        assert slot.take(NOW_S) == {"readings": 1}
        slot.put("readings", 2, NOW_S + 0.25)
        assert not slot.due.is_set()
        slot.put("tickets", 1, NOW_S + 0.5)  # another input, which was silent
        assert slot.due.is_set()
        assert slot.take(NOW_S + 0.5) == {"readings": 2, "tickets": 1}
        slot.put("tickets", 2, NOW_S + 1.5)
        assert slot.due.is_set()

    asyncio.run(run())


def test_what_is_held_back_is_due_by_itself_when_its_time_has_come() -> None:
    async def run() -> None:
        slot = Slot(CITY, interval_s=0.02)
        slot.put("readings", 1, time.monotonic())
        slot.put("tickets", 1, time.monotonic())
        told_s = time.monotonic()
        slot.take(told_s)
        slot.put("readings", 2, told_s + 0.01)
        slot.beat()
        assert not slot.due.is_set(), "a heartbeat hurries nothing"
        slot.put("tickets", 2, told_s + 0.012)
        async with asyncio.timeout(20):
            await slot.due.wait()
        assert time.monotonic() >= told_s + 0.01
        assert slot.take(time.monotonic()) == {"readings": 2, "tickets": 2}
        slot.beat()
        assert slot.due.is_set()

    asyncio.run(run())


def test_alerts_never_wait() -> None:
    async def run() -> None:
        slot = Slot(CITY, interval_s=1.0)
        for n in range(3):
            slot.put("alerts", n, NOW_S)
            assert slot.due.is_set()
            slot.take(NOW_S)
            assert not slot.due.is_set()

    asyncio.run(run())


def test_slots_go_with_their_viewers() -> None:
    async def run() -> None:
        hub = Hub(None, TREE)  # type: ignore[arg-type]
        with hub.slot(CITY), hub.slot(CITY), hub.slot(TOWNS[0]):
            assert hub.viewers == 3
        assert hub.viewers == 0
        with pytest.raises(KeyError), hub.slot("nowhere"):
            pass

    asyncio.run(run())


def test_counters_of_before_the_start_are_known(store: Store) -> None:
    change(store, "tickets", CITY)

    async def run() -> int:
        hub = Hub(store, TREE)
        with hub.started():
            return hub.versions(CITY)["tickets"]

    assert asyncio.run(run()) == 1


def test_refresh_reads_what_this_process_was_not_told(store: Store) -> None:
    async def run() -> int:
        hub = Hub(store, TREE)  # not started: hears nothing
        await asyncio.to_thread(change, store, "tickets", CITY)
        assert hub.versions(CITY)["tickets"] == 0
        await hub.refresh()
        return hub.versions(CITY)["tickets"]

    assert asyncio.run(run()) == 1
