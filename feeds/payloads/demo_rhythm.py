"""How simulated measurements go up and down: by the hour, by slow noise, by episodes that hit one device of many."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from brain.model.reading import Device
from feeds.payloads.demo_chance import draw, wave
from feeds.payloads.demo_events import HOUR_MS, MINUTE_MS


@dataclass(frozen=True, slots=True)
class Episode:
    """In each slot of `every_h` hours one device of the kind has it for `lasting_min` minutes."""

    kind: str
    every_h: int
    lasting_min: int


EPISODES = {
    "haze": Episode("air", 36, 90),
    "moved": Episode("manhole", 8, 50),
    "fire": Episode("smoke", 12, 15),
    "trapped": Episode("lift", 12, 25),
    "works": Episode("dust", 12, 60),
    "busy": Episode("cloud_host", 6, 40),
}


class Rhythm:
    """Pure in the moment asked about."""

    def __init__(self, devices: Sequence[Device], seed: int, tz: str) -> None:
        self._seed = seed
        self._zone = ZoneInfo(tz)
        kinds = {device.kind for device in devices}
        self._kin: Mapping[str, list[str]] = {
            kind: sorted(device.id for device in devices if device.kind == kind) for kind in kinds
        }

    def day(self, at_ms: int, peak_hour: float) -> float:
        """0 at the quietest, 1 at `peak_hour`."""
        local = datetime.fromtimestamp(at_ms / 1000, self._zone)
        hour = local.hour + local.minute / 60
        return (1 + math.cos((hour - peak_hour) / 24 * 2 * math.pi)) / 2

    def noise(self, device: Device, at_ms: int, minutes: int, what: str = "") -> float:
        """Smooth, in [-1, 1]."""
        return wave(self._seed, at_ms, minutes * MINUTE_MS, device.id, what)

    def weather(self, at_ms: int, hours: int, what: str) -> float:
        """The same for the whole city."""
        return wave(self._seed, at_ms, hours * HOUR_MS, what)

    def trait(self, device: Device, what: str) -> float:
        """What the device always is, in [0, 1)."""
        return draw(self._seed, what, device.id)

    def has(self, device: Device, what: str, at_ms: int) -> bool:
        """Whether this device has the episode now."""
        return self.chosen(what, at_ms) == device.id

    def chosen(self, what: str, at_ms: int) -> str | None:
        """The device that has the episode now."""
        episode = EPISODES[what]
        slot, rest_ms = divmod(at_ms, episode.every_h * HOUR_MS)
        free_ms = (episode.every_h * 60 - episode.lasting_min) * MINUTE_MS
        start_ms = draw(self._seed, what, slot, "start") * free_ms
        kin = self._kin.get(episode.kind, [])
        if not kin or not start_ms <= rest_ms < start_ms + episode.lasting_min * MINUTE_MS:
            return None
        return kin[int(draw(self._seed, what, slot) * len(kin))]
