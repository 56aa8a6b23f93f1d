"""Paths in settings begin where the config is, not where the program was started."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def from_folder(settings: Model, folder: Path) -> Model:
    """The settings with every path in them absolute, within the models they hold too."""
    moved: dict[str, Any] = {}
    for name, value in settings:
        if isinstance(value, Path) and not value.is_absolute():
            moved[name] = folder / value
        elif isinstance(value, BaseModel):
            moved[name] = from_folder(value, folder)
    return settings.model_copy(update=moved)
