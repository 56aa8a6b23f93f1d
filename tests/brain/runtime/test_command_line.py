"""What may be said to app.py."""

from pathlib import Path

import pytest

from brain.runtime.command_line import read_arguments

OWN, OTHER = Path("config.yaml"), Path("other.yaml")


@pytest.mark.parametrize(
    ("arguments", "config"),
    [(["check"], OWN), (["--config", "other.yaml", "check"], OTHER), (["check", "--config", "other.yaml"], OTHER)],
)
def test_the_config_stands_before_or_behind_the_command(arguments: list[str], config: Path) -> None:
    assert read_arguments(arguments, OWN).config == config
