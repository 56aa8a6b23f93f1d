"""Shares closed in time, side by side: each with its interval, the n behind it and a line for what it is held against.
Judged by the interval: above, level with or below the line. Below the least n nothing is ranked or judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from dash import html

from brain.model.query.shares import Judged
from dashboard.kit.interval import wilson
from dashboard.kit.number import NONE, grouped, signed
from dashboard.kit.rank import ranked_row
from dashboard.panel import Screen, View

_STEP = 0.05  # the scale begins at a multiple of it
_APART = 30.0  # percent of the scale's width that keep two of its words from one another


@dataclass(frozen=True, slots=True)
class ShareRow:
    """`before`: the share (0 to 1) of the span compared with, None without one."""

    name: str
    judged: Judged
    before: float | None = None
    go: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What the shares are held against (0 to 1) and what it is called."""

    at: float
    word: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A row with at least one ticket due, and the 95 % interval of its share."""

    row: ShareRow
    low: float
    high: float
    ranked: bool

    @property
    def share(self) -> float:
        return self.row.judged.on_time_n / self.row.judged.due_n


def share_rank(rows: Sequence[ShareRow], line: Line, min_n: int, view: View) -> html.Div:
    """Greatest share first; those with less than `min_n` tickets due come last, most tickets first."""
    known = [weigh(row, min_n) for row in rows if row.judged.due_n]
    ranked = sorted((each for each in known if each.ranked), key=lambda each: (-each.share, -each.row.judged.due_n))
    others = sorted((each for each in known if not each.ranked), key=lambda each: -each.row.judged.due_n)
    bottom = _bottom([each.low for each in ranked], line.at)
    changes = view.screen is not Screen.SMALL and any(row.before is not None for row in rows)
    drawn = [_head(bottom, line, changes, view)]
    drawn += [_row(str(i + 1), each, bottom, line, changes, view) for i, each in enumerate(ranked)]
    drawn += [_row(NONE, each, bottom, line, changes, view) for each in others]
    drawn += [_none(row, changes) for row in rows if not row.judged.due_n]
    return html.Div(drawn, className="rank shares" + (" with-delta" if changes else ""))


def share_notes(judged: Judged, min_n: int, view: View) -> list[str]:
    """What the line below says: what an interval is, what is not counted, from which n there is a rank."""
    notes = [view.tr("kit.shares.interval")]
    if judged.not_yet_due_n:
        notes.append(view.tr("kit.shares.waiting", n=grouped(judged.not_yet_due_n)))
    return [*notes, view.tr("kit.shares.least", n=grouped(min_n))]


def weigh(row: ShareRow, min_n: int) -> Weighed:
    low, high = wilson(row.judged.on_time_n, row.judged.due_n)
    return Weighed(row, low, high, row.judged.due_n >= min_n)


def _bottom(lows: Sequence[float], line: float) -> float:
    """Where the scale begins, so that no ranked interval and no line is cut off. It ends at 100 %."""
    lowest = floor((min([*lows, line]) - 0.01) / _STEP) * _STEP
    return min(max(lowest, 0.0), 1 - _STEP)


def _left(share: float, bottom: float) -> float:
    return min(max((share - bottom) / (1 - bottom), 0.0), 1.0) * 100


def _head(bottom: float, line: Line, changes: bool, view: View) -> html.Div:
    at = _left(line.at, bottom)
    words = [html.Span(f"{line.word} {_percent(line.at)}", style={"left": f"{min(max(at, 15), 85):.1f}%"})]
    if at > _APART:
        words.insert(0, html.Span(grouped(bottom * 100), className="first"))
    if at < 100 - _APART:
        words.append(html.Span("100", className="last"))
    columns = ["share", "n", "change"] if changes else ["share", "n"]
    against = html.Span(view.tr("kit.shares.against", line=line.word))
    cells = [html.Span(""), html.Span(""), html.Span(words, className="interval-scale")]
    return html.Div([*cells, *(html.Span(view.tr(f"kit.shares.{c}")) for c in columns), against], className="rank-head")


def _row(place: str, each: Weighed, bottom: float, line: Line, changes: bool, view: View) -> Any:
    left, right = _left(each.low, bottom), _left(each.high, bottom)
    verdict = verdict_of(each, line)
    picture = html.Span(
        [
            html.I(style={"left": f"{left:.1f}%", "width": f"{right - left:.1f}%"}),
            html.B(style={"left": f"{_left(each.share, bottom):.1f}%"}),
            html.U(style={"left": f"{_left(line.at, bottom):.1f}%"}),
        ],
        className="interval",
    )
    cells = [html.Span(place, className="rank-no"), html.Span(each.row.name, className="rank-name"), picture]
    shown: Any = [_percent(each.share), html.Small(" %")] if each.ranked else view.tr("kit.shares.unranked")
    cells += [html.Span(shown, className="rank-value"), html.Span(grouped(each.row.judged.due_n), className="rank-n")]
    if changes:
        cells.append(html.Span(_change(each), className="rank-delta"))
    cells.append(html.Span(view.tr(f"kit.shares.{verdict}"), className=f"rank-verdict is-{verdict}"))
    return ranked_row(cells, "rank-row" if each.ranked else "rank-row off", each.row.go)


def _none(row: ShareRow, changes: bool) -> Any:
    """Nothing was due yet."""
    cells = [html.Span(NONE, className="rank-no"), html.Span(row.name, className="rank-name")]
    cells += [
        html.Span(className="interval"),
        html.Span(NONE, className="rank-value"),
        html.Span("0", className="rank-n"),
    ]
    cells += [html.Span("")] * (2 if changes else 1)
    return ranked_row(cells, "rank-row off", row.go)


def verdict_of(each: Weighed, line: Line) -> str:
    """few, above, below or level: the last part of a catalogue key."""
    if not each.ranked:
        return "few"
    return "above" if each.low > line.at else "below" if each.high < line.at else "level"


def _change(each: Weighed) -> str:
    """In percentage points."""
    before = each.row.before
    return NONE if before is None or not each.ranked else signed((each.share - before) * 100, 1)


def _percent(share: float) -> str:
    return grouped(share * 100, 1)
