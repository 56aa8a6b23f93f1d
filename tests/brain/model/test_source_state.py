"""From when on a source is old: what it brought, or that it brought nothing."""

import pytest

from brain.model.query.answer import SourceState

SINCE, HEARD, STALE = 5_000_000, 1_000_000, 300_000


@pytest.mark.parametrize(
    ("status", "quiet", "heard", "old_from_ms"),
    [
        ("well", False, HEARD, HEARD + STALE),
        ("lost", False, HEARD, HEARD + STALE),
        ("starting", False, HEARD, HEARD + STALE),  # hangs in its first try after a restart
        ("well", False, None, SINCE + STALE),
        ("lost", False, None, SINCE + STALE),
        ("starting", False, None, None),
        ("well", True, HEARD, None),
        ("well", True, None, None),
        ("starting", True, HEARD, None),
        ("lost", True, HEARD, SINCE + STALE),
        ("lost", True, None, SINCE + STALE),
    ],
)
def test_from_when_on_a_source_is_old(status: str, quiet: bool, heard: int | None, old_from_ms: int | None) -> None:
    state = SourceState("iot", "", "", status, SINCE, heard, STALE / 1000, "", None, False, quiet)
    assert state.old_from_ms == old_from_ms
    assert not state.is_old(old_from_ms if old_from_ms is not None else 10**13)
    assert state.is_old(SINCE + STALE + 1) == (old_from_ms is not None)
