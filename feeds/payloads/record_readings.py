"""Readings from interfaces that say themselves what each number measures and in which unit: SensorThings, NGSI,
Prometheus. What such a record means is settled as for any JSON message (json_readings)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field

from brain.feed import AreaId, FeedContext, Item, Rejected
from brain.model.reading import Metric
from brain.model.reason import Reason
from brain.model.unit import unit_of
from feeds.payloads.json_mapping import DeviceMapping, Stanza, TopicMapping
from feeds.payloads.json_readings import JsonReadings
from feeds.payloads.message import Message
from feeds.payloads.numbers import to_number
from feeds.payloads.times import TimeForm
from feeds.payloads.topics import is_device_id
from feeds.payloads.units import Linear, conversion

MOST_BYTES = 1_048_576


class NewDevices(Stanza):
    """What to do about devices that are not known yet."""

    register_new: bool = Field(default=False, description="Take unknown devices up (true) or let them wait (false).")
    kind: str = Field(default="", description="Kind of new devices, where nothing nearer says it.")
    area: AreaId | None = Field(default=None, description="Area id of new devices; empty: where they stand.")
    interval_s: int = Field(default=300, gt=0, description="How often they report, seconds.")


@dataclass(frozen=True, slots=True)
class Record:
    """`values` are in base units of their metrics, None measured but bad. `place`: where it is from, for reports."""

    device_id: str
    at_ms: int
    values: Mapping[str, object]
    place: str
    kind: str = ""
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    raw: bytes = field(default=b"", repr=False)


class Records:
    """Remembers the devices it has taken up, so it lives as long as its feed or its pull."""

    def __init__(self, devices: NewDevices, ctx: FeedContext, simulated: bool) -> None:
        self._kind = devices.kind or "device"
        self._clock = ctx.clock
        mapping = TopicMapping(
            pattern="{kind}/{device}",
            values="values",
            time="at_ms",
            time_form=TimeForm.MILLISECONDS,
            time_required=True,
            device=DeviceMapping(
                register_new=devices.register_new,
                name="name",
                lon="lon",
                lat="lat",
                area=devices.area,
                interval_s=devices.interval_s,
            ),
        )
        self._reader = JsonReadings(
            [mapping],
            metrics=ctx.metrics,
            areas=ctx.areas,
            known_device=ctx.known_device,
            feed=ctx.name,
            zone=ZoneInfo(ctx.tz),
            simulated=simulated,
            max_bytes=MOST_BYTES,
        )

    def read(self, record: Record) -> list[Item]:
        """Readings, the device before them where it is new, or dead letters."""
        if not is_device_id(record.device_id):
            detail = f"{record.device_id[:64]!r} cannot be a device id: 1 to 64 letters, digits or _ . : -"
            return [Rejected(Reason.MISSING_FIELD, detail, record.place, record.raw)]
        told = {"at_ms": record.at_ms, "values": dict(record.values), "name": record.name}
        if record.lon is not None and record.lat is not None:
            told |= {"lon": record.lon, "lat": record.lat}
        kind = (record.kind or self._kind).replace("/", "-")
        message = Message(f"{kind}/{record.device_id}", orjson.dumps(told), self._clock.now_ms())
        items = self._reader.read(message)
        return [self._placed(item, record) if isinstance(item, Rejected) else item for item in items]

    def _placed(self, item: Rejected, record: Record) -> Rejected:
        """Named by its source, not by the message it was made into."""
        return Rejected(item.reason, item.detail, record.place[:512], record.raw or item.payload)


def to_base(metric: Metric, unit: str | None) -> Linear:
    """From `unit` to what the metric is kept in; None: it comes so. Raises ValueError for another quantity."""
    return (1.0, 0.0) if unit is None else conversion(unit, unit_of(metric.unit).base)


def in_base(raw: object, linear: Linear) -> float | None:
    """Raises NotANumber."""
    number = to_number(raw)
    return None if number is None else to_number(number * linear[0] + linear[1])
