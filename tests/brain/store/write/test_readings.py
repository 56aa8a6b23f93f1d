"""Readings: in whatever order and however often they come, the store holds what it would had they come in order."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from brain.model.clock import utc_ms
from brain.model.reading import Device, DeviceState, Reading
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.readings import ReadingResult, store_devices, store_readings
from brain.store.write.rollups import make_area_rollups
from tests.brain.store.write.readings_oracle import Rows, devices_in, expected, stored, tried
from tests.services.overlap import overlapping
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree

TZ = "Asia/Shanghai"
DEVICES = devices_in([VILLAGES[0], VILLAGES[1], TOWNS[0], TOWNS[1]])
AREA_OF = {device.id: device.area_id for device in DEVICES}
NOON_MS = utc_ms(datetime(2024, 5, 1, 4, tzinfo=UTC))
MINUTE_MS = 60_000

# Around a midnight of the city, on and beside the borders of buckets.
_times = st.integers(-36, 36).map(lambda k: NOON_MS + 12 * 60 * MINUTE_MS + k * 50_000)
_values = st.none() | st.integers(-400, 400).map(lambda k: k / 4)
_keys = st.tuples(st.sampled_from([d.id for d in DEVICES]), st.sampled_from(["air", "noise"]), _times)
_readings = st.dictionaries(_keys, _values, min_size=1, max_size=25).map(
    lambda found: [Reading(*key, value, key[2] + 500) for key, value in found.items()]
)


@dataclass(frozen=True)
class Plan:
    """Every reading at least once, some again, in any order, cut into batches anywhere; after a batch so many dirty
    buckets are made (None: no maker comes by)."""

    readings: list[Reading]
    batches: list[tuple[list[Reading], int | None]]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    readings = draw(_readings)
    again = draw(st.lists(st.sampled_from(readings), max_size=10))
    line = draw(st.permutations([*readings, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(line)), max_size=4)))
    makers = draw(st.lists(st.none() | st.integers(1, 9), min_size=5, max_size=5))
    batches = [line[start:end] for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True)]
    return Plan(readings, list(zip(batches, makers, strict=False)))


def _deliver(conn: Connection, plan: Plan) -> dict[str, Rows]:
    tree = small_tree()
    store_devices(conn, tree, DEVICES, NOON_MS)
    for batch, most in plan.batches:
        store_readings(conn, tree, batch, AREA_OF, tz=TZ)
        if most is not None:
            make_area_rollups(conn, tree, limit=most)
    while make_area_rollups(conn, tree, limit=50) == 50:
        pass
    return stored(conn)


def _check(store: Store, plan: Plan) -> None:
    assert tried(store, lambda conn: _deliver(conn, plan)) == expected(plan.readings, AREA_OF, small_tree(), TZ)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans())
def test_any_order_with_repetitions_equals_one_in_order(sqlite_store: Store, plan: Plan) -> None:
    _check(sqlite_store, plan)


@pytest.mark.postgres
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans())
def test_any_order_equals_one_in_order_on_postgresql(postgres_store: Store, plan: Plan) -> None:
    _check(postgres_store, plan)


# --- one by one --------------------------------------------------------------------------------------------------
def _put(store: Store, *readings: Reading) -> ReadingResult:
    return store.write(lambda conn: store_readings(conn, small_tree(), readings, AREA_OF, tz=TZ)).result()


def _reading(minute: int, value: float | None, device: str = "d0", metric: str = "air") -> Reading:
    return Reading(device, metric, NOON_MS + minute * MINUTE_MS, value, NOON_MS + minute * MINUTE_MS + 250)


@pytest.fixture
def known(store: Store) -> Store:
    """A store that knows the devices."""
    store.write(lambda conn: store_devices(conn, small_tree(), DEVICES, NOON_MS)).result()
    return store


def test_new_repeated_and_late_are_told_apart(known: Store) -> None:
    assert _put(known, _reading(0, 1.0), _reading(5, 2.0), _reading(0, 1.0)) == ReadingResult(2, 1, 0)
    assert _put(known, _reading(3, 9.0), _reading(5, 2.0), _reading(6, 3.0)) == ReadingResult(2, 1, 1)
    assert _put(known, _reading(6, 3.0)) == ReadingResult(0, 1, 0)
    assert _put(known) == ReadingResult(0, 0, 0)


def test_the_first_delivery_of_a_moment_counts(known: Store) -> None:
    _put(known, _reading(0, 1.0), _reading(0, 7.0))
    _put(known, _reading(0, 8.0))
    with known.read() as conn:
        assert conn.scalars(select(schema.reading.c.value)).all() == [1.0]
        assert conn.scalars(select(schema.latest.c.value)).all() == [1.0]
        assert set(conn.scalars(select(schema.reading_rollup.c.sum))) == {1.0}


def test_a_late_reading_does_not_become_the_latest(known: Store) -> None:
    _put(known, _reading(10, 1.0))
    _put(known, _reading(2, 99.0))
    with known.read() as conn:
        latest = conn.execute(select(schema.latest)).one()
        device = conn.execute(select(schema.device).where(schema.device.c.id == "d0")).one()
        assert conn.scalar(select(schema.dirty_bucket.c.end_ms).where(schema.dirty_bucket.c.span_s == 300)) is not None
    assert (latest.at_ms, latest.value, latest.received_ms) == (NOON_MS + 600_000, 1.0, NOON_MS + 600_250)
    assert (device.last_reported_ms, device.last_changed_ms) == (NOON_MS + 600_000, NOON_MS + 600_000)


@pytest.mark.postgres
def test_an_older_reading_stored_at_the_same_time_does_not_become_the_latest(
    postgres_store: Store, postgres_url: str
) -> None:
    """The second writer knew nothing of the newer reading when it looked."""
    tree = small_tree()
    postgres_store.write(lambda conn: store_devices(conn, tree, DEVICES, NOON_MS)).result()
    newer, older = _reading(10, 1.0), _reading(2, 99.0)
    overlapping(
        postgres_store,
        postgres_url,
        lambda conn: store_readings(conn, tree, [newer], AREA_OF, tz=TZ),
        lambda conn: store_readings(conn, tree, [older], AREA_OF, tz=TZ),
    )
    with postgres_store.read() as conn:
        found = stored(conn)
    wanted = expected([newer, older], AREA_OF, tree, TZ)
    assert [found[name] for name in ("reading", "latest", "reading_rollup", "device")] == [
        wanted[name] for name in ("reading", "latest", "reading_rollup", "device")
    ]


def test_a_device_reports_without_changing(known: Store) -> None:
    def times() -> tuple[int | None, int | None]:
        device = schema.device
        with known.read() as conn:
            query = select(device.c.last_reported_ms, device.c.last_changed_ms).where(device.c.id == "d0")
            reported, changed = conn.execute(query).one()
        return (None if reported is None else (reported - NOON_MS) // MINUTE_MS), (
            None if changed is None else (changed - NOON_MS) // MINUTE_MS
        )

    assert times() == (None, None)
    _put(known, _reading(1, 5.0), _reading(2, 5.0))
    assert times() == (2, 1)
    _put(known, _reading(3, 5.0))
    assert times() == (3, 1)
    _put(known, _reading(4, 5.0, metric="noise"))  # the first of its kind differs from nothing
    assert times() == (4, 4)
    _put(known, _reading(5, None))
    assert times() == (5, 5)
    _put(known, _reading(5, None))
    assert times() == (5, 5)


def test_a_bad_value_is_the_latest_and_counts_as_bad(known: Store) -> None:
    _put(known, _reading(1, 4.0), _reading(2, None))
    with known.read() as conn:
        assert conn.scalar(select(schema.latest.c.value)) is None
        assert stored(conn)["reading_rollup"]["d0", "air", 300, NOON_MS + 300_000][:6] == (1, 1, 4.0, 4.0, 4.0, None)


def test_whole_and_broken_numbers_may_be_mixed(known: Store) -> None:
    """JSON has one kind of number, Python has two."""
    _put(known, _reading(1, 5), _reading(2, 5.5), _reading(3, None), _reading(4, -1))
    with known.read() as conn:
        assert stored(conn)["reading_rollup"]["d0", "air", 300, NOON_MS + 300_000][:6] == (3, 1, 9.5, -1.0, 5.5, -1.0)


def test_new_readings_count_up_the_versions_of_their_areas_and_repeated_do_not(known: Store) -> None:
    before = known.versions()
    _put(known, _reading(0, 1.0), _reading(1, 1.0))
    after = known.versions()
    assert {key for key in after if after[key] > before.get(key, 0)} == {("readings", TOWNS[0]), ("readings", CITY)}
    _put(known, _reading(0, 1.0))
    assert known.versions() == after


def test_a_device_without_area_is_refused_whole(known: Store) -> None:
    with pytest.raises(KeyError, match="stranger"):
        _put(known, _reading(0, 1.0), _reading(0, 1.0, device="stranger"))
    with known.read() as conn:
        assert conn.scalars(select(schema.reading)).all() == []


def test_more_rows_than_one_statement_takes(known: Store) -> None:
    readings = [_reading(minute, minute / 4, device=f"d{minute % 4}") for minute in range(8000)]
    assert _put(known, *readings[:50]).new == 50
    assert _put(known, *readings) == ReadingResult(7950, 50, 0)
    with known.read() as conn:
        values = conn.scalars(select(schema.reading.c.value).order_by(schema.reading.c.at_ms)).all()
    assert values == [minute / 4 for minute in range(8000)]


# --- devices -----------------------------------------------------------------------------------------------------
def test_devices_are_added_once_and_follow_what_is_said_of_them(store: Store) -> None:
    def offer(*devices: Device) -> int:
        return store.write(lambda conn: store_devices(conn, small_tree(), devices, NOON_MS)).result()

    assert offer(*DEVICES) == 4
    versions = store.versions()
    assert offer(*DEVICES) == 0
    assert offer() == 0
    assert store.versions() == versions
    moved = Device("d0", "air", "moved", TOWNS[2], None, None, 30, "f", True, DeviceState.MAINTENANCE)
    assert offer(DEVICES[0], moved) == 1
    with store.read() as conn:
        row = conn.execute(select(schema.device).where(schema.device.c.id == "d0")).one()
    assert (row.name, row.area_id, row.lon, row.interval_s, row.simulated) == ("moved", TOWNS[2], None, 30, True)
    assert (row.state, row.created_ms) == ("active", NOON_MS), "its state is for people to say"
    changed = {area for (_, area), n in store.versions().items() if n > versions.get(("readings", area), 0)}
    assert changed == {TOWNS[0], TOWNS[2], CITY}, "the area it left and the one it came to"


def test_what_a_device_reported_survives_its_renaming(known: Store) -> None:
    _put(known, _reading(1, 5.0))
    known.write(
        lambda conn: store_devices(conn, small_tree(), [Device("d0", "air", "new", VILLAGES[0], 1, 2, 60, "f")], 1)
    ).result()
    with known.read() as conn:
        row = conn.execute(select(schema.device).where(schema.device.c.id == "d0")).one()
    assert (row.name, row.last_reported_ms) == ("new", NOON_MS + MINUTE_MS)
