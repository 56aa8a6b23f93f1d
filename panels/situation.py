"""One sentence that says what the numbers mean, written by rules from counts: first how grave, then what is late, then
what cannot be seen."""

import re
from typing import Any

from dash import html

from brain.model.alert import Level
from brain.model.query.situation import Situation, SituationNow
from dashboard.kit.address import late_address
from dashboard.kit.attributes import data
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, area_name, what_of
from dashboard.kit.weave import weave
from dashboard.panel import Panel, View

_CALM_ORANGE = 2  # up to so many orange alerts, all within their time, the city is still calm
_MOST_CLAUSES = 3
_FIGURE = re.compile(r"(\d[\d,]* [^\x00-\x7f])")


def build(view: View) -> html.P:
    """What is late leads to the list of it."""
    now: SituationNow = view.value("now")
    rest: list[Any] = []
    for clause, address in _clauses(now, view):
        said = _together(clause)
        rest += [view.tr("kit.list_comma_long")] if rest else []
        rest += [html.A(said, href=address, **data(go=address))] if address else said
    parts = weave(view.tr, "situation.sentence", lead=html.Span(_together(_lead(now, view))), rest=html.Span(rest))
    return html.P(parts, className="sentence")


def _together(text: str) -> list[str | html.Span]:
    """A figure and its measure word stay on one line. Not by a space of another kind: that would fetch fonts."""
    parts = _FIGURE.split(text)
    return [html.Span(part, className="text-nowrap") if i % 2 else part for i, part in enumerate(parts) if part]


def _clauses(now: SituationNow, view: View) -> list[tuple[str, str]]:
    """(what is said, the address it leads to or ""), at most three, so that it can be read in one breath."""
    clauses = [
        (_alerts(now, view), ""),
        (_waiting(now, view), ""),
        (_clocks(now, view), late_address(view) if now.overdue else ""),
        (_feeds(now, view), ""),
    ]
    return [(said, address) for said, address in clauses if said][:_MOST_CLAUSES]


def _lead(now: SituationNow, view: View) -> str:
    area = view.tr("situation.whole") if view.area.parent_id is None else area_name(view.area.id, view)
    if now.gravest is not None and now.gravest.level is Level.RED:
        return view.tr("situation.red", what=what_of(now.gravest, view), where=area_label(now.gravest.area_id, view))
    orange = now.by_level.get(Level.ORANGE, 0)
    if orange > _CALM_ORANGE or now.urgent_overdue:
        return view.tr("situation.strained", area=area)
    if orange and now.unacknowledged:
        return view.tr("situation.watch", area=area)
    return view.tr("situation.calm", area=area)


def _alerts(now: SituationNow, view: View) -> str:
    """The gravest level with its count; the lower ones together."""
    levels = sorted((level for level, n in now.by_level.items() if n), reverse=True)
    if not levels:
        return view.tr("situation.no_alerts")
    first = levels[0]
    text = _counted("situation.alerts", now.by_level[first], view, level=view.tr(f"kit.level.{first.word}"))
    others = sum(now.by_level[level] for level in levels[1:])
    return f"{text}{view.tr('situation.others', n=grouped(others))}" if others else text


def _waiting(now: SituationNow, view: View) -> str:
    return view.tr("situation.unacknowledged", n=grouped(now.unacknowledged)) if now.unacknowledged else ""


def _clocks(now: SituationNow, view: View) -> str:
    """Urgent calls first: they are what somebody waits for."""
    if now.urgent_overdue:
        return _counted("situation.urgent_late", now.urgent_overdue, view)
    if now.overdue:
        return _counted("situation.late", now.overdue, view)
    if now.urgent_running:
        return _counted("situation.urgent_in_time", now.urgent_running, view)
    return view.tr("situation.in_time", n=grouped(now.running)) if now.running else ""


def _feeds(now: SituationNow, view: View) -> str:
    return _counted("situation.feeds_lost", now.feeds_lost, view) if now.feeds_lost else ""


def _counted(key: str, n: int, view: View, **holes: str) -> str:
    """Keys come in two forms, `.one` and `.many`: Chinese says both alike, English does not."""
    return view.tr(f"{key}.one" if n == 1 else f"{key}.many", n=grouped(n), **holes)


PANEL = Panel(build=build, needs={"now": Situation()}, bare=True, interval_s=0.0)
