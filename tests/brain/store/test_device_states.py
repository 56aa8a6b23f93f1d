"""States of devices: who may set them, what they do to judging and counting, and that they end by themselves."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from brain.model.query.devices import DevicesOnline
from brain.model.reading import DeviceState
from brain.model.scope import Forbidden, Role, Scope
from brain.store import schema
from brain.store.audited import Doing
from brain.store.device_states import NewState, end_states, set_state
from brain.store.engine import Store
from brain.store.judged import seen_devices
from brain.store.write.readings import store_devices
from tests.brain.runtime.desk import NOW_MS, device, kitchen, reading
from tests.brain.store.read.filling import ask
from tests.small_city import CITY, TOWNS, small_city, small_devices

FACTS = small_city()
REPAIR = NewState(DeviceState.MAINTENANCE, "泵站检修", NOW_MS + 60_000)


def doing(role: Role = Role.OPERATOR, area_id: str = CITY) -> Doing:
    return Doing(Scope("li", role, area_id), "10.0.0.7", NOW_MS, NOW_MS)


def known(store: Store) -> None:
    store.write(lambda conn: store_devices(conn, FACTS.tree, small_devices(), NOW_MS)).result()


def trail(store: Store) -> list[tuple[str, str, str, str]]:
    with store.read() as conn:
        return [(r.actor, r.target, r.result, r.detail) for r in conn.execute(select(schema.audit))]


def test_who_until_when_and_why_is_kept_and_written_down(store: Store) -> None:
    known(store)
    assert set_state(store, FACTS, doing(), ["water-1"], REPAIR) == 1
    assert set_state(store, FACTS, doing(), ["water-1"], REPAIR) == 0
    known(store)  # its feed says once more what it is
    with store.read() as conn:
        row = conn.execute(select(schema.device).where(schema.device.c.id == "water-1")).one()
    assert (row.state, row.state_by, row.state_why) == ("maintenance", "li", "泵站检修")
    assert (row.state_since_ms, row.state_until_ms) == (NOW_MS, NOW_MS + 60_000)
    assert trail(store)[0] == ("li", "device:water-1", "done", f"maintenance until {NOW_MS + 60_000}: 泵站检修")


@pytest.mark.parametrize(
    ("who", "new"),
    [
        (doing(Role.LEADER), REPAIR),
        (doing(Role.UNIT), REPAIR),
        (doing(area_id=TOWNS[2]), REPAIR),
        (doing(), NewState(DeviceState.RETIRED, "拆除")),
        (doing(), NewState(DeviceState.COMMISSIONING, "调试")),
    ],
)
def test_what_a_role_or_an_area_does_not_allow_is_refused_and_written_down(
    sqlite_store: Store, who: Doing, new: NewState
) -> None:
    known(sqlite_store)
    with pytest.raises(Forbidden):
        set_state(sqlite_store, FACTS, who, ["water-1"], new)
    assert [result for _, _, result, _ in trail(sqlite_store)] == ["forbidden"]


def test_what_was_retired_only_an_administrator_brings_back(sqlite_store: Store) -> None:
    known(sqlite_store)
    set_state(sqlite_store, FACTS, doing(Role.ADMINISTRATOR), ["water-1"], NewState(DeviceState.RETIRED, "拆除"))
    with pytest.raises(Forbidden):
        set_state(sqlite_store, FACTS, doing(), ["water-1"], NewState(DeviceState.ACTIVE))


def test_all_or_none(sqlite_store: Store) -> None:
    known(sqlite_store)
    with pytest.raises(LookupError):
        set_state(sqlite_store, FACTS, doing(), ["water-1", "nobody"], REPAIR)
    for bad, why in ((replace(REPAIR, why=" "), "why"), (replace(REPAIR, until_ms=NOW_MS), "until")):
        with pytest.raises(ValueError, match=why):
            set_state(sqlite_store, FACTS, doing(), ["water-1", "water-2"], bad)
    with sqlite_store.read() as conn:
        assert set(conn.scalars(select(schema.device.c.state))) == {"active"}


def test_maintenance_ends_by_itself(store: Store) -> None:
    known(store)
    set_state(store, FACTS, doing(), ["water-1", "water-2"], REPAIR)
    over = NOW_MS + 60_000
    assert store.write(lambda conn: end_states(conn, FACTS.tree, over - 1, over)).result() == 0
    assert store.write(lambda conn: end_states(conn, FACTS.tree, over, over)).result() == 2
    with store.read() as conn:
        assert set(conn.scalars(select(schema.device.c.state))) == {"active"}
        assert set(conn.scalars(select(schema.device.c.state_until_ms))) == {None}
        assert [seen.in_state_ms for seen in seen_devices(conn, only=["water-1", "water-3"])] == [over, None]
    assert [target for actor, target, *_ in trail(store) if not actor] == ["device:water-1", "device:water-2"]


@pytest.mark.parametrize("state", [DeviceState.MAINTENANCE, DeviceState.COMMISSIONING, DeviceState.RETIRED])
def test_out_of_service_nothing_is_raised_and_nobody_is_counted(store: Store, state: DeviceState) -> None:
    with kitchen(store) as made:
        assert made.offer([device(1), device(2), reading(2, 0.1)])
        before = ask(store, FACTS, NOW_MS, DevicesOnline()).value.total
        set_state(store, FACTS, doing(Role.ADMINISTRATOR), ["water-1"], NewState(state, "x"))
        made.ingest.look_again()
        assert made.offer([reading(0, 9.0)])
        assert made.offer([device(1), reading(-1, 9.0)])  # what its feed says of it changes nothing
        assert made.count(schema.alert) == 0
        assert made.count(schema.reading) == 3
        assert ask(store, FACTS, NOW_MS, DevicesOnline()).value.total == before - 1
        set_state(store, FACTS, doing(Role.ADMINISTRATOR), ["water-1"], NewState(DeviceState.ACTIVE))
        made.ingest.look_again()
        assert made.offer([reading(-2, 9.0)])
        assert made.count(schema.alert) == 1


def test_what_people_settled_a_feed_does_not_change(store: Store) -> None:
    mine = replace(small_devices()[0], name="一号泵站", kept=True)
    theirs = replace(mine, name="P-1", kept=False)
    with kitchen(store) as made:
        store.write(lambda conn: store_devices(conn, FACTS.tree, [mine], NOW_MS, by_people=True)).result()
        made.ingest.look_again()
        assert made.offer([theirs])
        assert made.ingest.known_device(mine.id) == mine
        store.write(lambda conn: store_devices(conn, FACTS.tree, [theirs], NOW_MS)).result()
        assert [row.name for row in made.rows(schema.device)] == ["一号泵站"]
