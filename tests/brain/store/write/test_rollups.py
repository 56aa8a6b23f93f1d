"""Rollups of areas: made from dirty buckets, bottom up, never missing what is stored at the same time."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select

from brain.model.area import Area, AreaTree
from brain.model.reading import Reading
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.readings import store_devices, store_readings
from brain.store.write.rollups import make_area_rollups
from tests.brain.store.write.readings_oracle import devices_in, stored
from tests.services.overlap import overlapping
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree

DEVICES = devices_in([VILLAGES[0], VILLAGES[1], TOWNS[0], TOWNS[1]])
AREA_OF = {device.id: device.area_id for device in DEVICES}
HOUR_MS = 3_600_000


def _put(conn: Connection, *values: tuple[str, float | None], at_ms: int = HOUR_MS - 1) -> None:
    readings = [Reading(device, "air", at_ms, value, at_ms) for device, value in values]
    store_readings(conn, small_tree(), readings, AREA_OF, tz="UTC")


def _hours(store: Store) -> dict[str, tuple[object, ...]]:
    """Hour rollups by area: count, devices, sum, min, max."""
    with store.read() as conn:
        return {key[0]: row for key, row in stored(conn)["area_rollup"].items() if key[2:] == (3600, HOUR_MS)}


def _dirty(store: Store) -> int:
    with store.read() as conn:
        return conn.scalar(select(func.count()).select_from(schema.dirty_bucket)) or 0


def _make(store: Store, limit: int = 1000) -> int:
    return store.write(lambda conn: make_area_rollups(conn, small_tree(), limit)).result()


@pytest.fixture
def known(store: Store) -> Store:
    store.write(lambda conn: store_devices(conn, small_tree(), DEVICES, 0)).result()
    return store


def test_an_area_holds_its_devices_and_all_areas_below(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d0", 1.0), ("d1", 5.0), ("d2", None), ("d3", -2.0))).result()
    assert _hours(known) == {}
    assert _make(known) == 4 * 3  # one bucket per area and span
    assert _hours(known) == {
        VILLAGES[0]: (1, 1, 1.0, 1.0, 1.0),
        VILLAGES[1]: (1, 1, 5.0, 5.0, 5.0),
        TOWNS[0]: (2, 2, 6.0, 1.0, 5.0),  # its own device measured badly
        TOWNS[1]: (1, 1, -2.0, -2.0, -2.0),
        CITY: (3, 3, 4.0, -2.0, 5.0),
    }
    assert _make(known) == 0


def test_a_late_reading_has_its_bucket_made_again(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d0", 1.0))).result()
    _make(known)
    known.write(lambda conn: _put(conn, ("d0", 9.0), at_ms=HOUR_MS * 30)).result()
    known.write(lambda conn: _put(conn, ("d0", 3.0), at_ms=HOUR_MS - 2)).result()
    _make(known)
    assert _hours(known)[CITY] == (2, 1, 4.0, 1.0, 3.0)


def test_what_a_moved_device_measured_is_counted_once(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d0", 1.0))).result()
    _make(known)
    there = replace(DEVICES[0], area_id=TOWNS[1])
    known.write(lambda conn: store_devices(conn, small_tree(), [there], HOUR_MS)).result()
    later = [Reading("d0", "air", HOUR_MS, 2.0, HOUR_MS)]
    areas = {"d0": TOWNS[1]}
    known.write(lambda conn: store_readings(conn, small_tree(), later, areas, tz="UTC")).result()
    _make(known)
    hours = _hours(known)
    assert hours[CITY] == hours[TOWNS[1]] == (2, 1, 3.0, 1.0, 2.0)
    assert hours[TOWNS[0]] == hours[VILLAGES[0]] == (0, 0, 0.0, None, None)


def test_a_bucket_with_bad_values_only_says_so(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d0", None))).result()
    _make(known)
    assert _hours(known)[CITY] == (0, 0, 0.0, None, None)


def test_a_limit_leaves_the_rest_for_the_next_call(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d0", 1.0), ("d3", 2.0))).result()
    taken = [_make(known, limit=4), _make(known, limit=4), _make(known, limit=4)]
    assert taken == [4, 2, 0]
    assert _hours(known)[CITY] == (2, 2, 3.0, 1.0, 2.0)


def test_made_areas_count_up_their_versions(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d3", 1.0))).result()
    before = known.versions()
    _make(known)
    after = known.versions()
    assert {key for key in after if after[key] > before.get(key, 0)} == {("readings", TOWNS[1]), ("readings", CITY)}
    _make(known)
    assert known.versions() == after


def test_buckets_of_an_area_the_city_no_longer_has_are_dropped(known: Store) -> None:
    known.write(lambda conn: _put(conn, ("d0", 1.0), ("d3", 2.0))).result()
    smaller = AreaTree([Area(CITY, None, "city", "c", "c"), Area(TOWNS[1], CITY, "town", "t", "t")])
    known.write(lambda conn: make_area_rollups(conn, smaller)).result()
    assert _dirty(known) == 0
    assert _hours(known) == {TOWNS[1]: (1, 1, 2.0, 2.0, 2.0), CITY: (1, 1, 2.0, 2.0, 2.0)}


@pytest.mark.postgres
@pytest.mark.parametrize("readings_first", [True, False])
def test_readings_stored_at_the_same_time_are_not_missed(
    postgres_store: Store, postgres_url: str, readings_first: bool
) -> None:
    """The bucket is dirty already. Whoever comes second waits for the first, and nothing of either is lost."""
    store = postgres_store
    store.write(lambda conn: store_devices(conn, small_tree(), DEVICES, 0)).result()
    store.write(lambda conn: _put(conn, ("d0", 1.0))).result()

    def read_in(conn: Connection) -> None:
        _put(conn, ("d0", 3.0), at_ms=HOUR_MS - 2)

    def make(conn: Connection) -> None:
        make_area_rollups(conn, small_tree())

    first, second = (read_in, make) if readings_first else (make, read_in)
    overlapping(store, postgres_url, first, second)
    _make(store)
    assert _hours(store)[CITY] == (2, 1, 4.0, 1.0, 3.0)
