"""Datastreams of OGC SensorThings (1.0, 1.1): which are wanted, whose they are, in which unit, and where their
observations are asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from pydantic import Field

from brain.feed import MetricId, Rejected
from brain.model.reading import Metric
from brain.model.reason import Reason
from feeds.payloads.geo_point import point_of
from feeds.payloads.json_mapping import Stanza
from feeds.payloads.paths import MISSING, Path, pick
from feeds.payloads.record_readings import to_base
from feeds.payloads.ticket_rows import cell_text
from feeds.payloads.unit_codes import UCUM
from feeds.payloads.units import Linear

EXPANDED = "Thing/Locations,ObservedProperty"
_CODE = re.compile(r"[^:#]+\Z")


class PropertyMapping(Stanza):
    """One observed property that is a metric of the city."""

    property: str = Field(min_length=1, description="Name or definition of the ObservedProperty.")
    metric: MetricId = Field(description="Metric of the city.")
    unit: str | None = Field(default=None, description="Unit of the results; empty: what the datastream says.")
    kind: str = Field(default="", description="Kind of new devices that measure it; empty: device.kind.")


@dataclass(frozen=True, slots=True)
class Datastream:
    """`key` tells it from others of the server; `observations`: address of its observations."""

    key: str
    observations: str
    device_id: str
    name: str
    place: tuple[float, float] | None
    metric: str
    kind: str
    linear: Linear


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`id_path`: where a Thing says its id."""

    base: str
    properties: Sequence[PropertyMapping]
    metrics: dict[str, Metric]
    id_path: Path
    prefix: str

    def read(self, document: object, place: str) -> Iterator[Datastream | Rejected]:
        """Nothing for one whose property nobody listed."""
        if not isinstance(document, dict) or cell_text(document.get("@iot.id")) == "":
            yield Rejected(Reason.MALFORMED, "no datastream: it has no @iot.id", place)
            return
        wanted = self._wanted(document.get("ObservedProperty"))
        if wanted is None:
            return
        thing = document.get("Thing")
        own_id = pick(thing, self.id_path)
        if own_id is MISSING or not cell_text(own_id):
            detail = f"its Thing has no id at {self.id_path.text!r}; the server must expand Thing, or set device_id"
            yield Rejected(Reason.MISSING_FIELD, detail, place)
            return
        linear = self._linear(wanted, document.get("unitOfMeasurement"))
        if isinstance(linear, str):
            yield Rejected(Reason.BAD_FIELD, linear, place)
            return
        told: dict[str, Any] = thing if isinstance(thing, dict) else {}
        yield Datastream(
            key=cell_text(document["@iot.id"]),
            observations=self._observations(document),
            device_id=f"{self.prefix}{cell_text(own_id)}",
            name=cell_text(told.get("name")),
            place=_place(told.get("Locations")),
            metric=wanted.metric,
            kind=wanted.kind,
            linear=linear,
        )

    def _wanted(self, observed: object) -> PropertyMapping | None:
        if not isinstance(observed, dict):
            return None
        called = {cell_text(observed.get("name")), cell_text(observed.get("definition"))}
        return next((mapping for mapping in self.properties if mapping.property in called), None)

    def _linear(self, wanted: PropertyMapping, unit: object) -> Linear | str:
        """The conversion, or what is wrong. A datastream without any unit is taken as the metric is kept."""
        metric = self.metrics[wanted.metric]
        said = [wanted.unit] if wanted.unit is not None else _units(unit)
        trouble = ""
        for name in said or [None]:
            try:
                return to_base(metric, name)
            except ValueError as error:
                trouble = trouble or str(error)
        return f"{trouble}; or set unit of the property {wanted.property!r}"[:400]

    def _observations(self, document: dict[str, Any]) -> str:
        link = document.get("Observations@iot.navigationLink")
        if isinstance(link, str) and link:
            return urljoin(f"{self.base}/", link)
        own_id = document["@iot.id"]
        key = str(own_id) if isinstance(own_id, int) else "'" + str(own_id).replace("'", "''") + "'"
        return f"{self.base}/Datastreams({quote(key, safe=chr(39))})/Observations"


def _units(unit: object) -> list[str | None]:
    """What a unitOfMeasurement may be called here, the likeliest first."""
    if not isinstance(unit, dict):
        return []
    said = [cell_text(unit.get(key)) for key in ("symbol", "definition", "name")]
    code = _CODE.search(said[1])
    names = [said[0], code[0] if code else "", said[2]]
    return [UCUM.get(name, name) for name in names if name]


def _place(locations: object) -> tuple[float, float] | None:
    if not isinstance(locations, list) or not locations or not isinstance(locations[0], dict):
        return None
    return point_of(locations[0].get("location"))
