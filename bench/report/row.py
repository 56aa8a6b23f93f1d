"""One line of a benchmark's table."""

import operator
from dataclasses import dataclass

_SIGNS = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is `value` over that of `against`, measured in the same run. `aim` is what the ratio (or the value, where
    there is no ratio) shall be, such as ">= 0.5"; empty for what is only told."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    aim: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without one. Raises ValueError for an aim that is not understood."""
        if not self.aim:
            return None
        sign, _, limit = self.aim.partition(" ")
        if sign not in _SIGNS:
            raise ValueError(f"an aim is written like '>= 0.5', not {self.aim!r}")
        return bool(_SIGNS[sign](self.value if self.ratio is None else self.ratio, float(limit)))
