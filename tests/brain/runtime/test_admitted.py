"""Unknown devices wait with what they said; admitted, all of it is judged and stored once; nothing is without bound."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from brain.model.reading import Device, DeviceState, Reading
from brain.model.scope import Forbidden, Role, Scope
from brain.runtime.acceptance import Window
from brain.runtime.admitted import Admitted
from brain.runtime.runtime import Runtime
from brain.store import schema
from brain.store.admission import BadDevice, admit, edit, reject
from brain.store.audited import Doing
from brain.store.device_import import import_devices, plan_import
from brain.store.engine import Store
from brain.store.write.waiting import Limits, forget_waiting, hold
from tests.brain.runtime.desk import NOW_MS, SEAL, Kitchen, device, kitchen, reading
from tests.small_city import CITY, TOWNS, small_city

FACTS = small_city()
NEW = replace(device(1), kept=False)
SAID = replace(NEW, state=DeviceState.WAITING, name="", area_id="", lon=None, lat=None)


def doing(role: Role = Role.ADMINISTRATOR, area_id: str = CITY) -> Doing:
    return Doing(Scope("chen", role, area_id), "10.0.0.7", NOW_MS, NOW_MS)


def sweep(made: Kitchen) -> int:
    return Admitted(made.store, made.health, made.ingest, ["iot"].__contains__).sweep()


def test_what_an_unknown_device_said_waits_and_is_judged_when_it_is_admitted(store: Store) -> None:
    with kitchen(store) as made:
        assert made.offer([SAID, reading(30), reading(20, 9.0)])
        assert made.offer([SAID, reading(20, 9.0), reading(10, 9.0)])  # one of them again
        waits = made.rows(schema.waiting_device)[0]
        assert (waits.id, waits.kind, waits.area_id, waits.held, waits.beyond) == ("water-1", "water", "", 3, 0)
        assert (made.count(schema.reading), made.count(schema.dead_letter), sweep(made)) == (0, 0, 0)
        assert admit(store, FACTS, doing(), [NEW]).waiting_readings == 3
        assert made.offer([reading(0, 9.0)])  # it speaks on meanwhile, before ingest knows of it
        assert sweep(made) == 4
        assert [r.at_ms for r in made.rows(schema.reading)] == [NOW_MS - s * 1000 for s in (30, 20, 10, 0)]
        assert made.rows(schema.latest)[0].at_ms == NOW_MS
        assert made.count(schema.alert) > 0
        assert (made.count(schema.waiting_device), made.count(schema.waiting_reading), sweep(made)) == (0, 0, 0)


def test_what_one_message_tells_of_the_device_the_next_does_not_take_away(store: Store) -> None:
    placed = replace(SAID, lon=113.05, lat=22.05, area_id="0200101", interval_s=300)
    with kitchen(store) as made:
        assert made.offer([SAID, reading(30)])
        assert made.offer([placed, reading(20), replace(SAID, area_id="020"), reading(10)])
        assert made.offer([replace(SAID, area_id="020", name="W", interval_s=300), reading(0)])
        row = made.rows(schema.waiting_device)[0]
    assert (row.lon, row.lat, row.area_id, row.name, row.held) == (113.05, 22.05, "0200101", "W", 4)


def test_a_crash_before_the_held_ones_are_dropped_doubles_nothing(store: Store) -> None:
    with kitchen(store) as made:
        assert made.offer([reading(20, 9.0), reading(10, 9.0)])
        admit(store, FACTS, doing(), [NEW])
        held = made.rows(schema.waiting_reading)
        sweep(made)
        alerts = made.rows(schema.alert_event)
        store.write(lambda conn: conn.execute(schema.waiting_reading.insert(), [dict(r._mapping) for r in held]))
        made.offer([reading(5, 9.0, number=7)])  # another one waits
        assert made.count(schema.reading) == 2
        store.write(
            lambda conn: hold(conn, "iot", {}, [Reading("water-1", "water_level_m", NOW_MS - 20_000, 9.0, NOW_MS)], 1)
        ).result()
        sweep(made)
        assert made.count(schema.reading) == 2
        assert made.rows(schema.alert_event) == alerts
        assert [row.id for row in made.rows(schema.waiting_device)] == ["water-7"]


def test_what_waited_for_a_feed_that_is_no_more_is_stored_by_the_process_without_shards(store: Store) -> None:
    with kitchen(store) as made:
        assert made.offer([reading(20), reading(10, number=2)])
        parted = update(schema.waiting_reading), update(schema.waiting_device)
        for statement in parted:
            store.write(lambda conn: conn.execute(statement.values(feed="before"))).result()  # noqa: B023
        admit(store, FACTS, doing(), [replace(NEW, feed="before"), replace(device(2), feed="before")])
    for shard, swept in (("iot-north", 0), ("", 2)):
        runtime = Runtime(store, FACTS, made.clock, SEAL, [], retention_days={}, shard=shard)
        runtime.ingest.start()
        assert runtime.admitted.sweep() == swept
        runtime.ingest.stop()
        assert (made.count(schema.reading), made.count(schema.waiting_reading)) == (swept, 2 - swept)


def test_held_ones_older_than_any_window_are_stored_too(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([reading(40 * 86_400)], window=Window(50 * 86_400_000, 0))
        admit(sqlite_store, FACTS, doing(), [NEW])
        assert sweep(made) == 1
        assert made.count(schema.reading) == 1


def test_a_device_that_comes_into_the_register_by_another_way_is_no_stranger_either(sqlite_store: Store) -> None:
    with kitchen(sqlite_store) as made:
        assert made.offer([reading(10)])
        assert made.offer([NEW])
        assert sweep(made) == 1
        assert made.count(schema.waiting_device) == 0


def test_rejected_devices_are_refused_from_then_on(store: Store) -> None:
    with kitchen(store) as made:
        assert made.offer([reading(10)])
        assert reject(store, FACTS, doing(), [("iot", "water-1")]) == 1
        assert made.offer([reading(0)])
        assert [(r.reason, r.place) for r in made.rows(schema.dead_letter)] == [
            ("unknown_device", "water-1 water_level_m")
        ]
        assert made.count(schema.waiting_reading) == 0
        admit(store, FACTS, doing(), [NEW])  # thought better of
        made.ingest.look_again()
        assert made.offer([reading(-1)])
        assert made.count(schema.reading) == 1


def _hold(store: Store, device_id: str, ages_s: range, limits: Limits) -> tuple[int, int]:
    readings = [replace(reading(age), device_id=device_id) for age in ages_s]
    held = store.write(lambda conn: hold(conn, "iot", {}, readings, NOW_MS, limits)).result()
    return len(held.rejected), len(held.crowded)


def test_the_list_is_bounded_and_counts_beyond(store: Store) -> None:
    limits = Limits(devices=2, each=3, total=5)
    assert _hold(store, "a", range(5), limits) == (0, 0)
    assert _hold(store, "a", range(-2, 0), limits) == (0, 0)  # newer ones take the place of the oldest
    assert _hold(store, "b", range(9), limits) == (0, 0)
    assert _hold(store, "c", range(4), limits) == (0, 4)
    with store.read() as conn:
        rows = {r.id: (r.held, r.beyond) for r in conn.execute(select(schema.waiting_device))}
        times = list(
            conn.scalars(select(schema.waiting_reading.c.at_ms).where(schema.waiting_reading.c.device_id == "a"))
        )
    assert rows == {"a": (3, 4), "b": (2, 7)}
    assert sorted(times) == [NOW_MS, NOW_MS + 1000, NOW_MS + 2000]


def test_what_nobody_admits_is_forgotten(store: Store) -> None:
    _hold(store, "a", range(2), Limits())
    assert store.write(lambda conn: forget_waiting(conn, NOW_MS - 1, 500)).result() == 0
    assert store.write(lambda conn: forget_waiting(conn, NOW_MS, 500)).result() == 1
    with store.read() as conn:
        assert conn.execute(select(schema.waiting_reading)).all() == []


def test_a_rejected_one_that_keeps_talking_stays_rejected(store: Store) -> None:
    _hold(store, "a", range(1), Limits())
    reject(store, FACTS, doing(), [("iot", "a")])
    later_ms = NOW_MS + 86_400_000
    for feed in ("iot", "other"):
        said = [Reading("a", "water_level_m", later_ms, 0.1, later_ms)]
        store.write(lambda conn: hold(conn, feed, {}, said, later_ms)).result()  # noqa: B023
    assert store.write(lambda conn: forget_waiting(conn, later_ms - 1, 500)).result() == 0
    with store.read() as conn:
        rows = {row.feed: (row.rejected_ms, row.last_ms) for row in conn.execute(select(schema.waiting_device))}
    assert rows == {"iot": (NOW_MS, later_ms), "other": (None, later_ms)}


def test_what_the_whole_city_decides_on_no_part_of_it_imports(store: Store) -> None:
    _hold(store, "water-1", range(1), Limits())
    _hold(store, "water-2", range(1), Limits())
    reject(store, FACTS, doing(), [("iot", "water-1")])
    wanted = [replace(NEW, id=f"water-{n}", feed="") for n in (1, 2, 3)]
    with store.read() as conn:
        plan = plan_import(conn, FACTS, doing(area_id=NEW.area_id).scope, wanted)
        whole = plan_import(conn, FACTS, doing().scope, wanted)
    assert plan.refused == (("water-1", "outside"), ("water-2", "outside"))
    assert [change.device_id for change in plan.new] == ["water-3"]
    assert (len(whole.new), whole.refused) == (3, ())
    import_devices(store, FACTS, doing(), wanted, "x")
    with store.read() as conn:  # in the register, they are of their area
        plan = plan_import(conn, FACTS, doing(area_id=NEW.area_id).scope, [replace(wanted[0], name="x")])
    assert [change.device_id for change in plan.changed] == ["water-1"]


@pytest.mark.parametrize("who", [doing(Role.OPERATOR), doing(Role.LEADER), doing(area_id=TOWNS[0])])
def test_only_an_administrator_of_the_whole_city_decides(sqlite_store: Store, who: Doing) -> None:
    _hold(sqlite_store, "water-1", range(1), Limits())
    with pytest.raises(Forbidden):
        admit(sqlite_store, FACTS, who, [NEW])
    with pytest.raises(Forbidden):
        reject(sqlite_store, FACTS, who, [("iot", "water-1")])
    with sqlite_store.read() as conn:
        assert [r.result for r in conn.execute(select(schema.audit))] == ["forbidden"] * 2
        assert conn.execute(select(schema.device)).all() == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (replace(NEW, kind="submarine"), "kind"),
        (replace(NEW, area_id="999"), "area_id"),
        (replace(NEW, name=" "), "name"),
        (replace(NEW, name="a\nb"), "name"),
        (replace(NEW, interval_s=0), "interval_s"),
        (replace(NEW, lon=2.0, lat=48.0), "place"),
        (replace(NEW, lon=1e9, lat=48.0), "place"),
    ],
)
def test_what_no_device_may_be_is_named_and_nothing_is_admitted(
    sqlite_store: Store, wanted: Device, field: str
) -> None:
    _hold(sqlite_store, "water-1", range(1), Limits())
    _hold(sqlite_store, "water-2", range(1), Limits())
    with pytest.raises(BadDevice) as caught:
        admit(sqlite_store, FACTS, doing(), [replace(NEW, id="water-2"), wanted])
    assert (caught.value.field, caught.value.device_id) == (field, "water-1")
    with sqlite_store.read() as conn:
        assert conn.execute(select(schema.device)).all() == []


def test_who_is_not_there_cannot_be_admitted(sqlite_store: Store) -> None:
    with pytest.raises(LookupError):
        admit(sqlite_store, FACTS, doing(), [NEW])
    with pytest.raises(LookupError):
        reject(sqlite_store, FACTS, doing(), [("iot", "water-1")])


def test_an_edit_is_written_down_and_stays(store: Store) -> None:
    with kitchen(store) as made:
        assert made.offer([NEW])
        moved = replace(NEW, name="一号泵站", area_id="0200201")
        assert edit(store, FACTS, doing(), moved) == 1
        assert edit(store, FACTS, doing(), moved) == 0
        made.ingest.look_again()
        assert made.offer([NEW])
        row = made.rows(schema.device)[0]
        assert (row.name, row.area_id, row.kept, row.feed) == ("一号泵站", "0200201", True, NEW.feed)
        assert made.rows(schema.audit)[0].detail == "name 一号泵站, area_id 0200201"
        with pytest.raises(Forbidden):
            edit(store, FACTS, doing(area_id=TOWNS[1]), replace(moved, area_id=TOWNS[0]))
