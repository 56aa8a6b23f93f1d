"""Which towns have most tickets or open alerts, or close most in time. A click opens the town."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.shares import AreaRanking, By, Judged, RankedArea, RankedAreas
from dashboard.kit.address import area_target
from dashboard.kit.moment import weekday_text
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label, parts_are_towns
from dashboard.kit.rank import RankRow, rank
from dashboard.kit.share_table import share_cells, share_columns
from dashboard.kit.shares import Line, ShareRow, share_notes, share_rank
from dashboard.panel import Column, Kind, Panel, Screen, Table, View


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"ranking": AreaRanking(By(options["by"]), int(options["days"]))}


def build(view: View) -> Any:
    found: RankedAreas = view.value("ranking")
    if By(view.options["by"]) is By.ON_TIME:
        return _shares(found, view)
    decimals = 1 if found.unit_key.endswith("per_10k") else 0
    return rank([_row(each, bool(decimals), view) for each in _shown(found, view)], decimals, _head(found, view))


def _row(each: RankedArea, per_people: bool, view: View) -> RankRow:
    change = None if each.before is None or each.value is None else each.value - each.before
    target = area_target(each.area_id, view)
    return RankRow(area_label(each.area_id, view), each.value, change, target, n=each.n if per_people else None)


def _head(found: RankedAreas, view: View) -> list[str]:
    per_people = found.unit_key.endswith("per_10k")
    unit = view.tr("area_ranking.per_10k" if per_people else found.unit_key)
    words = ["", "", "", unit, *([view.tr("area_ranking.n")] if per_people else [])]
    return [*words, _base(view)] if _compared(found) else words


def _base(view: View) -> str:
    """What the change is measured against."""
    days = grouped(int(view.options["days"]))
    by = By(view.options["by"])
    return view.tr(f"area_ranking.base.{by.value}", days=days, weekday=weekday_text(view.now_ms, view))


def _shares(found: RankedAreas, view: View) -> list[Any]:
    min_n = int(view.options["min_n"])
    notes = share_notes(_total(found), min_n, view)
    if _compared(found) and view.screen is not Screen.SMALL:
        notes.append(_base(view))
    shown = _share_rows(_shown(found, view), view)
    return [
        share_rank(shown, _line(found, view), min_n, view),
        html.P(view.tr("kit.list_semicolon").join(notes), className="note"),
    ]


def _total(found: RankedAreas) -> Judged:
    return sum((each.judged for each in found.rows if each.judged), Judged())


def _line(found: RankedAreas, view: View) -> Line:
    """As of the units: the target of the options, of the city, else the share of all areas together."""
    target, total = float(view.options["target"]) / 100 or found.target, _total(found)
    if target:
        return Line(target, view.tr("kit.shares.target"))
    return Line(total.on_time_n / max(total.due_n, 1), view.tr("kit.shares.all"))


def _share_rows(areas: Sequence[RankedArea], view: View) -> list[ShareRow]:
    return [
        ShareRow(area_label(each.area_id, view), each.judged, each.before, area_target(each.area_id, view))
        for each in areas
        if each.judged is not None
    ]


def rows(view: View) -> Table:
    """All areas, the greatest values first, those without one last."""
    found: RankedAreas = view.value("ranking")
    by, area = By(view.options["by"]), view.tr("area_ranking.area")
    said = view.tr(f"area_ranking.by.{by.value}", days=grouped(int(view.options["days"])))
    names = {each.area_id: area_label(each.area_id, view) for each in found.rows} | {"areas": said, "on_time": said}
    areas = _ordered(found, view)
    if by is By.ON_TIME:
        line, min_n = _line(found, view), int(view.options["min_n"])
        cells = share_cells(_share_rows(areas, view), line, min_n, view)
        return Table(share_columns(area, line, view), cells, period=said, names=names)
    unit, decimals = view.tr(found.unit_key), 1 if found.unit_key.endswith("per_10k") else 0
    columns = (
        Column(area),
        Column(said, unit, Kind.NUMBER, decimals),
        Column(view.tr("area_ranking.count"), kind=Kind.NUMBER),
        Column(view.tr("area_ranking.before", base=_base(view)), unit, Kind.NUMBER, decimals),
    )
    values = tuple((area_label(a.area_id, view), a.value, a.n, a.before) for a in areas)
    return Table(columns, values, names=names)


def _shown(found: RankedAreas, view: View) -> list[RankedArea]:
    return _ordered(found, view)[: int(view.options["limit"])]


def _ordered(found: RankedAreas, view: View) -> list[RankedArea]:
    """The greatest values first; of shares those with most tickets, since a few say little."""
    shares = By(view.options["by"]) is By.ON_TIME
    return sorted(found.rows, key=lambda each: -(each.n if shares else -1 if each.value is None else each.value))


def _compared(found: RankedAreas) -> bool:
    return any(each.before is not None for each in found.rows)


def title(view: View) -> str:
    return view.tr("area_ranking.title" if parts_are_towns(view) else "area_ranking.title_parts")


def sub(view: View) -> str:
    """What it is ranked by, and how many of them are shown."""
    by, days = By(view.options["by"]), grouped(int(view.options["days"]))
    parts = [view.tr(f"area_ranking.by.{by.value}", days=days)]
    found: RankedAreas | None = view.answers["ranking"].value if "ranking" in view.answers else None
    limit = int(view.options["limit"])
    if found is not None and len(found.rows) > limit:
        parts.append(view.tr("area_ranking.first", n=grouped(limit)))
    return " · ".join(parts)


def is_empty(view: View) -> bool:
    found: RankedAreas = view.value("ranking")
    return not any(each.n for each in found.rows)


PANEL = Panel(
    build=build,
    needs=needs,
    title=title,
    sub=sub,
    is_empty=is_empty,
    interval_s=5.0,
    options={"by": By.TICKETS, "days": 30, "target": 0.0, "min_n": 20, "limit": 24},
    rows=rows,
)
