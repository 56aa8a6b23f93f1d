"""Zigbee2MQTT: `bridge/devices` announces, `<name>` tells states, `<name>/availability` who is there.

https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html
"""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from types import MappingProxyType

from pydantic import Field

from brain.model.reason import Reason
from feeds.payloads.convention import (
    About,
    Announced,
    Arrived,
    ConventionSettings,
    Heard,
    Measured,
    Name,
    Present,
    TopicBase,
    Value,
)
from feeds.payloads.flat_values import flat
from feeds.payloads.json_document import inner, json_document, json_object, words
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm
from feeds.payloads.topic_base import Below

_MOST_DEVICES = 5000
# What is announced where the list of devices came, else as the project documents it; and as which quantity.
_USUAL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "temperature": ("°C", "temperature"),
        "humidity": ("%", "humidity"),
        "pressure": ("hPa", "atmospheric_pressure"),
        "battery": ("%", "battery"),
        "illuminance": ("lx", "illuminance"),
        "pm25": ("µg/m³", "pm25"),
        "pm10": ("µg/m³", "pm10"),
        "noise": ("dBA", "sound_pressure"),
        "co2": ("ppm", "carbon_dioxide"),
        "soil_moisture": ("%", "moisture"),
        "voltage": ("mV", "voltage"),
        "power": ("W", "power"),
        "energy": ("kWh", "energy"),
        "current": ("A", "current"),
    }
)


class Settings(ConventionSettings):
    usual_prefix = "z2m"

    base: TopicBase = Field(default="zigbee2mqtt", description="Base topic of the bridge; may hold {area}.")
    interval_s: int = Field(default=3600, gt=0, le=7 * 86_400, description="Interval of new devices, seconds.")


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._below = Below(settings.base)
        self._zone = zone
        self._models: dict[str | None, dict[str, tuple[str, dict[str, str]]]] = {}  # area -> name -> model, units

    @property
    def filters(self) -> tuple[str, ...]:
        return (f"{self._below.filter}/#",)

    def takes(self, topic: str) -> bool:
        return self._below.read(topic) is not None

    def read(self, message: Arrived) -> Iterator[Heard]:
        area, rest = self._below.read(message.topic) or (None, "")
        if rest == "bridge/devices":
            yield from self._devices(area, json_document(message.payload))
        elif rest == "bridge/state":
            online = _is_online(message.payload)
            for name in self._models.get(area, {}):
                yield Present(Name((name,), area), online, heard=False)
        elif rest.startswith("bridge/"):
            return
        elif rest.endswith("/availability"):
            yield Present(Name((rest.removesuffix("/availability"),), area), _is_online(message.payload))
        elif not {"set", "get"} & set(rest.split("/")[1:]):
            yield from self._state(area, rest, message.payload)

    def _devices(self, area: str | None, document: object) -> Iterator[Heard]:
        if not isinstance(document, list):
            raise Refusal(Reason.MALFORMED, "the list of devices is no list")
        known: dict[str, tuple[str, dict[str, str]]] = {}
        for device in document[:_MOST_DEVICES]:
            name = words(device, "friendly_name")
            if name and words(device, "type") != "Coordinator" and inner(device, "disabled") is not True:
                known[name] = words(device, "definition", "model"), dict(_units(inner(device, "definition", "exposes")))
        self._models[area] = known
        for name, (model, units) in known.items():
            values = tuple(_value(key, None, unit) for key, unit in units.items())
            yield Announced(Name((name,), area), values, About(name, model))

    def _state(self, area: str | None, name: str, payload: bytes) -> Iterator[Heard]:
        known = self._models.get(area)
        if known is not None and name not in known:
            return  # a group, or one value of a device alone
        document = json_object(payload) if payload else {}
        model, units = known[name] if known is not None else ("", {})
        values = tuple(
            _value(key, value, units.get(key, ""), unit_awaited=known is None)
            for key, _, value in flat(document)
            if key not in ("last_seen", "")
        )
        yield Measured(Name((name,), area), values, self._at_ms(document.get("last_seen")), About(name, model))

    def _at_ms(self, seen: object) -> int | None:
        if seen is None:
            return None
        return said_time("last_seen", seen, TimeForm.AUTO, self._zone)


def _value(key: str, value: object, unit: str, unit_awaited: bool = False) -> Value:
    usual_unit, quantity = _USUAL.get(key, ("", ""))
    return Value(key, value, unit or usual_unit, quantity, unit_awaited=unit_awaited)


def _units(exposes: object, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(property, unit) of what a device exposes, also within its features."""
    for part in exposes if isinstance(exposes, list) and depth < 4 else ():
        if name := words(part, "property"):
            yield name, words(part, "unit")
        yield from _units(inner(part, "features"), depth + 1)


def _is_online(payload: bytes) -> bool:
    """`{"state": "online"}`, or the bare word of older versions."""
    said = payload.decode("utf-8", "replace").strip()
    if said.startswith("{"):
        said = words(json_object(payload), "state")
    if said not in ("online", "offline"):
        raise Refusal(Reason.BAD_FIELD, "availability is online or offline")
    return said == "online"
