"""Shelly: first generation (`shellies/<id>/...`, one value a topic) and second (`<id>/events/rpc`, `<id>/status/...`).

https://shelly-api-docs.shelly.cloud/gen1/ and /gen2/ComponentsAndServices/Mqtt
"""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from brain.model.reason import Reason
from feeds.payloads.convention import (
    About,
    Arrived,
    ConventionSettings,
    Heard,
    Measured,
    Name,
    Present,
    Value,
)
from feeds.payloads.flat_values import flat
from feeds.payloads.json_document import inner, json_object, number, words
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm
from feeds.payloads.topics import TopicPattern, compile_topic

_MOST_DEVICES = 20_000
# Of the first generation by the last level, of the second by the last name.
_USUAL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "humidity": ("%", "humidity"),
        "battery": ("%", "battery"),
        "lux": ("lx", "illuminance"),
        "power": ("W", "power"),
        "voltage": ("V", "voltage"),
        "tC": ("°C", "temperature"),
        "tF": ("°F", ""),  # the same again
        "rh": ("%", "humidity"),
        "percent": ("%", "battery"),
        "apower": ("W", "power"),
        "act_power": ("W", "power"),
        "current": ("A", "current"),
    }
)
_QUIET = ("announce", "info", "command", "settings", "temperature_f", "temperature_status", "ext_temperatures")


def _checked(topic: str) -> str:
    if "device" not in compile_topic(topic).names or "#" in topic:
        raise ValueError(f"topic {topic!r} has no {{device}} | such as shellies/{{device}}")
    return topic


_Topic = Annotated[str, AfterValidator(_checked)]


class Settings(ConventionSettings):
    usual_prefix = "shelly"

    gen1: _Topic = Field(default="shellies/{device}", description="Topics of the first generation; may hold {area}.")
    gen2: _Topic = Field(default="shelly{device}", description="Topic prefixes of the second; may hold {area}.")
    fahrenheit: bool = Field(default=False, description="The first generation is set to Fahrenheit.")


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._gen1, self._gen2 = compile_topic(f"{settings.gen1}/#"), compile_topic(f"{settings.gen2}/#")
        self._depth1, self._depth2 = settings.gen1.count("/") + 1, settings.gen2.count("/") + 1
        self._degrees = "°F" if settings.fahrenheit else "°C"
        self._zone = zone
        self._by_rpc: set[Name] = set()  # tell all there is to tell with its time; their status topics would double it

    @property
    def filters(self) -> tuple[str, ...]:
        second = self._gen2.filter.removesuffix("/#")
        return (self._gen1.filter, *(f"{second}/{end}" for end in ("events/rpc", "status/+", "online")))

    def takes(self, topic: str) -> bool:
        return self._gen1.read(topic) is not None or self._gen2.read(topic) is not None or self._matches(topic)

    def _matches(self, topic: str) -> bool:
        """What the filters bring beside Shelly's: other devices may have a topic `online` too."""
        rest = topic.split("/", self._depth2)[-1]
        return rest in ("events/rpc", "online") or (rest.startswith("status/") and rest.count("/") == 1)

    def _find(self, topic: str) -> tuple[int, Name, str] | None:
        """(generation, device, the rest of the topic)."""
        found = _below(self._gen1, self._depth1, topic)
        if found is not None:
            return 1, *found
        found = _below(self._gen2, self._depth2, topic)
        return None if found is None else (2, *found)

    def read(self, message: Arrived) -> Iterator[Heard]:
        found = self._find(message.topic)
        if found is None:
            return
        generation, name, rest = found
        if rest == "online":
            if message.payload not in (b"true", b"false"):
                raise Refusal(Reason.BAD_FIELD, "online is true or false")
            yield Present(name, message.payload == b"true")
        elif generation == 1:
            yield from self._first(name, rest, message.payload)
        elif rest == "events/rpc":
            yield from self._notice(name, message.payload)
        elif rest.startswith("status/") and name not in self._by_rpc:
            component = rest.removeprefix("status/")
            yield Measured(name, tuple(_components({component: json_object(message.payload)})))

    def _first(self, name: Name, rest: str, payload: bytes) -> Iterator[Heard]:
        levels = rest.split("/")
        if levels[-1] in _QUIET or payload[:1] in (b"{", b"["):
            return
        name_of, short = rest.replace("/", "."), levels[-1]
        unit, quantity = _USUAL.get(short, ("", ""))
        if short == "temperature":
            # That of the relay's own chip stands at the top, what a sensor measures below `sensor`.
            of_chip = levels[0] not in ("sensor", "ext_temperature")
            name_of, short = ("chip.temperature", "") if of_chip else (name_of, short)
            unit, quantity = self._degrees, short
        try:
            said = payload.decode().strip()
        except UnicodeDecodeError as error:
            raise Refusal(Reason.ENCODING, "a value that is not UTF-8") from error
        yield Measured(name, (Value(name_of, said, unit, quantity, short),))

    def _notice(self, name: Name, payload: bytes) -> Iterator[Heard]:
        document = json_object(payload)
        if words(document, "method") not in ("NotifyStatus", "NotifyFullStatus"):
            return
        params = inner(document, "params")
        if not isinstance(params, dict):
            raise Refusal(Reason.MISSING_FIELD, "a notification without params")
        if len(self._by_rpc) < _MOST_DEVICES:
            self._by_rpc.add(name)
        at_ms = None
        if (said := number(params, "ts")) is not None:
            at_ms = said_time("ts", said, TimeForm.SECONDS, self._zone)
        yield Measured(name, tuple(_components(params)), at_ms, About())


def _below(pattern: TopicPattern, depth: int, topic: str) -> tuple[Name, str] | None:
    names = pattern.read(topic)
    parts = topic.split("/", depth)
    if names is None or len(parts) <= depth or not parts[-1]:
        return None
    return Name((names["device"],), names.get("area")), parts[-1]


def _components(params: dict[str, object]) -> Iterator[Value]:
    """`switch:0.apower` and the like of all components; temperatures of chips are no weather."""
    for place, last, value in flat(params):
        component, _, rest = place.partition(".")
        if not rest or last in ("id", "ts") or component.split(":")[0] in ("ble", "cloud", "mqtt", "sys", "wifi", "ws"):
            continue
        unit, quantity = _USUAL.get(last, ("", ""))
        of_chip = quantity == "temperature" and component.split(":")[0] != "temperature"
        yield Value(place, value, unit, "" if of_chip else quantity, "" if of_chip else last)
