"""Versions as browsers name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.push.stamp import Stamp, parse_stamp, stamp


@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=5))
def test_a_stamp_is_read_as_it_was_written(counters: list[int]) -> None:
    written = Stamp("b007", tuple(counters))
    assert parse_stamp(str(written)) == written


@given(st.text())
def test_whatever_is_asked_is_a_stamp_or_none(text: str) -> None:
    found = parse_stamp(text)
    assert found is None or all(n >= 0 for n in found.counters)


@pytest.mark.parametrize("text", ["-1", "boot-x", "boot-1.", "boot--1", "boot-²", "boot-1e3", "x" * 201])
def test_not_a_stamp(text: str) -> None:
    assert parse_stamp(text) is None


def test_behind_means_any_counter_is_older() -> None:
    assert Stamp("b", (1, 5)).behind(Stamp("b", (2, 4)))
    assert not Stamp("b", (2, 5)).behind(Stamp("b", (2, 4)))
    assert not Stamp("b", (1,)).behind(Stamp("other", (2,)))
    assert not Stamp("b", (1,)).behind(Stamp("b", (2, 2)))


def test_a_stamp_has_the_counters_of_the_inputs_in_their_order() -> None:
    assert stamp("b", {"tickets": 3, "alerts": 7}, ("alerts", "readings", "tickets")) == Stamp("b", (7, 0, 3))
