"""Many devices at once, from a table: what it would change is shown before it is done, all or nothing."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from brain.model.facts import Facts
from brain.model.reading import Device
from brain.model.scope import Action, Scope
from brain.store import schema
from brain.store.admission import BadDevice, check_device
from brain.store.audited import Doing, carry_out
from brain.store.device_states import REGISTER
from brain.store.engine import Store
from brain.store.portion import portions
from brain.store.version import bump
from brain.store.write.readings import store_devices

SAID = ("kind", "name", "area_id", "lon", "lat", "interval_s")
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Change:
    """`news`: (field, before, after) of a known device; empty for a new one."""

    device_id: str
    news: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`refused`: (device id, field) of what no device may be or the scope does not hold ("outside")."""

    new: tuple[Change, ...]
    changed: tuple[Change, ...]
    same: int
    refused: tuple[tuple[str, str], ...]


def plan_import(conn: Connection, facts: Facts, scope: Scope, devices: Sequence[Device]) -> Plan:
    """What the devices would change. Raises Forbidden, ValueError (too many)."""
    scope.require(Action.DEVICE_EDIT)
    if len(devices) > MOST:
        raise ValueError("too_many_rows")
    known = _known(conn, (device.id for device in devices))
    decided = _decided_by_the_city(conn, facts, scope, (device.id for device in devices if device.id not in known))
    refused = [(device.id, fault) for device in devices if (fault := _fault(facts, scope, device, known, decided))]
    bad = {device_id for device_id, _ in refused}
    good = [device for device in devices if device.id not in bad]
    changes = [Change(device.id, tuple(_news(known[device.id], device))) for device in good if device.id in known]
    return Plan(
        new=tuple(Change(device.id, ()) for device in good if device.id not in known),
        changed=tuple(change for change in changes if change.news),
        same=sum(not change.news for change in changes),
        refused=tuple(refused),
    )


def import_devices(store: Store, facts: Facts, doing: Doing, devices: Sequence[Device], digest: str) -> Plan:
    """Do what `plan_import` tells; `digest` stands for the file in the audit trail. Devices keep the feed they have, a
    new one has that of the waiting list or none. Raises Forbidden, BadDevice for one that cannot be, ValueError."""

    def work(conn: Connection) -> tuple[Plan, str]:
        plan = plan_import(conn, facts, doing.scope, devices)
        if plan.refused:
            raise BadDevice(*plan.refused[0])
        moved = {change.device_id for change in (*plan.new, *plan.changed)}
        wanted = [device for device in devices if device.id in moved]
        known = _known(conn, moved)
        feeds = _feeds(conn, moved)
        kept = [_kept(device, known.get(device.id), feeds.get(device.id, "")) for device in wanted]
        store_devices(conn, facts.tree, kept, doing.now_ms, by_people=True)
        bump(conn, facts.tree, {(REGISTER, device.area_id) for device in kept})
        return plan, f"{len(plan.new)} new, {len(plan.changed)} changed, {plan.same} as before; file {digest}"

    return carry_out(store, doing, "device.import", f"devices:{len(devices)}", work)


def _kept(device: Device, before: Row[Any] | None, feed: str) -> Device:
    if before is not None:
        return replace(device, feed=before.feed, simulated=before.simulated, kept=True)
    return replace(device, feed=feed, kept=True)


def _decided_by_the_city(conn: Connection, facts: Facts, scope: Scope, new: Iterable[str]) -> Collection[str]:
    """New ids that this scope may not bring in: those that wait or were rejected, but for who holds the whole city."""
    return () if scope.holds(facts.tree, facts.tree.root.id) else _feeds(conn, new).keys()


def _fault(facts: Facts, scope: Scope, device: Device, known: dict[str, Row[Any]], decided: Collection[str]) -> str:
    try:
        check_device(facts, device)
    except BadDevice as error:
        return error.field
    if device.id in decided:
        return "outside"
    before = known.get(device.id)
    areas = [device.area_id, *([before.area_id] if before is not None and before.area_id in facts.tree else [])]
    return "" if all(scope.holds(facts.tree, area_id) for area_id in areas) else "outside"


def _news(before: Row[Any], device: Device) -> Iterator[tuple[str, Any, Any]]:
    for field in SAID:
        was, wanted = getattr(before, field), getattr(device, field)
        if was != wanted:
            yield field, was, wanted


def _known(conn: Connection, device_ids: Iterable[str]) -> dict[str, Row[Any]]:
    table = schema.device
    rows: dict[str, Row[Any]] = {}
    for ids in portions(device_ids):
        rows.update((row.id, row) for row in conn.execute(select(table).where(table.c.id.in_(ids))))
    return rows


def _feeds(conn: Connection, device_ids: Iterable[str]) -> dict[str, str]:
    table = schema.waiting_device
    found: dict[str, str] = {}
    for ids in portions(device_ids):
        rows = conn.execute(select(table.c.id, table.c.feed).where(table.c.id.in_(ids)))
        found.update((row.id, row.feed) for row in rows)
    return found
