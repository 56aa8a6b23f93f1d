"""What stands on the map: pins of alerts that last, and the devices."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, and_, cast, func, select
from sqlalchemy import case as when

from brain.model.alert import Level, TargetKind
from brain.model.query.map import MapDevice, MapPin
from brain.store.read.alert_rows import GRAVEST_FIRST, listed
from brain.store.read.alert_states import IS_ACTIVE
from brain.store.read.ask import Ask
from brain.store.read.freshness import IN_SERVICE, device_state
from brain.store.schema import alert, case, device

MOST_DEVICES = 2000
_MOST_PINS = 500


def pins(ask: Ask) -> tuple[MapPin, ...]:
    """Of the alerts this viewer may see, gravest first. A lost feed has no place and gets no pin."""
    found = ask.conn.execute(
        select(alert, device.c.lon, device.c.lat, case.c.grid_lon, case.c.grid_lat)
        .outerjoin_from(
            alert, device, and_(alert.c.target_kind == TargetKind.DEVICE.value, device.c.id == alert.c.target_id)
        )
        .outerjoin(case, and_(alert.c.target_kind == TargetKind.CASE.value, case.c.id == alert.c.target_id))
        .where(IS_ACTIVE, listed(ask), alert.c.target_kind != TargetKind.FEED.value)
        .order_by(*GRAVEST_FIRST)
        .limit(_MOST_PINS)
    )
    return tuple(pin for pin in (_pin(ask, row) for row in found) if pin is not None)


def _pin(ask: Ask, row: Row[Any]) -> MapPin | None:
    place = _place(ask, row)
    rule = ask.facts.rules.get(row.rule_id)
    if place is None:
        return None
    return MapPin(
        alert_id=row.id,
        level=Level(row.level),
        lon=place[0],
        lat=place[1],
        title=rule.name if rule else row.rule_id,
        title_en=rule.name_en if rule else row.rule_id,
        area_id=row.area_id,
    )


def _place(ask: Ask, row: Row[Any]) -> tuple[float, float] | None:
    if row.lon is not None and row.lat is not None:
        return row.lon, row.lat
    if row.grid_lon is not None and row.grid_lat is not None:
        return row.grid_lon, row.grid_lat
    return ask.facts.tree.get(row.area_id).centroid if row.area_id in ask.facts.tree else None


def map_devices(ask: Ask, which: ColumnElement[bool], most: int = MOST_DEVICES) -> tuple[MapDevice, ...]:
    """Devices in service with a place that fulfil `which`, by id. Of more than `most`, those that do not speak come
    first and an even choice of the others fills the rest; of too many silent ones likewise an even choice."""
    speaks = device_state(ask)
    talks = when((speaks == "fresh", 1), else_=0)
    among: dict[str, Any] = {"partition_by": talks}
    numbered = (
        select(device, speaks.label("speaks"), talks.label("talks"))
        .add_columns(func.row_number().over(order_by=device.c.id, **among).label("number"))
        .add_columns(func.count().over(**among).label("n"), func.sum(1 - talks).over().label("silent"))
        .where(IN_SERVICE, device.c.lon.is_not(None), device.c.lat.is_not(None), which)
        .subquery()
    )
    left = when((numbered.c.silent < most, most - numbered.c.silent), else_=0)
    room = when((numbered.c.talks == 1, left), else_=most)
    # Of n rows numbered from 1, those are kept where number * room / n reaches the next whole number: exactly `room`.
    reached = cast(numbered.c.number * room, BigInteger) // numbered.c.n
    before = cast((numbered.c.number - 1) * room, BigInteger) // numbered.c.n
    kept = select(numbered).where((numbered.c.n <= room) | (reached > before)).order_by(numbered.c.id)
    return tuple(MapDevice(row.id, row.kind, row.lon, row.lat, row.speaks, row.name) for row in ask.conn.execute(kept))
