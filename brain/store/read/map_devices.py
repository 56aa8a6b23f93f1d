"""The devices of a map: each by itself where they are few, else counted together, so that what a map costs does not
grow with the city."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from brain.model.area import Area
from brain.model.query.map import MapCluster, MapDevice
from brain.store.read.ask import Ask
from brain.store.read.freshness import IN_SERVICE, device_state
from brain.store.read.map_areas import shown_area_of
from brain.store.schema import device

MOST_ALONE = 60
CELLS = 8
"""Cells a side in which the devices of an area without parts are counted."""

_Sum = tuple[str, str, int, float, float]
"""(area or cell, state, devices, sum of their longitudes, of their latitudes)."""


def devices_on_map(
    ask: Ask, shown: Sequence[Area]
) -> tuple[tuple[MapDevice, ...], tuple[MapCluster, ...], Mapping[str, int]]:
    """Devices in service with a place: (those shown alone, the others together, how many are in each state)."""
    sums = _by_area(ask)
    counts: Counter[str] = Counter()
    for _, state, n, _, _ in sums:
        counts[state] += n
    total, silent = sum(counts.values()), sum(n for state, n in counts.items() if state != "fresh")
    if total <= MOST_ALONE:
        return _alone(ask), (), dict(counts)
    if silent <= MOST_ALONE:
        return _alone(ask, device_state(ask) != "fresh"), (), dict(counts)
    if len(shown) > 1:
        owner = shown_area_of(ask, tuple(shown))
        return (), _clusters({area_id: owner.get(area_id, "") for area_id, *_ in sums}, sums), dict(counts)
    cells = _by_cell(ask)
    return (), _clusters({cell: shown[0].id for cell, *_ in cells}, cells, apart=True), dict(counts)


def _placed(ask: Ask) -> tuple[ColumnElement[bool], ...]:
    return IN_SERVICE, device.c.lon.is_not(None), device.c.lat.is_not(None), ask.inside(device.c.area_id)


def _by_area(ask: Ask) -> list[_Sum]:
    state = device_state(ask).label("speaks")
    columns = (device.c.area_id, state, func.count(), func.sum(device.c.lon), func.sum(device.c.lat))
    rows = ask.conn.execute(select(*columns).where(*_placed(ask)).group_by(device.c.area_id, state))
    return [tuple(row) for row in rows]


def _by_cell(ask: Ask) -> list[_Sum]:
    """Over the box that holds the devices; databases round in ways of their own, so it is done here."""
    rows = ask.conn.execute(select(device.c.lon, device.c.lat, device_state(ask)).where(*_placed(ask))).all()
    lons, lats = [row[0] for row in rows], [row[1] for row in rows]
    west, south = min(lons), min(lats)
    step_x, step_y = ((max(edge) - min(edge)) / CELLS or 1.0 for edge in (lons, lats))
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for lon, lat, state in rows:
        column, line = (min(int(way), CELLS - 1) for way in ((lon - west) / step_x, (lat - south) / step_y))
        cell = found[f"{column} {line}", state]
        cell[0], cell[1], cell[2] = cell[0] + 1, cell[1] + lon, cell[2] + lat
    return [(cell, state, int(n), x, y) for (cell, state), (n, x, y) in found.items()]


def _clusters(owner: Mapping[str, str], sums: Iterable[_Sum], apart: bool = False) -> tuple[MapCluster, ...]:
    """`owner`: the area shown that holds an area or cell, "" for none; `apart`: each cell stays by itself."""
    together: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0, 0.0, 0.0])
    for part, state, n, x, y in sums:
        if owner[part]:
            held = together[owner[part], part if apart else ""]
            held[0], held[1] = held[0] + n, held[1] + (n if state != "fresh" else 0)
            held[2], held[3] = held[2] + x, held[3] + y
    return tuple(
        MapCluster(area_id, x / n, y / n, int(n), int(silent))
        for (area_id, _), (n, silent, x, y) in sorted(together.items())
    )


def _alone(ask: Ask, *which: ColumnElement[bool]) -> tuple[MapDevice, ...]:
    columns: tuple[Any, ...] = (device, device_state(ask).label("speaks"))
    rows = ask.conn.execute(select(*columns).where(*_placed(ask), *which).order_by(device.c.id))
    return tuple(MapDevice(row.id, row.kind, row.lon, row.lat, row.speaks, row.name, row.area_id) for row in rows)
