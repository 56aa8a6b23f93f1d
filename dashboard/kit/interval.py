"""How sure a ratio is: Wilson's score interval, and the least n below which no ratio is stated as a rank."""

from math import sqrt

LEAST_N = 30
_Z95 = 1.959963984540054


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of hits/n, both 0 to 1 (E. B. Wilson, 1927). Raises ValueError unless 0 <= hits <= n, n > 0."""
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"{hits} of {n} is no ratio")
    p, z2 = hits / n, _Z95 * _Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    # All or none end exactly at 1 or 0; in binary they would miss it by a hair and lie below a line at 100 %.
    return (max(0.0, middle - half) if hits else 0.0), (min(1.0, middle + half) if hits < n else 1.0)
