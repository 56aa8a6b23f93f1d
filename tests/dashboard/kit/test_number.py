import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kit.number import group_digits, grouped, in_english, signed


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 0, "—"),
        (float("nan"), 1, "—"),
        (float("inf"), 0, "—"),
        (0, 0, "0"),
        (-0.04, 1, "0.0"),
        (903600, 0, "903,600"),
        (-1234.5, 1, "−1,234.5"),
        (99.985, 2, "99.99"),
        (0.5, 0, "1"),
        (1e15, 0, "1,000,000,000,000,000"),
    ],
)
def test_grouped(value: float | None, decimals: int, text: str) -> None:
    assert grouped(value, decimals) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12), st.integers(0, 4))
def test_grouped_is_the_rounded_value(value: float, decimals: int) -> None:
    read = float(grouped(value, decimals).replace(",", "").replace("−", "-"))
    assert abs(read - value) <= 0.5 * 10**-decimals + 1e-9 * abs(value)


@pytest.mark.parametrize(("value", "text"), [(3.0, "+3"), (0.0, "0"), (0.2, "0"), (-3.0, "−3"), (None, "—")])
def test_signed(value: float | None, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("digits", "text"), [("1401", "1,401"), ("90.36", "90.36"), ("99.990", "99.990"), ("-1200", "−1,200"), ("x", "x")]
)
def test_published_precision_is_not_touched(digits: str, text: str) -> None:
    assert group_digits(digits) == text


@pytest.mark.parametrize(
    ("digits", "scale", "said"),
    [
        ("90.36", "万", ("903,600", "")),
        ("53", "万", ("530,000", "")),
        ("1401", "万", ("14.01", "million")),
        ("69.5", "亿", ("6.95", "billion")),
        ("99.99", "", ("99.99", "")),
        ("seven", "万", ("seven万", "")),
    ],
)
def test_chinese_scales_in_english(digits: str, scale: str, said: tuple[str, str]) -> None:
    assert in_english(digits, scale) == said
