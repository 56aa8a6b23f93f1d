"""How the sources are, last because it qualifies everything above: a strip on the wall, a table on the desk, a list on
the phone."""

from typing import Any

from dash import html

from brain.model.query.feeds import FeedHealth, FeedRow
from dashboard.kit.cause import cause_said, is_history, note_said
from dashboard.kit.face import TROUBLES
from dashboard.kit.frame import is_simulated, simulated_mark
from dashboard.kit.meter import meter, minute_cells
from dashboard.kit.moment import age, due
from dashboard.kit.number import NONE, grouped
from dashboard.kit.place import source_title
from dashboard.kit.weave import weave
from dashboard.panel import Cell, Column, Kind, Panel, Screen, Table, View

_MOST_ON_STRIP = 7
_WITH_MORE = 6  # and a word that there are more
_MOST_REASONS = 4
_COLUMNS = ("name", "status", "last", "accepted", "refused", "repeated", "minutes")


def build(view: View) -> Any:
    rows: tuple[FeedRow, ...] = view.value("feeds")
    if view.screen is Screen.LARGE:
        return _strip(rows, view)
    return _table(rows, view) if view.screen is Screen.MEDIUM else _list(rows, view)


def _is_old(row: FeedRow, view: View) -> bool:
    return row.state.is_old(view.now_ms)


def _is_down(row: FeedRow) -> bool:
    return row.state.status in TROUBLES


def _mark(row: FeedRow, view: View) -> str:
    return "down" if _is_down(row) else "old" if _is_old(row, view) else ""


def _strip(rows: tuple[FeedRow, ...], view: View) -> html.Div:
    """Those in trouble stay on the strip when there are more than it holds."""
    room = _MOST_ON_STRIP if len(rows) <= _MOST_ON_STRIP else _WITH_MORE
    kept = sorted(range(len(rows)), key=lambda i: (_mark(rows[i], view) == "", i))[:room]
    title: list[Any] = [view.tr("feed_health.title")]
    if is_simulated(view):
        title += [" ", simulated_mark(view)]
    cells: list[Any] = [html.Span(title, className="feed-title"), *(_feed(rows[i], view) for i in sorted(kept))]
    if len(rows) > len(kept):
        cells.append(html.Span(view.tr("feed_health.more", n=str(len(rows) - len(kept))), className="feed-more"))
    return html.Div(cells, className="feedstrip")


def _feed(row: FeedRow, view: View) -> html.Span:
    cells = minute_cells(row.recent, row.state.status, _is_old(row, view))
    parts = [
        html.Span(source_title(row.state, view), className="feed-name"),
        meter(cells),
        html.Span(_said(row, view), className="feed-age"),
    ]
    return html.Span(parts, className=f"feed {_mark(row, view)}".strip())


def _said(row: FeedRow, view: View) -> list[Any]:
    """Down: since when; old: how old and that it is; well: how old."""
    if _is_down(row):
        return weave(view.tr, f"kit.status_since.{row.state.status}", age=age(row.state.since_ms, view))
    if row.state.last_item_ms is None:
        return [view.tr("feed_health.nothing_yet")]
    when = age(row.state.last_item_ms, view)
    if _is_old(row, view):
        return weave(view.tr, "feed_health.old", age=when)
    # there is room for one of them, and who tells its past is not old
    return (note_said(row.state, view) if is_history(row.state) else []) or [when]


def _status(row: FeedRow, view: View) -> str:
    if not _is_down(row) and _is_old(row, view):
        return view.tr("feed_health.nothing_yet" if row.state.last_item_ms is None else "feed_health.stale")
    return view.tr(f"feed_health.status.{row.state.status}")


def _table(rows: tuple[FeedRow, ...], view: View) -> html.Div:
    numbers = {"accepted", "refused", "repeated"}
    head = [html.Th(view.tr(f"feed_health.{c}"), className="num" if c in numbers else "") for c in _COLUMNS]
    body: list[Any] = []
    for row in rows:
        body.append(html.Tr(_cells(row, view), className=f"feed-row {_mark(row, view)}".strip()))
        remark = _remark(row, view)
        if remark:
            body.append(html.Tr(html.Td(remark, colSpan=len(_COLUMNS)), className="feed-remark"))
    return html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="table"), className="table-wrap"
    )


def _cells(row: FeedRow, view: View) -> list[html.Td]:
    state = row.state
    name: list[Any] = [source_title(state, view)]
    if state.simulated:
        name += [" ", simulated_mark(view)]
    last = age(state.last_item_ms, view) if state.last_item_ms is not None else NONE
    return [
        html.Td(name),
        html.Td(_status(row, view)),
        html.Td(last, className="time"),
        *(html.Td(grouped(n), className="num") for n in (row.accepted, row.refused, row.repeated)),
        html.Td(meter(minute_cells(row.recent, state.status, _is_old(row, view)))),
    ]


def _remark(row: FeedRow, view: View) -> list[Any]:
    """Why it is down and when it is tried again, or what a feed that is well has to say; why items were refused."""
    parts: list[Any] = []
    if said := cause_said(row.state, view):
        parts.append(said)
    if _is_down(row):
        if row.state.next_try_ms is not None:
            parts.append(weave(view.tr, "kit.failed.next", due=due(row.state.next_try_ms, view)))
        parts.append([view.tr(f"kit.mend.{row.state.fault}")])
    elif note := note_said(row.state, view):
        parts.append(note)
    if row.reasons:
        named = [f"{view.tr(f'reason.{code}')} {grouped(n)}" for code, n in row.reasons[:_MOST_REASONS]]
        if rest := sum(n for _, n in row.reasons[_MOST_REASONS:]):
            named.append(f"{view.tr('feed_health.other_reasons')} {grouped(rest)}")
        parts.append([view.tr("feed_health.reasons", reasons=view.tr("kit.list_comma").join(named))])
    return [piece for i, part in enumerate(parts) for piece in ([" · ", *part] if i else part)]


def _list(rows: tuple[FeedRow, ...], view: View) -> html.Div:
    return html.Div([_feed(row, view) for row in rows], className="feedstrip")


def is_empty(view: View) -> bool:
    return not view.value("feeds")


def rows(view: View) -> Table:
    feeds: tuple[FeedRow, ...] = view.value("feeds")
    kinds = {"last": Kind.MOMENT} | dict.fromkeys(("accepted", "refused", "repeated", "minutes"), Kind.NUMBER)
    columns = tuple(Column(view.tr(f"feed_health.{name}"), kind=kinds.get(name, Kind.TEXT)) for name in _COLUMNS)
    more = (Column(view.tr("feed_health.remark")), Column(view.tr("kit.col.simulated")))
    return Table((*columns, *more), tuple(_plain_row(row, view) for row in feeds))


def _plain_row(row: FeedRow, view: View) -> tuple[Cell, ...]:
    state = row.state
    counts = (row.accepted, row.refused, row.repeated, sum(row.recent))
    mark = view.tr("kit.simulated") if state.simulated else ""
    remark = "".join(map(str, cause_said(state, view) or note_said(state, view)))
    return source_title(state, view), _status(row, view), state.last_item_ms, *counts, remark, mark


PANEL = Panel(build=build, needs={"feeds": FeedHealth()}, is_empty=is_empty, rows=rows)
