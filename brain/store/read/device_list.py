"""The register as people look through it: filtered, a page at a time, and one device with what it measures now."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, true

from brain.model.facts import Facts
from brain.model.reading import Device, DeviceState
from brain.model.scope import Scope
from brain.store.read.ask import Ask
from brain.store.read.freshness import device_state
from brain.store.read.metric_rows import as_device
from brain.store.schema import device, latest
from brain.store.storable import storable


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which devices: "" and None are all. `silent`: in service, but not heard within their interval or never; `words`
    stand in their id or name, upper and lower case alike."""

    kind: str = ""
    area_id: str = ""
    state: DeviceState | None = None
    silent: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """`speaks` is fresh, old or never, by its own expected interval. `reported_ms`: when it last said anything,
    `changed_ms`: when it last said something else than before; `until_ms`, `by`, `why` are of its state. City time."""

    device: Device
    speaks: str
    reported_ms: int | None
    changed_ms: int | None
    since_ms: int | None
    until_ms: int | None
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class DevicePage:
    """`total` of all pages; `after` where the next one begins, None: this is the last."""

    rows: tuple[ListedDevice, ...]
    total: int
    after: str | None


@dataclass(frozen=True, slots=True)
class MeasuredNow:
    metric: str
    value: float | None
    at_ms: int


def list_devices(
    conn: Connection, facts: Facts, scope: Scope, chosen: Chosen, after_id: str, limit: int, now_ms: int
) -> DevicePage:
    """Devices of the scope by id, after one of them ("": from the first). Raises Forbidden for an area outside it."""
    ask, which = _asked(conn, facts, scope, chosen, now_ms)
    total = conn.scalar(select(func.count()).select_from(device).where(*which)) or 0
    rows = list(conn.execute(_rows(ask, which).where(device.c.id > storable(after_id, 64)).limit(limit + 1)))
    more = len(rows) > limit
    return DevicePage(tuple(_listed(row) for row in rows[:limit]), total, rows[limit - 1].id if more else None)


def each_device(conn: Connection, facts: Facts, scope: Scope, chosen: Chosen, now_ms: int) -> Iterator[ListedDevice]:
    """All of them, for a file. Raises Forbidden."""
    ask, which = _asked(conn, facts, scope, chosen, now_ms)
    return (_listed(row) for row in conn.execute(_rows(ask, which)))


def find_device(
    conn: Connection, facts: Facts, scope: Scope, device_id: str, now_ms: int
) -> tuple[ListedDevice, tuple[MeasuredNow, ...]] | None:
    """A device of the scope, with its newest values; None for no such one, also of another area."""
    ask, which = _asked(conn, facts, scope, Chosen(), now_ms)
    row = conn.execute(_rows(ask, (*which, device.c.id == storable(device_id, 64)))).one_or_none()
    if row is None:
        return None
    values = select(latest.c.metric, latest.c.value, latest.c.at_ms).where(latest.c.device_id == row.id)
    return _listed(row), tuple(MeasuredNow(*found) for found in conn.execute(values.order_by(latest.c.metric)))


def _asked(
    conn: Connection, facts: Facts, scope: Scope, chosen: Chosen, now_ms: int
) -> tuple[Ask, tuple[ColumnElement[bool], ...]]:
    area_id = chosen.area_id or scope.area_id
    scope.require_area(facts.tree, area_id)
    ask = Ask(conn, facts, scope, area_id, now_ms)
    in_service = device.c.state == DeviceState.ACTIVE.value
    return ask, (
        ask.inside(device.c.area_id),
        device.c.kind == storable(chosen.kind, 32) if chosen.kind else true(),
        device.c.state == chosen.state.value if chosen.state else true(),
        in_service & (device_state(ask) != "fresh") if chosen.silent else true(),
        _named(storable(chosen.words, 64)) if chosen.words else true(),
    )


def _named(words: str) -> ColumnElement[bool]:
    return device.c.id.icontains(words, autoescape=True) | device.c.name.icontains(words, autoescape=True)


def _rows(ask: Ask, which: tuple[ColumnElement[bool], ...]) -> Any:
    return select(device, device_state(ask).label("speaks")).where(*which).order_by(device.c.id)


def _listed(row: Row[Any]) -> ListedDevice:
    return ListedDevice(
        as_device(row),
        row.speaks,
        row.last_reported_ms,
        row.last_changed_ms,
        row.state_since_ms,
        row.state_until_ms,
        row.state_by or "",
        row.state_why or "",
    )
