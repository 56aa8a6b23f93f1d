"""What people call about: the categories with most tickets, each beside the same weekday last week."""

from collections.abc import Mapping
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.categories import Categories, CategoryCount, CategoryRanking, Depth
from dashboard.kit.escape import plain
from dashboard.kit.moment import weekday_text
from dashboard.kit.number import grouped
from dashboard.kit.rank import RankRow, rank
from dashboard.panel import Column, Kind, Panel, Screen, Table, View

_NAME_CHARS = 30


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    depth, days, limit = Depth(options["level"]), int(options["days"]), int(options["limit"])
    return {"ranking": CategoryRanking(depth, days, limit)}


def build(view: View) -> html.Div:
    found: Categories = view.value("ranking")
    return rank([_row(each, view) for each in found.rows], head=_head(found, view))


def _head(found: Categories, view: View) -> list[str]:
    """A wall has no row to give; its subtitle says the same."""
    if view.screen is Screen.LARGE or not found.rows:
        return []
    base = _base(found, view)
    return ["", "", "", view.tr("category_ranking.unit"), *([base] if base else [])]


def _row(each: CategoryCount, view: View) -> RankRow:
    return RankRow(_name(each, view), each.n, None if each.before is None else each.n - each.before)


def _name(each: CategoryCount, view: View) -> str:
    return plain(each.name_en if view.lang == "en" and each.name_en else each.name, _NAME_CHARS)


def rows(view: View) -> Table:
    """The categories shown, most tickets first."""
    found: Categories = view.value("ranking")
    unit = view.tr("category_ranking.unit")
    columns = (
        Column(view.tr("category_ranking.category")),
        Column(view.tr("category_ranking.received"), unit, Kind.NUMBER),
        Column(view.tr("category_ranking.before", days=grouped(found.back_days)), unit, Kind.NUMBER),
    )
    cells = tuple((_name(each, view), each.n, each.before) for each in found.rows)
    total = ((view.tr("category_ranking.total"), grouped(found.total)),)
    return Table(columns, cells, total, _span(view), {each.id: _name(each, view) for each in found.rows})


def _span(view: View) -> str:
    days = int(view.options["days"])
    return view.tr("category_ranking.today") if days == 1 else view.tr("category_ranking.days", days=grouped(days))


def sub(view: View) -> str:
    """The span, how many of how many; on a wall also what the change is measured against."""
    found: Categories | None = view.answers["ranking"].value if "ranking" in view.answers else None
    span = _span(view)
    if found is None or not found.rows:
        return span
    parts = [view.tr("category_ranking.first", span=span, n=grouped(len(found.rows)))]
    if view.screen is Screen.LARGE:
        parts += [view.tr("category_ranking.unit"), _base(found, view)]
    return " · ".join(part for part in parts if part)


def _base(found: Categories, view: View) -> str:
    """What the change is measured against; "" where there is nothing."""
    if found.rows[0].before is None:
        return ""
    if int(view.options["days"]) == 1:
        return view.tr("category_ranking.base", weekday=weekday_text(view.now_ms, view))
    return view.tr("category_ranking.base_days", days=grouped(found.back_days))


def is_empty(view: View) -> bool:
    found: Categories = view.value("ranking")
    return found.total == 0


PANEL = Panel(
    build=build,
    needs=needs,
    sub=sub,
    is_empty=is_empty,
    interval_s=5.0,
    options={"level": Depth.SECOND, "days": 1, "limit": 6},
    rows=rows,
)
