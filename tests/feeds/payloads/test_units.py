import pytest

from feeds.payloads.units import conversion


@pytest.mark.parametrize(
    ("source", "target", "number", "converted"),
    [
        ("cm", "m", 125, 1.25),
        ("mm", "m", 40, 0.04),
        ("°F", "°C", 212, 100),
        ("K", "°C", 273.15, 0),
        ("°C", "K", 0, 273.15),
        ("kPa", "hPa", 101.3, 1013),
        ("mg/m³", "µg/m³", 0.035, 35),
        ("%", "ratio", 40, 0.4),
        ("km/h", "m/s", 36, 10),
        ("dBA", "dBA", 60, 60),
        ("cm", "米", 125, 1.25),
        ("毫米", "米", 40, 0.04),
        ("kPa", "兆帕", 250, 0.25),
        ("mg/m³", "微克/立方米", 0.035, 35),
        ("小时", "s", 2, 7200),
    ],
)
def test_conversions(source: str, target: str, number: float, converted: float) -> None:
    scale, offset = conversion(source, target)
    assert number * scale + offset == pytest.approx(converted, abs=1e-9)


@pytest.mark.parametrize(("source", "target"), [("m", "°C"), ("ppm", "m"), ("m", "ppm")])
def test_what_does_not_measure_the_same_is_refused(source: str, target: str) -> None:
    with pytest.raises(ValueError, match="cannot be turned into"):
        conversion(source, target)
