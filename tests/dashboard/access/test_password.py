"""Which passwords will do."""

import pytest

from dashboard.access.password import password_fault


@pytest.mark.parametrize(
    "password", ["Rain-on-the-7-hills", "correct horse 7 Battery", "城市大脑值班员的口令A1号", "Zz9!Zz8?Yy7#"]
)
def test_good_ones(password: str) -> None:
    assert password_fault(password, "wu") is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "length"),
        ("Ab1-Ab1-Ab1", "length"),
        ("A1-" * 67, "length"),
        ("abcdefghijklmnop", "kinds"),
        ("abcdefgh12345678", "kinds"),
        ("Password123456", "common"),
        ("Wu.Ming-2026!", "common"),
        ("Aa1Aa1Aa1Aa1", "common"),
    ],
)
def test_bad_ones(password: str, fault: str) -> None:
    assert password_fault(password, "wu.ming") == fault
