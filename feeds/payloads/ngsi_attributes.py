"""Entities of a context broker in all their forms (NGSI-v2 and NGSI-LD; normalized, concise, keyValues, GeoJSON) taken
apart: what an attribute is worth, when, and in which unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feeds.payloads.geo_point import point_of
from feeds.payloads.numbers import NotANumber, to_number

NULL = "urn:ngsi-ld:null"  # NGSI-LD: the attribute was deleted
_TIMES_OF_ATTRIBUTE = ("observedAt", "TimeInstant", "timestamp", "dateObserved")
_TIMES_OF_ENTITY = ("observedAt", "TimeInstant", "dateObserved", "dateObservedTo", "observationDateTime", "timestamp")
_SHORT = re.compile(r"[^/#]+\Z")


@dataclass(frozen=True, slots=True)
class Attribute:
    """`at` and `unit_code` as sent, None where the attribute does not say."""

    value: object
    at: object
    unit_code: str | None


@dataclass(frozen=True, slots=True)
class Entity:
    id: str
    type: str
    attributes: Mapping[str, Attribute]

    def at(self) -> object:
        """When it was observed as a whole, as sent; None where it does not say."""
        found = (self.attributes[name].value for name in _TIMES_OF_ENTITY if name in self.attributes)
        return next((value for value in found if isinstance(value, str) and value), None)

    def place(self) -> tuple[float, float] | None:
        """(lon, lat)."""
        if "location" not in self.attributes:
            return None
        value = self.attributes["location"].value
        return _pair(value) if isinstance(value, str) else point_of(value)

    def text(self, name: str) -> str:
        found = self.attributes[name].value if name in self.attributes else ""
        return str(found).strip() if isinstance(found, str | int) else ""


def short(name: str) -> str:
    """The last part of a name that was expanded by a @context: https://uri.example/ns#pm25 -> pm25."""
    found = _SHORT.search(name)
    return found[0] if found else name


def entity_of(document: object) -> Entity | None:
    """None for what is no entity."""
    if not isinstance(document, dict):
        return None
    parts: dict[str, Any] = document
    if document.get("type") == "Feature" and isinstance(document.get("properties"), dict):
        parts = {**document["properties"], "id": document.get("id"), "location": document.get("geometry")}
    own_id, own_type = parts.get("id", parts.get("@id")), parts.get("type", parts.get("@type"))
    if isinstance(own_type, list) and own_type:
        own_type = own_type[0]
    if not (isinstance(own_id, str) and isinstance(own_type, str) and own_id and own_type):
        return None
    known = ("id", "@id", "type", "@type", "@context")
    attributes = {short(name): attribute_of(raw) for name, raw in parts.items() if name not in known}
    return Entity(own_id, short(own_type), attributes)


def attribute_of(raw: object) -> Attribute:
    if isinstance(raw, list) and raw and all(isinstance(each, dict) and "value" in each for each in raw):
        # Several sources of one attribute: the one that names none is the usual.
        raw = next((each for each in raw if "datasetId" not in each), raw[0])
    if not isinstance(raw, dict) or not ("value" in raw or "object" in raw):
        return Attribute(_plain(raw), None, None)
    said = raw.get("metadata")
    more = said if isinstance(said, dict) else {}
    told = {**{short(name): each for name, each in more.items()}, **raw}
    times = (_plain(told[name]) for name in _TIMES_OF_ATTRIBUTE if name in told)
    at = next((each for each in times if each), None)
    code = _plain(told.get("unitCode"))
    return Attribute(_plain(raw.get("value", raw.get("object"))), at, code if isinstance(code, str) and code else None)


def _plain(value: object) -> object:
    """Without the wrapping that metadata and typed JSON-LD values wear."""
    while isinstance(value, dict):
        inner = next((value[key] for key in ("@value", "value") if key in value), None)
        if inner is None:
            return value
        value = inner
    return value


def _pair(text: str) -> tuple[float, float] | None:
    """geo:point of NGSI-v2, latitude first."""
    try:
        lat, lon = (to_number(part) for part in text.split(","))
    except (NotANumber, ValueError):
        return None
    return None if lat is None or lon is None else (lon, lat)
