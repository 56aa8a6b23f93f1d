"""One measured value of one device, and the devices that measure."""

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` None = measured but bad; what was not measured has no Reading. Times are epoch ms UTC, city time."""

    device_id: str
    metric: str
    at_ms: int
    value: float | None
    received_ms: int


class DeviceState(StrEnum):
    """Only a device in service (ACTIVE) is expected to speak, is counted, and raises alerts. WAITING: a feed hears it,
    but the register does not know it; what is said of it may be incomplete, its area "" for none."""

    WAITING = "waiting"
    COMMISSIONING = "commissioning"
    ACTIVE = "active"
    MAINTENANCE = "maintenance"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Device:
    """A thing that reports. Coordinates are WGS-84 degrees; `interval_s` is how often it is expected to report.

    `state` is what people say of it, no feed. `kept`: what it is was settled by people too, and a feed that says
    otherwise is passed over."""

    id: str
    kind: str
    name: str
    area_id: str
    lon: float | None
    lat: float | None
    interval_s: int
    feed: str
    simulated: bool = False
    state: DeviceState = DeviceState.ACTIVE
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """What devices measure. `low`/`high` bound what can be true; a value outside is stored as None (bad)."""

    id: str
    name: str
    name_en: str
    unit: str
    decimals: int = 1
    low: float | None = None
    high: float | None = None


_CHINESE = re.compile(r"[\u2e80-\U0003ffff]")
_AREA_CODE = re.compile(r"\d{6}|\d{9}|\d{12}")


def english_device_name(name: str, kind_en: str, device_id: str) -> str:
    """What a device is called on an English screen. Registers seldom have a second name: one that reads in any language
    stays, for a Chinese or missing one stand the kind and the numbers of the id: "Flood gauge 0417"."""
    if name and not _CHINESE.search(name):
        return name
    numbered = [part for part in re.split(r"[^0-9A-Za-z]+", device_id) if any(c.isdigit() for c in part)]
    # Where it stands is told beside it: a code of the area (six digits and more) before its number says that again.
    numbered = [part for part in numbered[:-1] if not _AREA_CODE.fullmatch(part)] + numbered[-1:]
    return f"{kind_en} {'-'.join(numbered) or device_id}".strip()
