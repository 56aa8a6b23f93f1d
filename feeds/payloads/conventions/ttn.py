"""The Things Stack v3 (TTN): `v3/<application>@<tenant>/devices/<device>/up`.

https://www.thethingsindustries.com/docs/integrations/pubsub/mqtt-server/. What an uplink measures stands in
`decoded_payload`, made by the payload formatter; its numbers have no units: `units` says them.
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

# Where several say the place: what the device measured itself, what its owner wrote down, then what was worked out.
_SOURCES = ("SOURCE_GPS", "SOURCE_REGISTRY")
_MOST_DEVICES = 100_000


class Settings(ConventionSettings):
    usual_prefix = "ttn"

    base: TopicBase = Field(default="v3", description="What stands before the application's id.")
    interval_s: int = Field(default=3600, gt=0, le=7 * 86_400, description="Interval of new devices, seconds.")


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._below = Below(settings.base)
        self._zone = zone
        self._solved: dict[Name, tuple[float | None, float | None]] = {}  # (lon, lat) the network worked out

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(f"{self._below.filter}/+/devices/+/{event}" for event in ("up", "location/solved"))

    def takes(self, topic: str) -> bool:
        return self._find(topic) is not None

    def _find(self, topic: str) -> tuple[Name, str, str] | None:
        """(device, its id, event)."""
        area, rest = self._below.read(topic) or (None, "")
        levels = rest.split("/", 3)
        if len(levels) != 4 or levels[1] != "devices":
            return None
        return Name((*levels[0].split("@", 1), levels[2]), area), levels[2], levels[3]

    def read(self, message: Arrived) -> Iterator[Heard]:
        found = self._find(message.topic)
        if found is None or found[2] not in ("up", "location/solved"):
            return
        device, device_id, event = found
        document = json_object(message.payload)
        if words(document, "end_device_ids", "device_id") != device_id:
            raise Refusal(Reason.TOPIC, "end_device_ids.device_id is another device than the topic's")
        if event == "location/solved":
            place = _place({"solved": inner(document, "location_solved", "location")})
            remember(self._solved, device, place, _MOST_DEVICES)
            return
        uplink = inner(document, "uplink_message")
        if not isinstance(uplink, dict):
            raise Refusal(Reason.MISSING_FIELD, "an uplink without uplink_message")
        decoded = uplink.get("decoded_payload")
        if not isinstance(decoded, dict):
            yield Gap("uplink without decoded_payload: the device has no payload formatter")
            return
        lon, lat = _place(uplink.get("locations"))
        if lon is None:
            lon, lat = self._solved.get(device, (None, None))
        about = About(device_id, words(uplink, "version_ids", "model_id"), lon, lat)
        values = tuple(Value(place, value, short=last) for place, last, value in flat(decoded))
        yield Measured(device, values, self._at_ms(uplink, document), about)

    def _at_ms(self, uplink: dict[str, object], document: dict[str, object]) -> int:
        """When the network heard it; then a gateway's clock, then when the application server had it."""
        heard = uplink.get("rx_metadata")
        gateways = heard if isinstance(heard, list) else []
        said = [words(uplink, "received_at"), words(uplink, "settings", "time")]
        said += [*(words(gateway, "time") for gateway in gateways), words(document, "received_at")]
        first = next((time for time in said if time), None)
        if first is None:
            raise Refusal(Reason.MISSING_FIELD, "an uplink without received_at, and without the time of a gateway")
        return said_time("received_at", first, TimeForm.ISO, self._zone)


def _place(locations: object) -> tuple[float | None, float | None]:
    """(lon, lat) of the best of several: by source, then by the accuracy they claim, metres."""
    known = [part for part in locations.values() if isinstance(part, dict)] if isinstance(locations, dict) else []

    def rank(place: dict[str, object]) -> tuple[int, float]:
        source = words(place, "source")
        accuracy_m = number(place, "accuracy")
        return _SOURCES.index(source) if source in _SOURCES else len(_SOURCES), accuracy_m or float("inf")

    for place in sorted(known, key=rank):
        if (lon := number(place, "longitude")) is not None and (lat := number(place, "latitude")) is not None:
            return lon, lat
    return None, None
