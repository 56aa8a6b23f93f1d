"""Linear conversions between units of devices and cities, so that a mapping may say `unit: cm` instead of a scale."""

from collections.abc import Mapping
from types import MappingProxyType

Linear = tuple[float, float]  # target = source * scale + offset

# To one base per quantity. Sources: SI brochure 9th ed.; degrees Fahrenheit by definition.
_BASES: Mapping[str, tuple[str, float, float]] = MappingProxyType(
    {
        "m": ("m", 1, 0),
        "cm": ("m", 0.01, 0),
        "mm": ("m", 0.001, 0),
        "km": ("m", 1000, 0),
        "K": ("K", 1, 0),
        "°C": ("K", 1, 273.15),
        "℃": ("K", 1, 273.15),
        "°F": ("K", 5 / 9, 459.67 * 5 / 9),
        "Pa": ("Pa", 1, 0),
        "hPa": ("Pa", 100, 0),
        "kPa": ("Pa", 1000, 0),
        "bar": ("Pa", 100_000, 0),
        "m/s": ("m/s", 1, 0),
        "km/h": ("m/s", 1 / 3.6, 0),
        "W": ("W", 1, 0),
        "kW": ("W", 1000, 0),
        "Wh": ("Wh", 1, 0),
        "kWh": ("Wh", 1000, 0),
        "V": ("V", 1, 0),
        "mV": ("V", 0.001, 0),
        "A": ("A", 1, 0),
        "mA": ("A", 0.001, 0),
        "L": ("m3", 0.001, 0),
        "m³": ("m3", 1, 0),
        "%": ("ratio", 0.01, 0),
        "ratio": ("ratio", 1, 0),
        "μg/m³": ("kg/m3", 1e-9, 0),
        "µg/m³": ("kg/m3", 1e-9, 0),  # the micro sign is not the Greek letter, and both are about
        "ug/m3": ("kg/m3", 1e-9, 0),
        "mg/m³": ("kg/m3", 1e-6, 0),
        "s": ("s", 1, 0),
        "min": ("s", 60, 0),
        "h": ("s", 3600, 0),
        "ms": ("s", 0.001, 0),
        "MPa": ("Pa", 1_000_000, 0),
        "ug/m³": ("kg/m3", 1e-9, 0),
        "dB": ("dB", 1, 0),
        "dBA": ("dB", 1, 0),  # noise of a city is measured so
        "mg/L": ("kg/m3", 1e-3, 0),
        "mg/l": ("kg/m3", 1e-3, 0),
        "°": ("°", 1, 0),
        "ft": ("m", 0.3048, 0),
        "in": ("m", 0.0254, 0),
        "psi": ("Pa", 6894.757293168361, 0),
        "mbar": ("Pa", 100, 0),
        "cbar": ("Pa", 1000, 0),
        "mmHg": ("Pa", 133.322387415, 0),
        "inHg": ("Pa", 3386.389, 0),
        "kn": ("m/s", 1852 / 3600, 0),
        "mph": ("m/s", 0.44704, 0),
        "d": ("s", 86_400, 0),
        "C": ("K", 1, 273.15),  # how Tasmota says what it measures in
        "F": ("K", 5 / 9, 459.67 * 5 / 9),
    }
)
# What Chinese configuration calls them.
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "米": "m",
        "厘米": "cm",
        "毫米": "mm",
        "千米": "km",
        "公里": "km",
        "摄氏度": "℃",
        "帕": "Pa",
        "百帕": "hPa",
        "千帕": "kPa",
        "兆帕": "MPa",
        "微克/立方米": "μg/m³",
        "毫克/立方米": "mg/m³",
        "米/秒": "m/s",
        "千米/时": "km/h",
        "秒": "s",
        "分钟": "min",
        "小时": "h",
        "升": "L",
        "立方米": "m³",
        "分贝": "dB",
        "毫克/升": "mg/L",
        "度": "°",
        "毫秒": "ms",
        "瓦": "W",
    }
)


def has_others(unit: str) -> bool:
    """Whether what is measured in it may come in another unit: not so for counts."""
    return _NAMES.get(unit, unit) in _BASES


def conversion(source: str, target: str) -> Linear:
    """(scale, offset) from one unit to another. Raises ValueError when the two do not measure the same."""
    source, target = _NAMES.get(source, source), _NAMES.get(target, target)
    if source == target:
        return 1.0, 0.0
    if source not in _BASES or target not in _BASES or _BASES[source][0] != _BASES[target][0]:
        known = ", ".join(sorted(unit for unit in _BASES if target in _BASES and _BASES[unit][0] == _BASES[target][0]))
        raise ValueError(f"unit {source!r} cannot be turned into {target!r}; known are: {known or 'none, use scale'}")
    _, scale, offset = _BASES[source]
    _, target_scale, target_offset = _BASES[target]
    return scale / target_scale, (offset - target_offset) / target_scale
