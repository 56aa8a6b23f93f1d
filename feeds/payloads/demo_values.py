"""What a simulated device measures at a moment, and what is wrong with some: silence, wrong clocks, bad values, reports
that come late or spoilt."""

import json
from collections.abc import Sequence

from brain.model.reading import Device
from feeds.payloads.demo_chance import draw
from feeds.payloads.demo_equipment import Equipment
from feeds.payloads.demo_events import MINUTE_MS, Events
from feeds.payloads.demo_nature import Nature
from feeds.payloads.demo_rhythm import Rhythm

SILENT_SHARE = 0.006  # of the devices do not report any more
FAULTY_SHARE = 0.003  # measure nothing but bad values
DRIFTING_SHARE = 0.008  # have a clock that is up to three minutes off
ASTRAY_SHARE = 0.0003  # have one that is so far ahead that what they say is refused
SPOILT_SHARE = 0.0004  # of the payloads cannot be read
LATE_SHARE = 0.002  # of the reports come up to forty minutes later
_DRIFT_MS = 3 * MINUTE_MS
_ASTRAY_MS = 20 * MINUTE_MS
_LATEST_MS = 40 * MINUTE_MS
# What a device reports at once, whatever its interval: episodes of its own, and events in its area.
_TOLD_AT_ONCE = ("fire", "moved", "trapped")
_WATCHING = {"storm": ("water_level", "rain"), "burst": ("water_pressure",)}

Measured = dict[str, float | None]
"""Metric -> value; None: measured, but badly."""


class City:
    """The simulated measurements of a city: pure in device and moment."""

    def __init__(self, devices: Sequence[Device], seed: int, tz: str, events: Events) -> None:
        self._seed = seed
        self._events = events
        self._devices = devices
        self._rhythm = Rhythm(devices, seed, tz)
        self._measure = {**Nature(self._rhythm, events).by_kind, **Equipment(self._rhythm).by_kind}

    def measure(self, device: Device, at_ms: int) -> Measured:
        """In the units of the default config."""
        found: Measured = {**self._measure[device.kind](device, at_ms)}
        return dict.fromkeys(found) if self._is(device, "faulty", FAULTY_SHARE) else found

    def alarms(self, at_ms: int) -> set[str]:
        """Devices that now report what cannot wait for their next turn."""
        chosen = (self._rhythm.chosen(what, at_ms) for what in _TOLD_AT_ONCE)
        found = {device_id for device_id in chosen if device_id is not None}
        for what, kinds in _WATCHING.items():
            event = self._events.at(what, at_ms)
            if event is not None:
                found.update(d.id for d in self._devices if d.kind in kinds and d.area_id == event.area_id)
        return found

    def is_silent(self, device: Device) -> bool:
        return self._is(device, "silent", SILENT_SHARE)

    def last_report_ms(self, device: Device, now_ms: int) -> int:
        """When the device reported last, at or before now. Each has a rhythm of its own, the same after each start."""
        interval_ms = device.interval_s * 1000
        phase_ms = int(draw(self._seed, "phase", device.id) * interval_ms)
        if self.is_silent(device):
            # Given up some hours ago; by the slot of a day, so that a restart tells nothing new.
            day_ms = 86_400_000
            now_ms = now_ms // day_ms * day_ms - max(6 * interval_ms, 60 * MINUTE_MS)
        return now_ms - (now_ms - phase_ms) % interval_ms

    def payload(self, device: Device, at_ms: int) -> bytes:
        """What the device sends; now and then something nobody can read."""
        said_ms = at_ms + self._drift_ms(device)
        if draw(self._seed, "spoilt", device.id, at_ms) < SPOILT_SHARE:
            return b'{"at": %d, "metrics": {"broken"' % said_ms
        return json.dumps({"at": said_ms, "metrics": self.measure(device, at_ms)}, separators=(",", ":")).encode()

    def delay_ms(self, device: Device, at_ms: int) -> int:
        """How much later than measured this report comes; usually 0."""
        mark = draw(self._seed, "late", device.id, at_ms) / LATE_SHARE
        return int(MINUTE_MS + mark * (_LATEST_MS - MINUTE_MS)) if mark < 1 else 0

    def _drift_ms(self, device: Device) -> int:
        mark = draw(self._seed, "drift", device.id)
        if mark < ASTRAY_SHARE:
            return _ASTRAY_MS
        return int((2 * mark / DRIFTING_SHARE - 1) * _DRIFT_MS) if mark < DRIFTING_SHARE else 0

    def _is(self, device: Device, what: str, share: float) -> bool:
        return draw(self._seed, what, device.id) < share
