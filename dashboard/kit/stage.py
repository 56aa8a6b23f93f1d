"""The head of one alert: its level in colour and character, what and where, then how long, who, by when, how much."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.alert import AlertState, TargetKind
from brain.model.query.alerts import AlertDetail, AlertRow, ClockRow, RedAlert
from dashboard.kit.escape import plain
from dashboard.kit.level import is_over, state_word
from dashboard.kit.measure import measured, metric_name, metric_unit
from dashboard.kit.moment import age, clock_text, due, length_text, moment_text, since
from dashboard.kit.newest import newest_reading
from dashboard.kit.number import NONE, grouped
from dashboard.kit.place import area_label, owner_of, what_of, where_of
from dashboard.kit.textsize import text_px
from dashboard.kit.weave import weave
from dashboard.panel import Screen, View

_WORDS_PX = 240  # room for a fact in words


def stage_block(row: AlertRow, view: View, count: str = "") -> html.Div:
    """The coloured block; an alert that is over stands without colour. On a phone its duration is part of it."""
    over = is_over(row.state)
    title = html.H1 if view.screen is not Screen.LARGE else html.H2
    sub: list[Any] = [where_of(row, view)]
    if row.simulated:
        sub.append(f" · {view.tr('kit.simulated')}")
    words = html.Div(
        [title(what_of(row, view), className="stage-title"), html.Div(sub, className="stage-sub")],
        className="stage-words",
    )
    mark = html.Div(
        view.tr(f"kit.level_mark.{row.level.word}"),
        className="stage-level",
        title=view.tr(f"kit.level.{row.level.word}"),
    )
    parts: list[Any] = [mark, words]
    if count:
        parts.append(html.Div(count, className="stage-count"))
    if view.screen is Screen.SMALL:
        parts.append(_since_line(row, view))
    return html.Div(parts, className="stage-block over" if over else "stage-block")


def stage_class(row: AlertRow) -> str:
    return "stage over" if is_over(row.state) else f"stage l-{row.level.word}"


def _since_line(row: AlertRow, view: View) -> html.Div:
    start = view.tr("kit.stage.from", at=moment_text(row.opened_ms, view, seconds=True))
    return html.Div([html.Span(start), html.B(_lasting(row, view))], className="stage-since")


def _lasting(row: AlertRow, view: View) -> Any:
    """Counts while the alert is open, stands still once it is closed."""
    if row.closed_ms is not None:
        return length_text((row.closed_ms - row.opened_ms) / 1000, view)
    return since(row.opened_ms, view)


def stage_facts(detail: AlertDetail, view: View, red: RedAlert | None = None) -> html.Div:
    """已持续 · 谁在办 · 下一时限 · 读数, on the stage of a wall 影响 in its place."""
    row = detail.row
    start = view.tr("kit.stage.started", at=moment_text(row.opened_ms, view, seconds=True))
    owner = owner_of(row, view) or NONE
    facts = [
        _fact(view.tr("kit.stage.lasting"), _lasting(row, view), [start]),
        _fact(view.tr("kit.stage.owner"), owner, [_who(row, view)], _words(owner)),
        _due(row, view, detail.clocks, red),
        _reading(detail, view) if red is None else _reach(red, view),
    ]
    return html.Div(facts, className="stage-facts")


def _words(text: str) -> str:
    """The look of a fact in words; long ones are set smaller, on two lines."""
    return "words long" if text_px(text, 42) > _WORDS_PX else "words"


def _fact(label: str, value: Any, note: list[Any], name: str = "") -> html.Div:
    return html.Div(
        [
            html.Div(label, className="fact-label"),
            html.Div(value, className=f"fact-value {name}".strip()),
            html.Div(note, className="fact-note"),
        ],
        className="fact",
    )


def _who(row: AlertRow, view: View) -> str:
    if row.closed_ms is not None:
        return view.tr("kit.stage.closed", at=moment_text(row.closed_ms, view))
    if row.acknowledged_ms is None:
        return view.tr("kit.stage.unconfirmed")
    at = moment_text(row.acknowledged_ms, view)
    if row.state == AlertState.OPEN:
        return view.tr("kit.stage.reconfirm", at=at)
    return f"{state_word(row.state, view)} · {view.tr('kit.stage.confirmed', at=at)}"


def _due(row: AlertRow, view: View, clocks: Sequence[ClockRow], red: RedAlert | None) -> html.Div:
    """By when it must be taken up; then what its ticket, or else people who called from there, wait for next."""
    label = view.tr("kit.stage.due")
    if is_over(row.state):
        return _fact(label, NONE, [state_word(row.state, view)])
    if row.due_ms is not None:
        late = row.due_ms <= view.now_ms
        note = view.tr("kit.stage.due_over" if late else "kit.stage.due_at", at=moment_text(row.due_ms, view))
        return _fact(label, due(row.due_ms, view), [note], "over" if late else "")
    own = _next_clock(row, clocks)
    clock = own or (red.clock if red is not None else None)
    if clock is None:
        return _fact(
            label, NONE, [view.tr("kit.stage.no_due" if row.state == AlertState.OPEN else "kit.stage.no_more")]
        )
    late = clock.due_ms <= view.now_ms
    said = {"clock": plain(clock.name_en if view.lang == "en" and clock.name_en else clock.name)}
    if own is None and red is not None:
        key, said = "kit.stage.clock", said | {"area": area_label(red.clock_area, view)}
    else:
        key, said = "kit.stage.case_clock", said | {"at": moment_text(clock.due_ms, view)}
    return _fact(
        label, due(clock.due_ms, view), [view.tr(f"{key}_over" if late else key, **said)], "over" if late else ""
    )


def _next_clock(row: AlertRow, clocks: Sequence[ClockRow]) -> ClockRow | None:
    """Of the ticket that the alert is about: the running clock that is due first, or overdue longest."""
    running = [clock for clock in clocks if clock.ended_ms is None and row.target_kind == TargetKind.CASE]
    return min(running, key=lambda clock: (clock.due_ms, clock.clock), default=None)


def _reading(detail: AlertDetail, view: View) -> html.Div:
    """The value that speaks for the alert against its limit; for rules without a value how often it was seen."""
    row, (now, at_ms) = detail.row, newest_reading(detail)
    if row.metric is None or now is None:
        note = weave(view.tr, "kit.stage.last", age=age(row.last_ms, view))
        return _fact(view.tr("kit.stage.times"), grouped(row.times), note)
    metric = row.metric
    name = metric_name(metric, view)
    value = [measured(metric, now), html.Small(metric_unit(metric, view))]
    parts: list[Any] = []
    if row.limit_value is not None:
        parts += [view.tr("kit.stage.limit", limit=measured(metric, row.limit_value)), " · "]
    return _fact(name, value, [*parts, age(at_ms, view)])


def _reach(red: RedAlert, view: View) -> html.Div:
    """How many areas, calls, and how much: 3 镇街 27 来电 0.62 米."""
    row, metric = red.detail.row, red.detail.row.metric
    now, at_ms = newest_reading(red.detail)
    counts = (("areas", len(red.areas)), ("calls", red.calls))
    parts = [(grouped(n), view.tr(f"kit.stage.{what}.{'one' if n == 1 else 'many'}")) for what, n in counts]
    note: list[Any] = [age(at_ms, view)]
    if metric is not None and now is not None:
        parts.append((measured(metric, now), metric_unit(metric, view)))
        limit = measured(metric, row.limit_value) if row.limit_value is not None else NONE
        note = [view.tr("kit.stage.reading", name=metric_name(metric, view), limit=limit), " · ", *note]
    value = [piece for figure, unit in parts for piece in (figure, html.Small(unit))]
    return _fact(view.tr("kit.stage.reach"), value, note, "several")


def owner_line(detail: AlertDetail, view: View) -> html.Div:
    """One line for the phone: state and who is responsible, then the next deadline."""
    row, clock = detail.row, _next_clock(detail.row, detail.clocks)
    due_ms = row.due_ms if row.due_ms is not None or clock is None else clock.due_ms
    owner = owner_of(row, view) or NONE
    left = view.tr("kit.stage.owner_line", state=state_word(row.state, view), owner=owner)
    right: Any = ""
    if due_ms is not None and not is_over(row.state):
        key = "kit.stage.due_over_line" if due_ms <= view.now_ms else "kit.stage.due_line"
        right = weave(view.tr, key, left=html.B(due(due_ms, view)))
    elif row.acknowledged_ms is not None and row.state != AlertState.OPEN:
        right = view.tr("kit.stage.confirmed", at=clock_text(row.acknowledged_ms, view))
    return html.Div([html.Span(left), html.Span(right)], className="stage-owner")
