"""ChirpStack v4: `application/<id>/device/<DevEUI>/event/up` and its siblings, in JSON.

https://www.chirpstack.io/docs/chirpstack/integrations/events.html. What an uplink measures stands in `object`, made by
the codec of the device profile; without one the bytes mean nothing to us. Its numbers have no units: `units` says them.
"""

from collections.abc import Iterator
from datetime import tzinfo

from pydantic import Field

from brain.model.reason import Reason
from feeds.payloads.convention import (
    About,
    Arrived,
    ConventionSettings,
    Gap,
    Heard,
    Measured,
    Name,
    TopicBase,
    Value,
)
from feeds.payloads.flat_values import flat
from feeds.payloads.json_document import inner, json_object, number, words
from feeds.payloads.known_devices import remember
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm
from feeds.payloads.topic_base import Below

_MOST_DEVICES = 100_000


class Settings(ConventionSettings):
    usual_prefix = "lora"

    base: TopicBase = Field(default="application", description="What stands before the application's id.")
    interval_s: int = Field(default=3600, gt=0, le=7 * 86_400, description="Interval of new devices, seconds.")


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._below = Below(settings.base)
        self._zone = zone
        self._places: dict[str, tuple[float | None, float | None]] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(f"{self._below.filter}/+/device/+/event/{event}" for event in ("up", "status", "location"))

    def takes(self, topic: str) -> bool:
        return self._find(topic) is not None

    def _find(self, topic: str) -> tuple[str | None, str, str] | None:
        """(area, DevEUI, event)."""
        area, rest = self._below.read(topic) or (None, "")
        levels = rest.split("/")
        if len(levels) != 5 or (levels[1], levels[3]) != ("device", "event"):
            return None
        return area, levels[2].lower(), levels[4]

    def read(self, message: Arrived) -> Iterator[Heard]:
        area, eui, event = self._find(message.topic) or (None, "", "")
        if event not in ("up", "status", "location"):
            return
        document = json_object(message.payload)
        if words(document, "deviceInfo", "devEui").lower() != eui:
            raise Refusal(Reason.TOPIC, "deviceInfo.devEui is another device than the topic's")
        if event == "location":
            self._place(eui, inner(document, "location"))
            return
        yield from self._measured(Name((eui,), area), event, document)

    def _measured(self, device: Name, event: str, document: dict[str, object]) -> Iterator[Heard]:
        lon, lat = self._places.get(device.parts[0], (None, None))
        name, profile = words(document, "deviceInfo", "deviceName"), words(document, "deviceInfo", "deviceProfileName")
        about = About(name, profile, lon, lat)
        if event == "status":
            status = (Value("margin", inner(document, "margin"), "dB"), self._battery(document))
            yield Measured(
                device, tuple(value for value in status if value.value is not None), self._at_ms(document), about
            )
        elif isinstance(inner(document, "object"), dict):
            values = tuple(Value(place, value, short=last) for place, last, value in flat(document["object"]))
            yield Measured(device, values, self._at_ms(document), about)
        elif words(document, "data"):
            yield Gap("uplink without object: the device profile has no codec")

    @staticmethod
    def _battery(document: dict[str, object]) -> Value:
        known = inner(document, "batteryLevelUnavailable") is not True
        return Value("batteryLevel", inner(document, "batteryLevel") if known else None, "%", "battery")

    def _place(self, eui: str, location: object) -> None:
        remember(self._places, eui, (number(location, "longitude"), number(location, "latitude")), _MOST_DEVICES)

    def _at_ms(self, document: dict[str, object]) -> int:
        """The server's time of the event, which is the gateway's where that has one; else that of a gateway."""
        heard = inner(document, "rxInfo")
        gateways = heard if isinstance(heard, list) else []
        said = [words(document, "time"), *(words(g, key) for g in gateways for key in ("gwTime", "nsTime", "time"))]
        first = next((time for time in said if time), None)
        if first is None:
            raise Refusal(Reason.MISSING_FIELD, "an uplink without time, and without the time of a gateway (rxInfo)")
        return said_time("time", first, TimeForm.ISO, self._zone)
