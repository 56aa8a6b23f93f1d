"""Text from outside must not make the database refuse a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.store.storable import storable


@given(st.text(st.characters(codec=None)), st.integers(0, 20))
def test_any_text_becomes_storable(text: str, limit: int) -> None:
    found = storable(text, limit)
    assert len(found) <= limit
    assert "\0" not in found
    found.encode()  # raises for halves of surrogate pairs


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("中文 and 😀", 20, "中文 and 😀"),
        ("😀😀", 1, "😀"),
        ("a\0b", 20, "a\ufffdb"),
        ("\ud83d\ude00", 20, "😀"),  # a pair that was decoded in halves is one character
        ("x\ud800y\udc80", 20, "x\ufffdy\ufffd"),
    ],
)
def test_only_what_cannot_be_stored_is_changed(text: str, limit: int, expected: str) -> None:
    assert storable(text, limit) == expected
