"""Home Assistant discovery: `homeassistant/<component>/[<node>/]<object>/config` says where sensors publish and how.

https://www.home-assistant.io/integrations/mqtt/ with its abbreviations. Sensors and binary sensors are read; lamps,
covers and the like measure nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from types import MappingProxyType
from typing import Any

from pydantic import Field

from brain.model.reason import Reason
from feeds.payloads.convention import (
    About,
    Announced,
    Arrived,
    ConventionSettings,
    Gap,
    Heard,
    Measured,
    Name,
    Present,
    TopicBase,
    Value,
    Wanted,
)
from feeds.payloads.json_document import inner, json_object, number, words
from feeds.payloads.refusal import Refusal
from feeds.payloads.topic_base import Below
from feeds.payloads.value_template import NotUnderstood, Template, compile_template

_MOST_ENTITIES = 20_000
_SILENT_AFTER = 3  # intervals a device may miss; expire_after is that long
_SAYS_NOTHING = ("", "None", "none", "unknown", "unavailable")
_LONG: Mapping[str, str] = MappingProxyType(
    {
        "avty": "availability",
        "avty_mode": "availability_mode",
        "avty_t": "availability_topic",
        "avty_tpl": "availability_template",
        "cmps": "components",
        "dev": "device",
        "dev_cla": "device_class",
        "exp_aft": "expire_after",
        "ids": "identifiers",
        "mdl": "model",
        "p": "platform",
        "pl_avail": "payload_available",
        "pl_not_avail": "payload_not_available",
        "pl_off": "payload_off",
        "pl_on": "payload_on",
        "stat_t": "state_topic",
        "t": "topic",
        "unit_of_meas": "unit_of_measurement",
        "val_tpl": "value_template",
    }
)


class Settings(ConventionSettings):
    usual_prefix = "ha"

    base: TopicBase = Field(default="homeassistant", description="Discovery prefix; may hold {area}.")


@dataclass(frozen=True, slots=True)
class _Watched:
    """One availability topic of an entity."""

    topic: str
    read: Template
    there: str
    gone: str


@dataclass(slots=True)
class _Entity:
    device: Name
    topic: str
    read: Template
    value: Value
    about: About
    on: str
    off: str
    binary: bool
    watched: tuple[_Watched, ...]
    mode: str
    heard: dict[str, bool] = field(default_factory=dict)  # availability topic -> online

    def online(self) -> bool:
        """By the mode, of what was heard so far."""
        words = list(self.heard.values())
        return all(words) if self.mode == "all" else any(words)


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._below = Below(settings.base)
        self._entities: dict[str, _Entity] = {}  # config topic and component -> what it announced
        self._by_config: dict[str, list[str]] = {}
        self._by_state: dict[str, dict[str, _Entity]] = {}
        self._by_presence: dict[str, dict[str, _Entity]] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(f"{self._below.filter}/{levels}/config" for levels in ("+/+", "+/+/+"))

    def takes(self, topic: str) -> bool:
        if topic in self._by_state or topic in self._by_presence:
            return True
        return topic.endswith("/config") and self._below.read(topic) is not None

    def read(self, message: Arrived) -> Iterator[Heard]:
        if message.topic in self._by_state:
            yield from self._state(message)
        if message.topic in self._by_presence:
            yield from self._presence(message)
        area, rest = self._below.read(message.topic) or (None, "")
        levels = rest.split("/")
        if rest.endswith("/config") and len(levels) in (3, 4):
            yield from self._config(message, area, levels)

    def _config(self, message: Arrived, area: str | None, levels: list[str]) -> Iterator[Heard]:
        component, name = levels[0], Name((levels[1],), area)
        for key in self._by_config.pop(message.topic, ()):
            self._forget(key)
        if not message.payload.strip():
            return
        config = _long(json_object(message.payload))
        if component == "device":
            parts = inner(config, "components")
            if not isinstance(parts, dict):
                raise Refusal(Reason.MISSING_FIELD, "the announcement of a device names no components")
            known = {key: part for key, part in parts.items() if isinstance(part, dict)}
            found = [(key, words(part, "platform"), config | part) for key, part in known.items()]
        else:
            found = [(levels[-2], component, config)]
        for key, platform, part in found:
            if platform in ("sensor", "binary_sensor"):
                yield from self._entity(message.topic, name, key, platform, part)

    def _entity(self, announced: str, name: Name, about: str, platform: str, config: dict[str, Any]) -> Iterator[Heard]:
        key, topic = f"{announced}\n{about}", _topic(config, "state_topic")
        try:
            read = compile_template(words(config, "value_template"))
            watched = tuple(_watched(config))
        except NotUnderstood as error:
            yield Gap(f"template not understood ({error})")
            return
        if len(self._entities) >= _MOST_ENTITIES:
            yield Gap("more sensors announced than are kept")
            return
        value = Value(about, None, words(config, "unit_of_measurement"), words(config, "device_class"))
        entity = _Entity(
            name,
            topic,
            read,
            value,
            _about(config),
            str(config.get("payload_on", "ON")),
            str(config.get("payload_off", "OFF")),
            platform == "binary_sensor",
            watched,
            words(config, "availability_mode") or "latest",
        )
        self._entities[key] = entity
        self._by_config.setdefault(announced, []).append(key)
        self._by_state.setdefault(topic, {})[key] = entity
        for place in watched:
            self._by_presence.setdefault(place.topic, {})[key] = entity
        yield Announced(name, (value,), entity.about)
        yield Wanted((topic, *(place.topic for place in watched)))

    def _forget(self, key: str) -> None:
        entity = self._entities.pop(key)
        _take_out(self._by_state, entity.topic, key)
        for place in entity.watched:
            _take_out(self._by_presence, place.topic, key)

    def _state(self, message: Arrived) -> Iterator[Heard]:
        values: dict[Name, list[Value]] = {}
        about: dict[Name, About] = {}
        for entity in self._by_state[message.topic].values():
            said = entity.read(message.payload)
            if entity.binary:
                said = {entity.on: 1, entity.off: 0}.get(str(said))
            if said is None or (isinstance(said, str) and said in _SAYS_NOTHING):
                continue
            known = entity.value
            values.setdefault(entity.device, []).append(Value(known.property, said, known.unit, known.quantity))
            about[entity.device] = entity.about
        for device, told in values.items():
            yield Measured(device, tuple(told), None, about[device])

    def _presence(self, message: Arrived) -> Iterator[Heard]:
        entities = self._by_presence[message.topic].values()
        told: dict[Name, bool] = {}
        for entity in entities:
            for place in entity.watched:
                if place.topic != message.topic:
                    continue
                said = str(place.read(message.payload))
                if said not in (place.there, place.gone):
                    continue
                if entity.mode == "latest":
                    entity.heard.clear()
                entity.heard[place.topic] = said == place.there
                told[entity.device] = entity.online()
        for device, online in told.items():
            yield Present(device, online, heard=len(told) == 1)  # one topic of many devices is that of their bridge


def _take_out(index: dict[str, dict[str, _Entity]], topic: str, key: str) -> None:
    there = index.get(topic, {})
    there.pop(key, None)
    if not there:
        index.pop(topic, None)


def _long(config: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """With the long names of keys, and `~` put in. Depth is bounded: announcements are three levels deep."""
    base = config.get("~")
    told: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, str) and isinstance(base, str) and key.endswith(("_t", "topic")):
            value = base + value[1:] if value.startswith("~") else value
            value = value[:-1] + base if value.endswith("~") else value
        if isinstance(value, dict) and depth < 3:
            value = _long(value | ({"~": base} if isinstance(base, str) and "~" not in value else {}), depth + 1)
        if isinstance(value, list) and depth < 3:
            value = [_long(part | {"~": base}, depth + 1) if isinstance(part, dict) else part for part in value]
        told[_LONG.get(key, key)] = value
    return told


def _topic(config: object, key: str) -> str:
    topic = words(config, key)
    if not topic or len(topic) > 400 or set("+#\0") & set(topic) or topic.startswith("$"):
        raise Refusal(Reason.BAD_FIELD, f"{key} must be one topic, without wildcards and not below $")
    return topic


def _watched(config: dict[str, Any]) -> Iterator[_Watched]:
    """Raises NotUnderstood, Refusal."""
    there, gone = words(config, "payload_available"), words(config, "payload_not_available")
    if "availability_topic" in config:
        read = compile_template(words(config, "availability_template"))
        yield _Watched(_topic(config, "availability_topic"), read, there or "online", gone or "offline")
    listed = config.get("availability")
    for part in listed[:10] if isinstance(listed, list) else ():
        read = compile_template(words(part, "value_template"))
        yield _Watched(
            _topic(part, "topic"),
            read,
            words(part, "payload_available") or "online",
            words(part, "payload_not_available") or "offline",
        )


def _about(config: dict[str, Any]) -> About:
    after_s = number(config, "expire_after")
    interval_s = max(1, int(after_s) // _SILENT_AFTER) if after_s and 0 < after_s <= 30 * 86_400 else None
    model = words(config, "device", "model_id") or words(config, "device", "model")
    return About(words(config, "device", "name"), model, interval_s=interval_s)
