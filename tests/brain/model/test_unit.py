"""Figures go to base units and back without losing a digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.unit import UNITS, unit_of


@pytest.mark.parametrize(
    ("symbol", "shown", "base", "kept"),
    [
        ("%", "99.99", "ratio", 0.9999),
        ("%", "100", "ratio", 1.0),
        ("小时", "2", "s", 7200.0),
        ("天", "9.78", "s", 844_992.0),
        ("GB", "430", "byte", 430e9),
        ("Gbps", "10", "bit/s", 10e9),
        ("工作日", "0.24", "工作日", 0.24),
        ("件次", "903600", "件次", 903_600.0),
        ("万吨", "3", "万吨", 3.0),  # a city's own
    ],
)
def test_into_the_base_unit_and_back(symbol, shown, base, kept):
    unit = unit_of(symbol)
    assert unit.base == base
    assert unit.to_base(Decimal(shown)) == kept
    assert unit.to_shown(kept) == Decimal(shown)


@given(st.sampled_from(sorted(UNITS)), st.decimals(-(10**9), 10**9, places=2))
def test_any_published_figure_comes_back_as_it_was(symbol, shown):
    unit = unit_of(symbol)
    assert unit.to_shown(unit.to_base(shown)) == shown
