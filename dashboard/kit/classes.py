"""Five classes for a map: round breaks that stay where they are while the values move a little."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from dashboard.kit.number import grouped

CLASSES = 5
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0)
_LEAST_STEP = 0.001
_ONE_PLACE_BELOW = 100


@dataclass(frozen=True, slots=True)
class Classes:
    """`breaks` are the lower bounds of classes 2 to 5; `decimals` the places values and breaks are shown with."""

    breaks: tuple[float, float, float, float]
    decimals: int

    def of(self, value: float) -> int:
        """0 to 4."""
        return sum(value >= at for at in self.breaks)

    def bounds(self) -> list[tuple[str, str]]:
        """(from, to) of each class as text, the least first; "" where it is open. The upper one is the last value that
        still belongs to the class as shown."""
        texts = [grouped(at, self.decimals) for at in self.breaks]
        lasts = [grouped(at - 10.0**-self.decimals, self.decimals) for at in self.breaks]
        middle = [(low, high) for low, high in zip(texts, lasts[1:], strict=False)]
        return [("", texts[0]), *middle, (texts[-1], "")]


def classify(values: Sequence[float], whole: bool = False) -> Classes:
    """Equal steps from a low value to a high one: 10th and 90th percentile, so that no outlier takes the whole ramp.

    `whole`: the values are counts, breaks and labels are whole numbers.
    """
    ordered = sorted(values)
    if not ordered:
        return Classes((1.0, 2.0, 3.0, 4.0), 0)
    low, high = _quantile(ordered, 0.1), _quantile(ordered, 0.9)
    step = max(_LEAST_STEP, _nearest_nice((high - low) / 3 if high > low else abs(high) / 4))
    if whole:
        step = max(1.0, float(round(step)))
    first = ceil(low / step - 1e-9)
    if low >= 0:
        first = max(1, first)
    places = _places(step)
    breaks = [round((first + i) * step, places) for i in range(CLASSES - 1)]
    shown = 0 if whole else max(places, 1 if high < _ONE_PLACE_BELOW else 0)
    return Classes((breaks[0], breaks[1], breaks[2], breaks[3]), shown)


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    i = int(at)
    following = ordered[min(i + 1, len(ordered) - 1)]
    return ordered[i] + (following - ordered[i]) * (at - i)


def _nearest_nice(value: float) -> float:
    if value <= 0:
        return 1.0
    size = 10.0 ** floor(log10(value))
    return min((step * size for step in _STEPS), key=lambda step: abs(step - value))


def _places(step: float) -> int:
    for places in range(5):
        if abs(round(step, places) - step) < 1e-9:
            return places
    return 5
