"""What simulated sensors of air, water, rain and noise measure."""

import math
from collections.abc import Callable, Mapping

from brain.model.reading import Device
from feeds.payloads.demo_events import MINUTE_MS, Events, Happening
from feeds.payloads.demo_rhythm import Rhythm

_FLOOD_M = 0.68  # the highest, of a storm of strength 1: above the red limit
_NEXT_DOOR = 0.35  # of that at the other gauges of the area


class Nature:
    """By kind of device what it measures: metric -> value, units of the default config. Pure in device and moment."""

    def __init__(self, rhythm: Rhythm, events: Events) -> None:
        self._rhythm = rhythm
        self._events = events

    @property
    def by_kind(self) -> Mapping[str, Callable[[Device, int], dict[str, float]]]:
        return {
            "water_level": self._water_level,
            "rain": self._rain,
            "water_pressure": self._pressure,
            "air": self._air,
            "water_quality": self._water_quality,
            "noise": self._noise,
            "dust": self._dust,
        }

    def _water_level(self, device: Device, at_ms: int) -> dict[str, float]:
        level = 0.08 + 0.03 * self._rhythm.noise(device, at_ms, 90)
        level += 0.008 * self._rhythm.noise(device, at_ms, 3, "ripple")
        storm = self._events.at("storm", at_ms)
        if storm is not None and storm.area_id == device.area_id:
            first = device.id.endswith("-1")
            level = max(level, _FLOOD_M * storm.strength * (1 if first else _NEXT_DOOR) * swell(storm, at_ms))
        return {"water_level_m": round(max(level, 0.0), 3)}

    def _rain(self, device: Device, at_ms: int) -> dict[str, float]:
        drizzle = max(0.0, 6 * self._rhythm.weather(at_ms, 5, "rain") - 3.5)
        storm = self._events.at("storm", at_ms)
        if storm is not None:
            near = 1.0 if storm.area_id == device.area_id else 0.3 + 0.3 * self._rhythm.trait(device, "rain")
            drizzle += 22 * storm.strength * near * swell(storm, at_ms)
        return {"rain_mm": round(drizzle, 1)}

    def _pressure(self, device: Device, at_ms: int) -> dict[str, float]:
        value = 0.31 - 0.05 * self._rhythm.day(at_ms, 19) + 0.015 * self._rhythm.noise(device, at_ms, 20)
        burst = self._events.at("burst", at_ms)
        if burst is not None and burst.area_id == device.area_id:
            value -= 0.2
        return {"pipe_pressure_mpa": round(max(value, 0.0), 3)}

    def _air(self, device: Device, at_ms: int) -> dict[str, float]:
        pm25 = 32 + 14 * self._rhythm.day(at_ms, 8) + 16 * self._rhythm.noise(device, at_ms, 180)
        pm25 += 3 * self._rhythm.noise(device, at_ms, 4) + (95 if self._rhythm.has(device, "haze", at_ms) else 0)
        pm10 = pm25 * 1.5 + 6 * self._rhythm.noise(device, at_ms, 60, "pm10")
        no2 = 24 + 22 * self._rhythm.day(at_ms, 19) + 9 * self._rhythm.noise(device, at_ms, 90, "no2")
        celsius = 22 + 5 * self._rhythm.day(at_ms, 14) + 1.5 * self._rhythm.noise(device, at_ms, 240, "t")
        ozone = 40 + 110 * self._rhythm.day(at_ms, 15) + 20 * self._rhythm.noise(device, at_ms, 120, "o3")
        return {
            "air_pm25_ugm3": round(max(pm25, 2.0), 1),
            "air_pm10_ugm3": round(max(pm10, 4.0), 1),
            "air_no2_ugm3": round(max(no2, 3.0), 1),
            "air_o3_ugm3": round(max(ozone, 5.0), 1),
            "air_temperature_c": round(celsius, 1),
        }

    def _water_quality(self, device: Device, at_ms: int) -> dict[str, float]:
        oxygen = 6.2 + 1.1 * self._rhythm.day(at_ms, 15) + 0.8 * self._rhythm.noise(device, at_ms, 360)
        ammonia = (
            0.5 + 0.4 * self._rhythm.trait(device, "ammonia") + 0.25 * self._rhythm.noise(device, at_ms, 480, "nh3")
        )
        return {
            "water_oxygen_mgl": round(max(oxygen, 0.5), 2),
            "water_ammonia_mgl": round(max(ammonia, 0.02), 3),
            "water_turbidity_ntu": round(max(18 + 11 * self._rhythm.noise(device, at_ms, 300, "ntu"), 1.0), 1),
        }

    def _noise(self, device: Device, at_ms: int) -> dict[str, float]:
        return {"noise_db": round(47 + 12 * self._rhythm.day(at_ms, 15) + 5 * self._rhythm.noise(device, at_ms, 6), 1)}

    def _dust(self, device: Device, at_ms: int) -> dict[str, float]:
        working = self._rhythm.day(at_ms, 14)
        pm10 = 55 + 70 * working + 25 * self._rhythm.noise(device, at_ms, 30)
        pm10 += 180 if self._rhythm.has(device, "works", at_ms) else 0
        return {
            "dust_pm10_ugm3": round(max(pm10, 5.0), 1),
            "dust_noise_db": round(48 + 17 * working + 5 * self._rhythm.noise(device, at_ms, 10, "db"), 1),
        }


def swell(event: Happening, at_ms: int) -> float:
    """0 before and after the event; it rises to 1, stays six minutes and falls until the end."""
    since_ms, left_ms = at_ms - event.start_ms, event.end_ms - at_ms
    if since_ms <= 0 or left_ms <= 0:
        return 0.0
    if since_ms < event.rise_ms:
        return (1 - math.cos(math.pi * since_ms / event.rise_ms)) / 2
    falling_ms = event.end_ms - event.start_ms - event.rise_ms - 6 * MINUTE_MS
    return 1.0 if left_ms >= falling_ms else (1 - math.cos(math.pi * left_ms / falling_ms)) / 2
