"""What all tests of feeds share."""

import pytest

from feeds import iot_mqtt


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed of the broker looks often whether it is to stop: tests stop it again and again on a silent line."""
    monkeypatch.setattr(iot_mqtt, "_TURN_S", 0.02)
