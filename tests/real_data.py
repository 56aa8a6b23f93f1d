"""Where the real data lies: beside the project, or where CITY_REAL_DATA says. Tests that count it are skipped, visibly,
where it is not."""

from pathlib import Path

import pytest

from tools.demo_real.data import DATA

__all__ = ("DATA", "SEEDS", "real")

SEEDS = DATA.parent / "seeds"
"""The documents the product answers to, and the table of every figure they publish."""


def real(path: Path) -> Path:
    """The path. Skips the test where it is not there."""
    if not path.exists():
        pytest.skip(f"the real data is not there: {path.parent.name}/{path.name}")
    return path
