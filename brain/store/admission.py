"""People decide on the waiting list: a device is admitted to the register, or rejected. They also settle what a device
is. Unregistered devices belong to no area, so that only administrators of the whole city see to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select, tuple_, update

from brain.model.facts import Facts
from brain.model.reading import Device
from brain.model.scope import Action
from brain.store import schema
from brain.store.audit import Result, record
from brain.store.audited import Doing, carry_out
from brain.store.device_states import REGISTER
from brain.store.engine import Store
from brain.store.version import bump, bump_everywhere
from brain.store.write.readings import store_devices
from brain.store.write.waiting import drop_held

MOST_AT_ONCE = 500
_SOONEST_S, _LATEST_S = 1, 86_400

Key = tuple[str, str]
"""(feed, device id)."""


class BadDevice(ValueError):
    """What is wrong with a device as somebody wants it: `field` is kind, area_id, name, interval_s, place or id."""

    def __init__(self, device_id: str, field: str) -> None:
        super().__init__(f"{device_id}: {field}")
        self.device_id = device_id
        self.field = field


@dataclass(frozen=True, slots=True)
class Admission:
    admitted: int
    waiting_readings: int


def admit(store: Store, facts: Facts, doing: Doing, devices: Sequence[Device]) -> Admission:
    """Take devices of the waiting list into the register; ingest then gets what they said meanwhile (brain/runtime/
    admitted.py). `feed` and `simulated` of each are those of the waiting one. All or none. Raises Forbidden,
    LookupError (one waits no longer), BadDevice."""
    named = {(device.feed, device.id): device for device in devices}

    def work(conn: Connection) -> tuple[Admission, str]:
        _whole_city(facts, doing)
        _check_number(len(named))
        waiting = schema.waiting_device
        key = tuple_(waiting.c.feed, waiting.c.id)
        rows = list(conn.execute(select(waiting).where(key.in_(list(named))).with_for_update()))
        if not rows or len(rows) != len(named):
            raise LookupError("a device waits no longer")
        for device in named.values():
            check_device(facts, device)
        _again(conn, list(named))
        store_devices(conn, facts.tree, [replace(d, kept=True) for d in named.values()], doing.now_ms, by_people=True)
        bump(conn, facts.tree, {(REGISTER, device.area_id) for device in named.values()})
        _each(conn, doing, "device.admit", [f"{d.kind} of {d.area_id}" for d in named.values()], list(named))
        held = sum(row.held for row in rows)
        return Admission(len(rows), held), f"{held} readings had waited"

    return carry_out(store, doing, "device.admit", _target(list(named)), work)


def reject(store: Store, facts: Facts, doing: Doing, keys: Sequence[Key]) -> int:
    """Let go of what devices said, and refuse what they will say; how many readings were let go of. Raises Forbidden,
    LookupError, BadDevice."""
    keys = sorted(set(keys))

    def work(conn: Connection) -> tuple[int, str]:
        _whole_city(facts, doing)
        _check_number(len(keys))
        waiting = schema.waiting_device
        same = tuple_(waiting.c.feed, waiting.c.id).in_(keys)
        done = update(waiting).where(same).values(rejected_by=doing.scope.actor, rejected_ms=doing.now_ms, held=0)
        there = conn.execute(select(waiting.c.id).where(same).with_for_update()).all()
        if not keys or len(there) != len(keys):
            raise LookupError("a device waits no longer")
        dropped = drop_held(conn, keys)
        conn.execute(done)
        bump_everywhere(conn, facts.tree, REGISTER)
        _each(conn, doing, "device.reject", ["" for _ in keys], keys)
        return dropped, f"{dropped} readings were let go of"

    return carry_out(store, doing, "device.reject", _target(keys), work)


def edit(store: Store, facts: Facts, doing: Doing, device: Device) -> int:
    """Settle what a known device is; 0 where that changes nothing. Its state stays. Raises Forbidden, LookupError,
    BadDevice."""

    def work(conn: Connection) -> tuple[int, str]:
        doing.scope.require(Action.DEVICE_EDIT)
        table = schema.device
        before = conn.execute(select(table).where(table.c.id == device.id).with_for_update()).one_or_none()
        if before is None:
            raise LookupError("there is no such device")
        tree = facts.tree
        doing.scope.require_area(tree, before.area_id if before.area_id in tree else tree.root.id)
        check_device(facts, device)
        doing.scope.require_area(tree, device.area_id)
        mine = replace(device, kept=True, feed=before.feed, simulated=before.simulated)
        changed = store_devices(conn, tree, [mine], doing.now_ms, by_people=True)
        if changed:
            bump(conn, tree, {(REGISTER, before.area_id), (REGISTER, device.area_id)})
        said = ("kind", "name", "area_id", "lon", "lat", "interval_s")
        news = [f"{name} {getattr(mine, name)}" for name in said if getattr(before, name) != getattr(mine, name)]
        return changed, ", ".join(news)

    return carry_out(store, doing, "device.edit", f"device:{device.id}"[:128], work)


def check_device(facts: Facts, device: Device) -> None:
    """Raises BadDevice for what no device may be."""
    kinds = facts.device_kinds
    faults: dict[str, Callable[[], bool]] = {
        "kind": lambda: device.kind not in kinds if kinds else not device.kind,
        "name": lambda: not device.name.strip() or len(device.name) > 128 or not device.name.isprintable(),
        "area_id": lambda: device.area_id not in facts.tree,
        "interval_s": lambda: not _SOONEST_S <= device.interval_s <= _LATEST_S,
        "place": lambda: device.lon is not None and device.lat is not None and _far(facts, device.lon, device.lat),
    }
    for field, is_wrong in faults.items():
        if is_wrong():
            raise BadDevice(device.id, field)


def _far(facts: Facts, lon: float, lat: float) -> bool:
    return not (-180 <= lon <= 180 and -90 <= lat <= 90) or facts.tree.is_far(lon, lat)


def _whole_city(facts: Facts, doing: Doing) -> None:
    doing.scope.require(Action.DEVICE_EDIT)
    doing.scope.require_area(facts.tree, facts.tree.root.id)


def _check_number(n: int) -> None:
    if n > MOST_AT_ONCE:
        raise ValueError("too_many")


def _again(conn: Connection, keys: Sequence[Key]) -> None:
    """One that was rejected and is admitted after all."""
    waiting = schema.waiting_device
    same = tuple_(waiting.c.feed, waiting.c.id).in_(list(keys))
    conn.execute(update(waiting).where(same).values(rejected_by=None, rejected_ms=None))


def _each(conn: Connection, doing: Doing, action: str, details: Sequence[str], keys: Sequence[Key]) -> None:
    """Of several, each can be looked for by its name."""
    if len(keys) > 1:
        for (feed, device_id), detail in zip(keys, details, strict=True):
            record(conn, doing.deed(action, f"device:{device_id}", Result.DONE, f"{feed} {detail}".strip()))


def _target(keys: Sequence[Key]) -> str:
    return f"device:{keys[0][1]}"[:128] if len(keys) == 1 else f"devices:{len(keys)}"
