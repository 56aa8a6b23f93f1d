"""What a simulated device measures at a moment: daily rhythm, slow noise, and now and then an episode."""

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from brain.model.reading import Device
from feeds.payloads.demo_chance import draw, wave

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
FLOOD_EVERY_MS = 2 * HOUR_MS
FLOOD_SITES = 3
_PEAKS = ((0.6, 0.38), (0.93, 0.52), (1.0, 0.68))  # cumulated share -> metres: yellow, orange, red


class City:
    """The simulated measurements of a city. `opening_ms`: one flood begins a minute after it, so that a fresh start
    shows its alerts soon."""

    def __init__(self, devices: tuple[Device, ...], seed: int, tz: str, opening_ms: int) -> None:
        self._seed = seed
        self._zone = ZoneInfo(tz)
        self._opening_ms = opening_ms
        gauges = sorted((d.id for d in devices if d.kind == "water_level"), key=lambda i: draw(seed, "site", i))
        self._sites = {device_id: number for number, device_id in enumerate(gauges[:FLOOD_SITES])}
        self._by_kind = {kind: sorted(d.id for d in devices if d.kind == kind) for kind in {d.kind for d in devices}}
        self._measure: Mapping[str, Callable[[Device, int], dict[str, float]]] = {
            "water_level": self._water_level,
            "air": self._air,
            "noise": self._noise,
            "water_pressure": self._pressure,
            "parking": self._parking,
            "manhole": self._manhole,
            "smoke": self._smoke,
            "rain": self._rain,
        }

    def measure(self, device: Device, at_ms: int) -> dict[str, float]:
        """Metric -> value, base units of the default config."""
        return self._measure[device.kind](device, at_ms)

    def _hour(self, at_ms: int) -> float:
        local = datetime.fromtimestamp(at_ms / 1000, self._zone)
        return local.hour + local.minute / 60

    def _day(self, at_ms: int, peak_hour: float) -> float:
        """0 at the quietest, 1 at `peak_hour`."""
        return (1 + math.cos((self._hour(at_ms) - peak_hour) / 24 * 2 * math.pi)) / 2

    def _noise_of(self, device: Device, at_ms: int, minutes: int, what: str = "") -> float:
        return wave(self._seed, at_ms, minutes * MINUTE_MS, device.id, what)

    def _chosen(self, device: Device, at_ms: int, every_h: int, lasting_min: int, what: str) -> bool:
        """Whether this device of its kind has the episode of the slot that `at_ms` lies in."""
        slot, rest_ms = divmod(at_ms, every_h * HOUR_MS)
        kin = self._by_kind[device.kind]
        if kin[int(draw(self._seed, what, slot) * len(kin))] != device.id:
            return False
        start_ms = draw(self._seed, what, slot, "start") * (every_h * HOUR_MS - lasting_min * MINUTE_MS)
        return start_ms <= rest_ms < start_ms + lasting_min * MINUTE_MS

    def _water_level(self, device: Device, at_ms: int) -> dict[str, float]:
        level = 0.08 + 0.03 * self._noise_of(device, at_ms, 90) + 0.008 * self._noise_of(device, at_ms, 3, "ripple")
        site = self._sites.get(device.id)
        if site is not None:
            level = max(level, self._flood(site, at_ms))
        return {"water_level_m": round(max(level, 0.0), 3)}

    def _flood(self, site: int, at_ms: int) -> float:
        if site == 0 and at_ms >= self._opening_ms + MINUTE_MS:
            opening = _swell(at_ms - self._opening_ms - MINUTE_MS, 0.52, rise_min=3)
            if opening:
                return opening
        slot, rest_ms = divmod(at_ms, FLOOD_EVERY_MS)
        if int(draw(self._seed, "flood", slot) * FLOOD_SITES) != site:
            return 0.0
        start_ms = 5 * MINUTE_MS + draw(self._seed, "flood start", slot) * 60 * MINUTE_MS
        mark = draw(self._seed, "flood peak", slot)
        peak = next(metres for share, metres in _PEAKS if mark < share)
        return _swell(rest_ms - start_ms, peak, rise_min=12)

    def _air(self, device: Device, at_ms: int) -> dict[str, float]:
        pm25 = (
            32
            + 14 * self._day(at_ms, 8)
            + 16 * self._noise_of(device, at_ms, 180)
            + 3 * self._noise_of(device, at_ms, 4)
        )
        if self._chosen(device, at_ms, 36, 90, "haze"):
            pm25 += 95
        ozone = 40 + 110 * self._day(at_ms, 15) + 20 * self._noise_of(device, at_ms, 120, "o3")
        return {
            "air_pm25_ugm3": round(max(pm25, 2.0), 1),
            "air_pm10_ugm3": round(max(pm25 * 1.5 + 6 * self._noise_of(device, at_ms, 60, "pm10"), 4.0), 1),
            "air_no2_ugm3": round(
                max(24 + 22 * self._day(at_ms, 19) + 9 * self._noise_of(device, at_ms, 90, "no2"), 3), 1
            ),
            "air_o3_ugm3": round(max(ozone, 5.0), 1),
            "air_temperature_c": round(
                22 + 5 * self._day(at_ms, 14) + 1.5 * self._noise_of(device, at_ms, 240, "t"), 1
            ),
        }

    def _noise(self, device: Device, at_ms: int) -> dict[str, float]:
        return {"noise_db": round(47 + 12 * self._day(at_ms, 15) + 5 * self._noise_of(device, at_ms, 6), 1)}

    def _pressure(self, device: Device, at_ms: int) -> dict[str, float]:
        pressure = 0.31 - 0.05 * self._day(at_ms, 19) + 0.015 * self._noise_of(device, at_ms, 20)
        if self._chosen(device, at_ms, 12, 70, "burst"):
            pressure -= 0.18
        return {"pipe_pressure_mpa": round(max(pressure, 0.0), 3)}

    def _parking(self, device: Device, at_ms: int) -> dict[str, float]:
        used = 0.35 + 0.5 * self._day(at_ms, 15) + 0.12 * self._noise_of(device, at_ms, 45)
        return {"parking_occupied_ratio": round(min(max(used, 0.0), 1.0), 3)}

    def _manhole(self, device: Device, at_ms: int) -> dict[str, float]:
        moved = self._chosen(device, at_ms, 8, 150, "moved")
        return {"manhole_tilt_deg": 38.0 if moved else round(abs(self._noise_of(device, at_ms, 60)) * 2, 1)}

    def _smoke(self, device: Device, at_ms: int) -> dict[str, float]:
        burning = self._chosen(device, at_ms, 24, 15, "smoke")
        return {"smoke_ratio": 0.18 if burning else round(abs(self._noise_of(device, at_ms, 60)) * 0.015, 4)}

    def _rain(self, device: Device, at_ms: int) -> dict[str, float]:
        return {"rain_mm": round(max(0.0, 6 * wave(self._seed, at_ms, 5 * HOUR_MS, "rain") - 3.5), 1)}


def _swell(since_ms: float, peak: float, rise_min: int) -> float:
    """A level that rises to `peak`, stays six minutes and falls over twenty; 0 before and after."""
    minutes = since_ms / MINUTE_MS
    if minutes <= 0:
        return 0.0
    if minutes < rise_min:
        return peak * (1 - math.cos(math.pi * minutes / rise_min)) / 2
    if minutes < rise_min + 6:
        return peak
    falling = (minutes - rise_min - 6) / 20
    return 0.0 if falling >= 1 else peak * (1 + math.cos(math.pi * falling)) / 2
