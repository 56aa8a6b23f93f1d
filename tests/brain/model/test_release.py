"""The program knows which release it is."""

import tomllib
from pathlib import Path

from brain.model.release import VERSION


def test_it_is_the_one_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
