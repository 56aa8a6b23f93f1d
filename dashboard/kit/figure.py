"""A number on the screen: qualifier, value, unit on one line; the size is a duty of the type scale."""

from typing import Any

from dash import html

from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.model.unit import unit_of
from dashboard.kit.number import NONE, group_digits, grouped, in_english
from dashboard.panel import View

SIZES = ("hero", "total", "lead", "clock", "row")


def figure(text: str, unit: str = "", size: str = "lead", qualifier: str = "") -> html.Div:
    """`text` is a ready figure (see number.py); `size` one of SIZES; empty unit and qualifier are left out."""
    if size not in SIZES:
        raise ValueError(f"no such size: {size}; known: {', '.join(SIZES)}")
    shown = "figure-value none" if text == NONE else "figure-value"
    parts: list[Any] = [html.Span(qualifier, className="figure-qualifier")] if qualifier else []
    parts.append(html.Span(text, className=shown))
    if unit:
        parts.append(html.Span(unit, className="figure-unit"))
    return html.Div(parts, className=f"figure size-{size}")


def unit_word(symbol: str, lang: str) -> str:
    """The unit in a language: the symbol in Chinese, its word in English."""
    return unit_of(symbol).en if lang == "en" else symbol


def published_text(value: IndicatorValue | None, indicator: IndicatorDef, view: View) -> tuple[str, str, str]:
    """(qualifier, figure, unit) of a published value, as published: its precision, its 万 or 亿, its 超 or 约."""
    unit = unit_word(indicator.unit, view.lang)
    if value is None or value.shown is None:
        return "", NONE, unit
    qualifier = view.tr(f"kit.qualifier.{value.qualifier.value}") if value.qualifier.value else ""
    printed = value.figure_and_scale
    if printed is None:
        return qualifier, grouped(value.shown, indicator.decimals), unit
    digits, scale = printed
    if view.lang == "en":
        text, word = in_english(digits, scale)
        return qualifier, text, " ".join(part for part in (view.tr(f"kit.scale.{word}") if word else "", unit) if part)
    return qualifier, group_digits(digits), scale + unit


def published(value: IndicatorValue | None, indicator: IndicatorDef, view: View, size: str = "total") -> html.Div:
    """A published value as a figure."""
    qualifier, text, unit = published_text(value, indicator, view)
    return figure(text, unit, size, qualifier)
