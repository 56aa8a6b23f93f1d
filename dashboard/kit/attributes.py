"""Attributes of elements that dash has no argument for: data-*, aria-*. Values are written as text."""

from typing import Any


def data(**values: object) -> dict[str, Any]:
    """data(stale_at=5) -> {"data-stale-at": "5"}."""
    return {f"data-{name.replace('_', '-')}": str(value) for name, value in values.items()}


def aria(**values: object) -> dict[str, Any]:
    """aria(label="x") -> {"aria-label": "x"}."""
    return {f"aria-{name.replace('_', '-')}": str(value) for name, value in values.items()}
