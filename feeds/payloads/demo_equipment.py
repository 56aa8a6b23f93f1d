"""What simulated equipment reports of itself: car parks, covers, lifts, lights, cameras, lines, hosts, detectors,
boats and the terminals of staff."""

from collections.abc import Callable, Mapping

from brain.model.reading import Device
from feeds.payloads.demo_rhythm import Rhythm

_DOWN_FOR_MIN = 240  # how slowly cameras, lines and lamps fail and are mended


class Equipment:
    """By kind of device what it reports: metric -> value, units of the default config. Pure in device and moment."""

    def __init__(self, rhythm: Rhythm) -> None:
        self._rhythm = rhythm

    @property
    def by_kind(self) -> Mapping[str, Callable[[Device, int], dict[str, float]]]:
        return {
            "parking": self._parking,
            "manhole": self._manhole,
            "smoke": self._smoke,
            "lift": self._lift,
            "street_light": self._street_light,
            "camera": self._camera,
            "extranet_line": self._extranet_line,
            "cloud_host": self._cloud_host,
            "terminal": self._terminal,
            "boat": self._boat,
        }

    def _works(self, device: Device, at_ms: int, limit: float) -> bool:
        """Whether it does now; the higher the limit (below 1), the rarer it does not."""
        return self._rhythm.noise(device, at_ms, _DOWN_FOR_MIN, "works") < limit

    def _parking(self, device: Device, at_ms: int) -> dict[str, float]:
        used = 0.35 + 0.5 * self._rhythm.day(at_ms, 15) + 0.12 * self._rhythm.noise(device, at_ms, 45)
        return {"parking_occupied_ratio": _ratio(used)}

    def _manhole(self, device: Device, at_ms: int) -> dict[str, float]:
        moved = self._rhythm.has(device, "moved", at_ms)
        return {"manhole_tilt_deg": 38.0 if moved else round(abs(self._rhythm.noise(device, at_ms, 60)) * 2, 1)}

    def _smoke(self, device: Device, at_ms: int) -> dict[str, float]:
        burning = self._rhythm.has(device, "fire", at_ms)
        return {"smoke_ratio": 0.18 if burning else round(abs(self._rhythm.noise(device, at_ms, 60)) * 0.015, 4)}

    def _lift(self, device: Device, at_ms: int) -> dict[str, float]:
        return {"lift_trapped_ratio": 1.0 if self._rhythm.has(device, "trapped", at_ms) else 0.0}

    def _street_light(self, device: Device, at_ms: int) -> dict[str, float]:
        good = 1.0 if self._works(device, at_ms, 0.93) else 0.9 + 0.1 * self._rhythm.trait(device, "lamps")
        burning = self._rhythm.day(at_ms, 1) > 0.55
        return {"light_good_ratio": _ratio(good), "light_power_w": round(2400 * good) if burning else 0.0}

    def _camera(self, device: Device, at_ms: int) -> dict[str, float]:
        return {"video_online_ratio": 1.0 if self._works(device, at_ms, 0.95) else 0.0}

    def _extranet_line(self, device: Device, at_ms: int) -> dict[str, float]:
        if not self._works(device, at_ms, 0.985):
            return {"line_up_ratio": 0.0}  # a line that is down has neither load nor latency
        load = 0.08 + 0.4 * self._rhythm.day(at_ms, 11) * self._rhythm.trait(device, "load")
        load += 0.06 * self._rhythm.noise(device, at_ms, 15, "load")
        latency = 4 + 9 * self._rhythm.trait(device, "far") + 18 * max(load, 0.0) ** 2
        return {"line_up_ratio": 1.0, "line_load_ratio": _ratio(load), "line_latency_ms": round(latency, 1)}

    def _cloud_host(self, device: Device, at_ms: int) -> dict[str, float]:
        cpu = (
            0.12
            + 0.35 * self._rhythm.day(at_ms, 11) * self._rhythm.trait(device, "cpu")
            + 0.1 * self._rhythm.noise(device, at_ms, 9)
        )
        if self._rhythm.has(device, "busy", at_ms):
            cpu = 0.96
        memory = (
            0.3 + 0.45 * self._rhythm.trait(device, "memory") + 0.05 * self._rhythm.noise(device, at_ms, 180, "memory")
        )
        disk = 0.2 + 0.6 * self._rhythm.trait(device, "disk")
        disk += 0.02 * self._rhythm.noise(device, at_ms, 2880, "disk")
        return {"cpu_ratio": _ratio(cpu), "memory_ratio": _ratio(memory), "disk_ratio": _ratio(disk)}

    def _terminal(self, device: Device, at_ms: int) -> dict[str, float]:
        on_duty = self._rhythm.day(at_ms, 13) + 0.25 * self._rhythm.noise(device, at_ms, 240, "duty") > 0.35
        return {"terminal_on_duty_ratio": 1.0 if on_duty else 0.0}

    def _boat(self, device: Device, at_ms: int) -> dict[str, float]:
        out = self._rhythm.day(at_ms, 7) + 0.3 * self._rhythm.noise(device, at_ms, 300, "out") > 0.75
        speed = 3.2 + 1.6 * self._rhythm.noise(device, at_ms, 20, "speed") if out else 0.0
        return {
            "boat_speed_mps": round(speed, 1),
            "boat_battery_ratio": _ratio(0.7 + 0.28 * self._rhythm.noise(device, at_ms, 720, "battery")),
        }


def _ratio(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 3)
