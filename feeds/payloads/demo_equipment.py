"""What simulated equipment reports of itself: car parks, covers, lifts, lights, cameras, lines, hosts, detectors,
boats and the terminals of staff."""

from collections.abc import Callable, Mapping

from brain.model.reading import Device
from feeds.payloads.demo_rhythm import Rhythm

_DOWN_FOR_MIN = 240  # how slowly cameras, lines and lamps fail and are mended


def equipment(rhythm: Rhythm) -> Mapping[str, Callable[[Device, int], dict[str, float]]]:
    """By kind: metric -> value, units of the default config."""

    def works(device: Device, at_ms: int, limit: float) -> bool:
        """Whether it does now; the higher the limit (below 1), the rarer it does not."""
        return rhythm.noise(device, at_ms, _DOWN_FOR_MIN, "works") < limit

    def parking(device: Device, at_ms: int) -> dict[str, float]:
        used = 0.35 + 0.5 * rhythm.day(at_ms, 15) + 0.12 * rhythm.noise(device, at_ms, 45)
        return {"parking_occupied_ratio": _ratio(used)}

    def manhole(device: Device, at_ms: int) -> dict[str, float]:
        moved = rhythm.has(device, "moved", at_ms)
        return {"manhole_tilt_deg": 38.0 if moved else round(abs(rhythm.noise(device, at_ms, 60)) * 2, 1)}

    def smoke(device: Device, at_ms: int) -> dict[str, float]:
        burning = rhythm.has(device, "fire", at_ms)
        return {"smoke_ratio": 0.18 if burning else round(abs(rhythm.noise(device, at_ms, 60)) * 0.015, 4)}

    def lift(device: Device, at_ms: int) -> dict[str, float]:
        return {"lift_trapped_ratio": 1.0 if rhythm.has(device, "trapped", at_ms) else 0.0}

    def street_light(device: Device, at_ms: int) -> dict[str, float]:
        good = 1.0 if works(device, at_ms, 0.93) else 0.9 + 0.1 * rhythm.trait(device, "lamps")
        burning = rhythm.day(at_ms, 1) > 0.55
        return {"light_good_ratio": _ratio(good), "light_power_w": round(2400 * good) if burning else 0.0}

    def camera(device: Device, at_ms: int) -> dict[str, float]:
        return {"video_online_ratio": 1.0 if works(device, at_ms, 0.95) else 0.0}

    def extranet_line(device: Device, at_ms: int) -> dict[str, float]:
        if not works(device, at_ms, 0.985):
            return {"line_up_ratio": 0.0}  # a line that is down has neither load nor latency
        load = 0.08 + 0.4 * rhythm.day(at_ms, 11) * rhythm.trait(device, "load")
        load += 0.06 * rhythm.noise(device, at_ms, 15, "load")
        latency = 4 + 9 * rhythm.trait(device, "far") + 18 * max(load, 0.0) ** 2
        return {"line_up_ratio": 1.0, "line_load_ratio": _ratio(load), "line_latency_ms": round(latency, 1)}

    def cloud_host(device: Device, at_ms: int) -> dict[str, float]:
        cpu = 0.12 + 0.35 * rhythm.day(at_ms, 11) * rhythm.trait(device, "cpu") + 0.1 * rhythm.noise(device, at_ms, 9)
        if rhythm.has(device, "busy", at_ms):
            cpu = 0.96
        memory = 0.3 + 0.45 * rhythm.trait(device, "memory") + 0.05 * rhythm.noise(device, at_ms, 180, "memory")
        disk = 0.2 + 0.6 * rhythm.trait(device, "disk") + 0.02 * rhythm.noise(device, at_ms, 2880, "disk")
        return {"cpu_ratio": _ratio(cpu), "memory_ratio": _ratio(memory), "disk_ratio": _ratio(disk)}

    def terminal(device: Device, at_ms: int) -> dict[str, float]:
        on_duty = rhythm.day(at_ms, 13) + 0.25 * rhythm.noise(device, at_ms, 240, "duty") > 0.35
        return {"terminal_on_duty_ratio": 1.0 if on_duty else 0.0}

    def boat(device: Device, at_ms: int) -> dict[str, float]:
        out = rhythm.day(at_ms, 7) + 0.3 * rhythm.noise(device, at_ms, 300, "out") > 0.75
        speed = 3.2 + 1.6 * rhythm.noise(device, at_ms, 20, "speed") if out else 0.0
        return {
            "boat_speed_mps": round(speed, 1),
            "boat_battery_ratio": _ratio(0.7 + 0.28 * rhythm.noise(device, at_ms, 720, "battery")),
        }

    return {
        "parking": parking,
        "manhole": manhole,
        "smoke": smoke,
        "lift": lift,
        "street_light": street_light,
        "camera": camera,
        "extranet_line": extranet_line,
        "cloud_host": cloud_host,
        "terminal": terminal,
        "boat": boat,
    }


def _ratio(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 3)
