"""What simulated sensors of air, water, rain and noise measure."""

import math
from collections.abc import Callable, Mapping

from brain.model.reading import Device
from feeds.payloads.demo_events import MINUTE_MS, Events, Happening
from feeds.payloads.demo_rhythm import Rhythm

_FLOOD_M = 0.68  # the highest, of a storm of strength 1: above the red limit
_NEXT_DOOR = 0.35  # of that at the other gauges of the area


def nature(rhythm: Rhythm, events: Events) -> Mapping[str, Callable[[Device, int], dict[str, float]]]:
    """By kind: metric -> value, units of the default config."""

    def water_level(device: Device, at_ms: int) -> dict[str, float]:
        level = 0.08 + 0.03 * rhythm.noise(device, at_ms, 90) + 0.008 * rhythm.noise(device, at_ms, 3, "ripple")
        storm = events.at("storm", at_ms)
        if storm is not None and storm.area_id == device.area_id:
            first = device.id.endswith("-1")
            level = max(level, _FLOOD_M * storm.strength * (1 if first else _NEXT_DOOR) * swell(storm, at_ms))
        return {"water_level_m": round(max(level, 0.0), 3)}

    def rain(device: Device, at_ms: int) -> dict[str, float]:
        drizzle = max(0.0, 6 * rhythm.weather(at_ms, 5, "rain") - 3.5)
        storm = events.at("storm", at_ms)
        if storm is not None:
            near = 1.0 if storm.area_id == device.area_id else 0.3 + 0.3 * rhythm.trait(device, "rain")
            drizzle += 22 * storm.strength * near * swell(storm, at_ms)
        return {"rain_mm": round(drizzle, 1)}

    def pressure(device: Device, at_ms: int) -> dict[str, float]:
        value = 0.31 - 0.05 * rhythm.day(at_ms, 19) + 0.015 * rhythm.noise(device, at_ms, 20)
        burst = events.at("burst", at_ms)
        if burst is not None and burst.area_id == device.area_id:
            value -= 0.2
        return {"pipe_pressure_mpa": round(max(value, 0.0), 3)}

    def air(device: Device, at_ms: int) -> dict[str, float]:
        pm25 = 32 + 14 * rhythm.day(at_ms, 8) + 16 * rhythm.noise(device, at_ms, 180)
        pm25 += 3 * rhythm.noise(device, at_ms, 4) + (95 if rhythm.has(device, "haze", at_ms) else 0)
        pm10 = pm25 * 1.5 + 6 * rhythm.noise(device, at_ms, 60, "pm10")
        no2 = 24 + 22 * rhythm.day(at_ms, 19) + 9 * rhythm.noise(device, at_ms, 90, "no2")
        ozone = 40 + 110 * rhythm.day(at_ms, 15) + 20 * rhythm.noise(device, at_ms, 120, "o3")
        return {
            "air_pm25_ugm3": round(max(pm25, 2.0), 1),
            "air_pm10_ugm3": round(max(pm10, 4.0), 1),
            "air_no2_ugm3": round(max(no2, 3.0), 1),
            "air_o3_ugm3": round(max(ozone, 5.0), 1),
            "air_temperature_c": round(22 + 5 * rhythm.day(at_ms, 14) + 1.5 * rhythm.noise(device, at_ms, 240, "t"), 1),
        }

    def water_quality(device: Device, at_ms: int) -> dict[str, float]:
        oxygen = 6.2 + 1.1 * rhythm.day(at_ms, 15) + 0.8 * rhythm.noise(device, at_ms, 360)
        ammonia = 0.5 + 0.4 * rhythm.trait(device, "ammonia") + 0.25 * rhythm.noise(device, at_ms, 480, "nh3")
        return {
            "water_oxygen_mgl": round(max(oxygen, 0.5), 2),
            "water_ammonia_mgl": round(max(ammonia, 0.02), 3),
            "water_turbidity_ntu": round(max(18 + 11 * rhythm.noise(device, at_ms, 300, "ntu"), 1.0), 1),
        }

    def noise(device: Device, at_ms: int) -> dict[str, float]:
        return {"noise_db": round(47 + 12 * rhythm.day(at_ms, 15) + 5 * rhythm.noise(device, at_ms, 6), 1)}

    def dust(device: Device, at_ms: int) -> dict[str, float]:
        working = rhythm.day(at_ms, 14)
        pm10 = 55 + 70 * working + 25 * rhythm.noise(device, at_ms, 30)
        pm10 += 180 if rhythm.has(device, "works", at_ms) else 0
        return {
            "dust_pm10_ugm3": round(max(pm10, 5.0), 1),
            "dust_noise_db": round(48 + 17 * working + 5 * rhythm.noise(device, at_ms, 10, "db"), 1),
        }

    return {
        "water_level": water_level,
        "rain": rain,
        "water_pressure": pressure,
        "air": air,
        "water_quality": water_quality,
        "noise": noise,
        "dust": dust,
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
