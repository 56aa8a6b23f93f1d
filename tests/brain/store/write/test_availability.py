"""A device that says it is gone is away at once, and back when it is heard again."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from brain.model.query.devices import DevicesOnline
from brain.model.reading import Availability, Reading
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.availability import store_availability
from brain.store.write.readings import store_devices, store_readings
from tests.brain.store.read.filling import ask
from tests.small_city import TOWNS, small_city, small_devices

NOW_MS = 1_772_161_400_000
DEVICE = replace(small_devices()[0], interval_s=60)
TREE = small_city().tree


@pytest.fixture
def heard(store: Store) -> Store:
    """One device, heard a second ago."""
    store.write(lambda conn: store_devices(conn, TREE, [DEVICE], NOW_MS)).result()
    report(store, NOW_MS - 1000)
    return store


def report(store: Store, at_ms: int) -> None:
    reading = Reading(DEVICE.id, "water_level_m", at_ms, 0.1, at_ms)
    area = {DEVICE.id: DEVICE.area_id}
    store.write(lambda conn: store_readings(conn, TREE, [reading], area, tz="Asia/Shanghai")).result()


def say(store: Store, *words: tuple[bool, int, bool]) -> None:
    """(online, time, whether it said so itself)."""
    said = [Availability(DEVICE.id, online, at_ms, itself) for online, at_ms, itself in words]
    store.write(lambda conn: store_availability(conn, TREE, said)).result()


def state(store: Store) -> str:
    (kind,) = ask(store, small_city(), NOW_MS, DevicesOnline()).value.kinds
    counted = {"online": kind.online, "old": kind.old, "never": kind.never}
    return next(name for name, n in counted.items() if n)


def times(store: Store) -> tuple[int | None, int | None]:
    """(last heard, gone since), before now."""
    with store.read() as conn:
        row = conn.execute(select(schema.device)).one()
    heard_ms, gone_ms = (None if ms is None else ms - NOW_MS for ms in (row.last_reported_ms, row.offline_ms))
    return heard_ms, gone_ms


def test_gone_and_back(heard: Store) -> None:
    assert state(heard) == "online"
    say(heard, (False, NOW_MS, True))
    assert state(heard) == "old"
    say(heard, (False, NOW_MS + 5, False))
    assert times(heard) == (-1000, 0), "since it was first said"
    say(heard, (True, NOW_MS + 9, True))
    assert (state(heard), times(heard)) == ("online", (9, None))


def test_what_it_measures_later_says_that_it_is_there(heard: Store) -> None:
    say(heard, (False, NOW_MS - 500, False))
    report(heard, NOW_MS - 100)
    assert state(heard) == "online"


def test_another_may_take_the_word_back_but_cannot_be_heard_for_it(heard: Store) -> None:
    say(heard, (False, NOW_MS - 500, False), (True, NOW_MS - 400, False))
    assert (state(heard), times(heard)) == ("online", (-1000, None))


def test_a_device_whose_clock_is_fast_is_gone_all_the_same(heard: Store) -> None:
    report(heard, NOW_MS + 30_000)
    say(heard, (False, NOW_MS, True))
    assert (state(heard), times(heard)) == ("old", (30_000, 30_000))


def test_never_heard_stays_never_until_it_says_that_it_is_there(store: Store) -> None:
    store.write(lambda conn: store_devices(conn, TREE, [DEVICE], NOW_MS)).result()
    say(store, (False, NOW_MS - 9, True))
    assert state(store) == "never"
    say(store, (True, NOW_MS - 5, True))
    assert state(store) == "online"


def test_only_a_change_is_told(heard: Store) -> None:
    before = heard.versions()
    say(heard, (True, NOW_MS, False))
    assert heard.versions() == before
    say(heard, (False, NOW_MS, False))
    told = {area for (_, area), n in heard.versions().items() if n > before.get(("readings", area), 0)}
    assert told & set(TOWNS)
