"""The map of an area."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from brain.model.alert import Level
from brain.model.query.answer import Query
from brain.model.reading import Metric


@dataclass(frozen=True, slots=True)
class AreaMap(Query):
    """`colour`: "tickets" (today's tickets per 10,000 people, or count where population is unknown), or a metric id.

    Answered with MapView, never None: the map is drawn, grey, also without data."""

    inputs: ClassVar[tuple[str, ...]] = ("tickets", "readings", "alerts")
    colour: str = "tickets"


@dataclass(frozen=True, slots=True)
class MapArea:
    """`state`: "value", "stale" or "none" (no data); `value` in the unit of the map."""

    area_id: str
    value: float | None
    state: str
    as_of_ms: int | None


@dataclass(frozen=True, slots=True)
class MapPin:
    alert_id: str
    level: Level
    lon: float
    lat: float
    title: str
    title_en: str
    area_id: str


@dataclass(frozen=True, slots=True)
class MapDevice:
    device_id: str
    kind: str
    lon: float
    lat: float
    state: str  # fresh, old, never
    name: str = ""
    area_id: str = ""


@dataclass(frozen=True, slots=True)
class MapCluster:
    """The devices of an area, or of a cell of one: the middle of their places, how many there are and how many of them
    do not report."""

    area_id: str
    lon: float
    lat: float
    total: int
    silent: int


@dataclass(frozen=True, slots=True)
class MapView:
    """`devices`: all where they are few; of many the silent ones where those are few; else none, but `clusters`.
    `device_counts`: how many there are in each state."""

    areas: tuple[MapArea, ...]
    pins: tuple[MapPin, ...]
    devices: tuple[MapDevice, ...]
    unit_key: str  # catalogue key of the unit, e.g. map.unit.per_10k
    metric: Metric | None = None
    device_counts: Mapping[str, int] = field(default_factory=dict)
    clusters: tuple[MapCluster, ...] = ()
