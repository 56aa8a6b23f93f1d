"""What stands on the map: pins of alerts that last, and the devices."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select

from brain.model.alert import Level, TargetKind
from brain.model.query.map import MapDevice, MapPin
from brain.store.portion import portions
from brain.store.read.alert_rows import GRAVEST_FIRST, listed
from brain.store.read.alert_states import IS_ACTIVE
from brain.store.read.ask import Ask
from brain.store.read.freshness import IN_SERVICE, device_state
from brain.store.schema import alert, case, device

Counts = Mapping[str, int]

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


def map_devices(ask: Ask, which: ColumnElement[bool], most: int) -> tuple[tuple[MapDevice, ...], Counts]:
    """Devices in service with a place that fulfil `which`, by id, and how many there are by state. Of more than `most`,
    those that do not speak come first and an even choice of the others fills the rest; of too many silent ones likewise
    an even choice."""
    speaks = device_state(ask)
    placed = (IN_SERVICE, device.c.lon.is_not(None), device.c.lat.is_not(None), which)
    # Ids alone are looked through: of ten thousand devices the map wants few.
    known = ask.conn.execute(select(device.c.id, speaks).where(*placed).order_by(device.c.id)).all()
    chosen = _evenly([device_id for device_id, state in known if state != "fresh"], most)
    chosen += _evenly([device_id for device_id, state in known if state == "fresh"], most - len(chosen))
    found: list[MapDevice] = []
    for ids in portions(chosen):
        rows = ask.conn.execute(
            select(device, speaks.label("speaks")).where(device.c.id.in_(ids)).order_by(device.c.id)
        )
        found += [MapDevice(row.id, row.kind, row.lon, row.lat, row.speaks, row.name, row.area_id) for row in rows]
    return tuple(found), dict(Counter(state for _, state in known))


def _evenly(ids: list[str], most: int) -> list[str]:
    """All, or `most` of them at even distances."""
    return ids if len(ids) <= most else [ids[number * len(ids) // most] for number in range(most)]
