"""Viewers are told the newest counters of their area, merged; never a queue."""

import asyncio

import pytest

from brain.store.engine import Store
from brain.store.version import bump
from dashboard.push.hub import INPUTS, Hub
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree

TREE = small_tree()


def change(store: Store, name: str, area_id: str) -> None:
    store.write(lambda conn: bump(conn, TREE, [(name, area_id)])).result(30)


def test_a_change_reaches_the_area_and_all_above_it(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, TREE)
        with hub.started(), hub.slot(TOWNS[0]) as town, hub.slot(TOWNS[1]) as other, hub.slot(CITY) as city:
            await asyncio.to_thread(change, store, "tickets", TOWNS[0])
            async with asyncio.timeout(20):
                await city.news.wait()
            assert town.take() == city.take() == {"tickets": 1}
            assert other.take() == {}
            assert hub.versions(CITY) == {**dict.fromkeys(INPUTS, 0), "tickets": 1}

    asyncio.run(run())


def test_a_village_follows_its_town(store: Store) -> None:
    async def run() -> None:
        hub = Hub(store, TREE)
        with hub.started(), hub.slot(VILLAGES[0]) as village:
            await asyncio.to_thread(change, store, "readings", VILLAGES[1])  # of the same town
            async with asyncio.timeout(20):
                await village.news.wait()
            assert village.take() == {"readings": 1}
            assert hub.versions(VILLAGES[0]) == hub.versions(TOWNS[0])

    asyncio.run(run())


def test_a_viewer_that_does_not_read_is_told_the_newest_only() -> None:
    async def run() -> None:
        hub = Hub(None, TREE)  # type: ignore[arg-type]
        with hub.slot(CITY) as slow:
            for n in range(1, 1001):
                hub.take_over({("readings", CITY): n, ("feeds", CITY): 2 * n})
            assert slow.take() == {"readings": 1000, "feeds": 2000}
            assert slow.take() == {}
            assert not slow.news.is_set()

    asyncio.run(run())


def test_an_older_counter_is_no_news() -> None:
    async def run() -> None:
        hub = Hub(None, TREE)  # type: ignore[arg-type]
        hub.take_over({("readings", CITY): 5})
        with hub.slot(CITY) as slot:
            hub.take_over({("readings", CITY): 5})
            hub.take_over({("readings", CITY): 4})
            assert slot.take() == {}
            assert hub.versions(CITY)["readings"] == 5

    asyncio.run(run())


def test_alerts_are_urgent_and_nothing_else() -> None:
    async def run() -> None:
        hub = Hub(None, TREE)  # type: ignore[arg-type]
        with hub.slot(CITY) as slot:
            hub.take_over({("readings", CITY): 1, ("tickets", CITY): 1, ("feeds", CITY): 1, ("indicators", CITY): 1})
            assert (slot.news.is_set(), slot.urgent.is_set()) == (True, False)
            hub.take_over({("alerts", CITY): 1})
            assert slot.urgent.is_set()
            slot.take()
            assert not slot.urgent.is_set()

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
