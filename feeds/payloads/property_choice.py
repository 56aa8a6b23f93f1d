"""Which metric of the city a property of a device is, and how its number becomes the metric's."""

from collections.abc import Mapping

from brain.model.reading import Metric
from brain.model.reason import Reason
from feeds.payloads.convention import ConventionSettings, Gap, Value
from feeds.payloads.convention_tally import plain
from feeds.payloads.quantities import metric_of, needs_unit, to_metric
from feeds.payloads.refusal import Refusal
from feeds.payloads.units import Linear

_REMEMBERED = 10_000  # properties; a stranger can invent any number
Choice = tuple[str, Linear]


class Choices:
    """Of one convention. The choice for a property is made once."""

    def __init__(self, settings: ConventionSettings, metrics: Mapping[str, Metric]) -> None:
        self._settings = settings
        self._metrics = metrics
        self._made: dict[tuple[str, str, str, str, bool], Choice | Refusal | Gap | None] = {}

    def of(self, value: Value) -> Choice | Refusal | Gap | None:
        """None when the city has no metric for it; a refusal when it has one that is not measured in that unit; a gap
        while the unit is awaited."""
        key = (value.property, value.short, value.unit, value.quantity, value.unit_awaited)
        if key not in self._made:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made[key] = self._choose(value)
        return self._made[key]

    def _choose(self, value: Value) -> Choice | Refusal | Gap | None:
        said, metrics = self._settings, self._metrics
        names = [name for name in (value.property, value.short, value.quantity) if name]
        told = next((said.units[name] for name in names if name in said.units), None)
        unit = value.unit if told is None else told
        metric_id = next((said.metrics[name] for name in names if name in said.metrics), None)
        if metric_id is None:  # it may say itself which metric it is
            metric_id = next((name for name in (value.property, value.short) if name in metrics), None)
        if metric_id is None:
            metric_id = metric_of(value.quantity, unit, metrics)
        metric = metrics.get(metric_id) if metric_id else None
        if metric_id is None or metric is None:
            return None
        if value.unit_awaited and told is None and needs_unit(metric):
            return Gap(f"{plain(value.property)} before its unit was announced")
        if (linear := to_metric(unit, metric)) is None:
            detail = f"{plain(value.property)} in {plain(unit)} cannot be turned into {metric.unit}"
            return Refusal(Reason.BAD_FIELD, f"{detail}: say in units what it is")
        return metric_id, linear
