import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.payloads.numbers import NotANumber, kind_of, to_number


@pytest.mark.parametrize(
    ("raw", "number"),
    [(None, None), (3, 3.0), (0, 0.0), (-1.5, -1.5), (True, 1.0), (False, 0.0), (" 23.5 ", 23.5), ("1e3", 1000.0)],
)
def test_numbers_in_their_ways_of_writing(raw: object, number: float | None) -> None:
    assert to_number(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "abc",
        "nan",
        "inf",
        "-Infinity",
        "1_000",
        "１２",
        "1,5",
        "9" * 400,
        [],
        {},
        float("nan"),
        float("inf"),
        10**400,
    ],
)
def test_what_is_no_finite_number_is_refused(raw: object) -> None:
    with pytest.raises(NotANumber):
        to_number(raw)


@given(st.text(min_size=12))
def test_a_report_does_not_repeat_the_value(text: str) -> None:
    assert text not in kind_of(text)
