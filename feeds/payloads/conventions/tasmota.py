"""Tasmota: `tele/<topic>/SENSOR`, `STATE` and `LWT`, announced below `tasmota/discovery`.

https://tasmota.github.io/docs/MQTT/ and /Home-Assistant/#tasmota-discovery (its keys: dn name, md module, t topic, ft
full topic, tp prefixes, onln and ofln words of the last will, sn values).
"""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from brain.model.reason import Reason
from feeds.payloads.checked_text import ZoneName
from feeds.payloads.convention import (
    About,
    Announced,
    Arrived,
    ConventionSettings,
    Heard,
    Measured,
    Name,
    Present,
    Value,
    Wanted,
)
from feeds.payloads.flat_values import flat
from feeds.payloads.json_document import inner, json_object, words
from feeds.payloads.known_devices import remember
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm
from feeds.payloads.topics import compile_topic

_MOST_DEVICES = 20_000
_ENDS = ("SENSOR", "STATE", "LWT")
# What a bridge tells of others: who they are stands in the payload, so it is not believed.
_OF_OTHERS = ("ZbReceived", "ZbInfo", "ZbResponse", "LwReceived", "IrReceived", "RfReceived")
_USUAL: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Humidity": ("%", "humidity"),
        "Pressure": ("hPa", "atmospheric_pressure"),
        "SeaPressure": ("hPa", ""),
        "Illuminance": ("lx", "illuminance"),
        "PM2.5": ("µg/m³", "pm25"),
        "PM10": ("µg/m³", "pm10"),
        "CarbonDioxide": ("ppm", "carbon_dioxide"),
        "Power": ("W", "power"),
        "Voltage": ("V", "voltage"),
        "Current": ("A", "current"),
        "Total": ("kWh", "energy"),
        "Distance": ("cm", "distance"),
    }
)


def _checked(topic: str) -> str:
    if "device" not in compile_topic(topic).names or topic.endswith("#"):
        raise ValueError(
            f"topic {topic!r} has no {{device}} | such as tele/{{device}}, for Tasmota's %prefix%/%topic%/"
        )
    return topic


class Settings(ConventionSettings):
    usual_prefix = "tasmota"

    topic: Annotated[str, AfterValidator(_checked)] = Field(
        default="tele/{device}", description="Where telemetry stands, up to SENSOR; may hold {area}."
    )
    discovery: str = Field(default="tasmota/discovery", min_length=1, description="Where devices announce themselves.")
    zone: ZoneName = Field(default="", description="Time zone the devices are set to; empty: the city's.")
    interval_s: int = Field(default=300, gt=0, le=7 * 86_400, description="Tasmota's TelePeriod, seconds.")


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._pattern = compile_topic(settings.topic)
        self._discovery = settings.discovery
        self._zone = ZoneInfo(settings.zone) if settings.zone else zone
        self._by_mac: dict[str, str] = {}
        self._about: dict[str, tuple[Name, About]] = {}  # telemetry topic -> what was announced

    @property
    def filters(self) -> tuple[str, ...]:
        announced = (f"{self._discovery}/+/{end}" for end in ("config", "sensors"))
        return (*(f"{self._pattern.filter}/{end}" for end in _ENDS), *announced)

    def takes(self, topic: str) -> bool:
        if topic.startswith(f"{self._discovery}/"):
            return True
        head, _, end = topic.rpartition("/")
        return end in _ENDS and (head in self._about or self._pattern.read(head) is not None)

    def read(self, message: Arrived) -> Iterator[Heard]:
        head, _, end = message.topic.rpartition("/")
        if message.topic.startswith(f"{self._discovery}/"):
            mac = head.removeprefix(f"{self._discovery}/")
            yield from self._config(mac, message.payload) if end == "config" else self._sensors(mac, message.payload)
            return
        name, about = self._about.get(head) or (self._named(head), About())
        if end == "LWT":
            if message.payload not in (b"Online", b"Offline"):
                raise Refusal(Reason.BAD_FIELD, "a last will of Tasmota is Online or Offline")
            yield Present(name, message.payload == b"Online")
            return
        document = json_object(message.payload)
        yield Measured(name, tuple(_values(document)), self._at_ms(document), about)

    def _named(self, head: str) -> Name:
        names = self._pattern.read(head)
        return Name((names["device"],), names.get("area")) if names is not None else Name((head,))

    def _config(self, mac: str, payload: bytes) -> Iterator[Heard]:
        if not payload:  # taken back
            self._about.pop(self._by_mac.pop(mac, ""), None)
            return
        document = json_object(payload)
        prefixes = inner(document, "tp")
        telemetry = prefixes[2] if isinstance(prefixes, list) and len(prefixes) > 2 else "tele"
        topic, full = words(document, "t"), words(document, "ft") or "%prefix%/%topic%/"
        head = full.replace("%prefix%", str(telemetry)).replace("%topic%", topic).strip("/")
        if not topic or len(head) > 400 or set("+#%") & set(head) or head.startswith("$"):
            raise Refusal(Reason.BAD_FIELD, "an announcement of Tasmota names its topic (t) and full topic (ft)")
        about = About(words(document, "dn"), words(document, "md"))
        if not remember(self._about, head, (self._named(head), about), _MOST_DEVICES):
            return
        self._by_mac[mac] = head
        if self._pattern.read(head) is None:
            yield Wanted(tuple(f"{head}/{end}" for end in _ENDS))

    def _sensors(self, mac: str, payload: bytes) -> Iterator[Heard]:
        known = self._about.get(self._by_mac.get(mac, ""))
        if known is not None and payload:
            values = _values(inner(json_object(payload), "sn"))
            yield Announced(known[0], tuple(values), known[1])

    def _at_ms(self, document: dict[str, object]) -> int | None:
        for key, form in (("Epoch", TimeForm.SECONDS), ("Time", TimeForm.AUTO)):
            if (said := document.get(key)) is not None:
                return said_time(key, said, form, self._zone)
        return None


def _values(document: object) -> Iterator[Value]:
    if not isinstance(document, dict):
        return
    temperature = words(document, "TempUnit") or "C"
    pressure = words(document, "PressureUnit")
    for place, name, value in flat({key: part for key, part in document.items() if key not in _OF_OTHERS}):
        if place in ("Time", "Epoch", "TempUnit", "PressureUnit"):
            continue
        unit, quantity = _USUAL.get(name, ("", ""))
        if name in ("Temperature", "DewPoint"):
            unit, quantity = temperature, "temperature" if name == "Temperature" else ""
        if name in ("Pressure", "SeaPressure"):
            unit = pressure or unit
        yield Value(place, value, unit, quantity, name)
    yield from (Value(key, "") for key in document if key in _OF_OTHERS)
