"""A change: the triangle says the direction, the word says the judgement. Never a warning colour."""

from typing import Any

from dash import html

from brain.model.indicator import Good
from dashboard.kit.number import grouped
from dashboard.panel import View

_UP, _DOWN, _LEVEL = "▲", "▼", "="


def change_ratio(now: float | None, before: float | None) -> float | None:
    """Change in percent of `before`; None where there is nothing to compare with."""
    return None if now is None or not before else (now - before) / abs(before) * 100


def delta(view: View, amount: float | None, unit: str, base: str, good: Good = Good.NONE, decimals: int = 1) -> Any:
    """`base` first ("比上周三同时"), then triangle, figure, unit, then the word of the judgement where `good` has one.

    `amount` None (no base to compare with): None, so that nothing is said.
    """
    if amount is None:
        return None
    text = grouped(abs(amount), decimals)
    moved = bool(text.strip("0.,"))
    mark = _LEVEL if not moved else (_UP if amount > 0 else _DOWN)
    judged = moved and good is not Good.NONE
    better = (amount > 0) == (good is Good.UP)
    face = ("good" if better else "bad") if judged else "flat"
    word = view.tr(f"kit.delta.{face}") if judged else ""
    value = html.B(f"{mark} {text} {unit}".strip() + (f" {word}" if word else ""), className="delta-value")
    return html.Span([f"{base} ", value], className=f"delta {face}")
