"""Which metric of the city a property is, where that is beyond doubt.

A temperature may be that of a river, a cellar or a fridge: such a property is none of the city's until the stanza says
so. What can mean one thing only is understood by itself.
"""

from collections.abc import Mapping
from types import MappingProxyType

from brain.model.reading import Metric
from brain.model.unit import unit_of
from feeds.payloads.units import Linear, conversion, has_others

# Device classes as Home Assistant names them, https://www.home-assistant.io/integrations/sensor/#device-class
_BEYOND_DOUBT: Mapping[str, str] = MappingProxyType(
    {
        "pm25": "air_pm25_ugm3",
        "pm10": "air_pm10_ugm3",
        "nitrogen_dioxide": "air_no2_ugm3",
        "ozone": "air_o3_ugm3",
        "sound_pressure": "noise_db",
    }
)


def metric_of(quantity: str, unit: str, metrics: Mapping[str, Metric]) -> str | None:
    """The metric for a device class in a unit that can be turned into the metric's."""
    name = _BEYOND_DOUBT.get(quantity)
    metric = metrics.get(name) if name else None
    return name if metric is not None and unit and to_metric(unit, metric) is not None else None


def needs_unit(metric: Metric) -> bool:
    """Whether a number alone may be meant in another unit than the metric's."""
    return has_others(unit_of(metric.unit).base)


def to_metric(unit: str, metric: Metric) -> Linear | None:
    """From the unit to what the metric is kept in; without a unit the number stands as it is. None when the two do not
    measure the same."""
    if not unit:
        return 1.0, 0.0
    try:
        return conversion(unit, unit_of(metric.unit).base)
    except ValueError:
        return None
