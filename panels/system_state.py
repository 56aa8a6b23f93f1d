"""How the program is, for those who run it: what needs somebody and what to do, then the figures behind it."""

from collections.abc import Iterator
from typing import Any

from dash import html

from brain.model.query.system import JobRun, SystemNow, SystemState, TableSize
from brain.model.system_trouble import Trouble, troubles_of
from dashboard.kit.escape import plain
from dashboard.kit.moment import age, moment_text
from dashboard.kit.number import NONE, grouped
from dashboard.kit.place import source_title
from dashboard.panel import Column, Panel, Screen, Table, View

_MOST_TROUBLES = {Screen.LARGE: 3, Screen.MEDIUM: 20, Screen.SMALL: 8}
_MOST_REASONS = 4
_MEGA, _GIGA = 1e6, 1e9
Line = tuple[str, str]
Pair = tuple[str, Any]


def build(view: View) -> list[Any]:
    now: SystemNow = view.value("now")
    troubles = troubles_of(now, view.now_ms)
    pairs: list[Pair] = [*_flow(now, view), _database(now, view)]
    if view.screen is not Screen.LARGE:
        pairs += [*_program(now, view)]
    return [_troubles(troubles, view), html.Dl([part for pair in pairs for part in _pair(*pair)], className="pairs")]


def _troubles(troubles: tuple[Trouble, ...], view: View) -> html.Ul:
    room = _MOST_TROUBLES[view.screen]
    lines = [html.Li(_sentence(trouble, view)) for trouble in troubles[:room]]
    if len(troubles) > room:
        lines.append(html.Li(view.tr("system_state.more", n=grouped(len(troubles) - room))))
    if not lines:
        lines = [html.Li(view.tr("system_state.nothing"), className="well")]
    return html.Ul(lines, className="troubles")


def _sentence(trouble: Trouble, view: View) -> list[Any]:
    what, do = _words(trouble, view)
    return [html.B(what), " ", html.Span(do)]


def _words(trouble: Trouble, view: View) -> Line:
    """What is wrong, and what to do about it."""
    name = plain(trouble.name)
    if trouble.source is not None:
        name = source_title(trouble.source, view)
    elif trouble.kind == "job_late":
        name = _job(trouble.name, view)
    elif trouble.kind == "refused":
        name = view.tr(f"reason.{trouble.name}") if trouble.name else NONE
    return (
        view.tr(f"system_state.what.{trouble.kind}", name=name, n=grouped(trouble.n)),
        view.tr(f"system_state.do.{trouble.kind}"),
    )


def _flow(now: SystemNow, view: View) -> Iterator[Line]:
    sources = {
        "well": now.well - len(now.old),
        "old": len(now.old),
        "trouble": len(now.trouble),
        "starting": now.starting,
    }
    said = {name: grouped(n) for name, n in sources.items()}
    yield view.tr("system_state.sources"), view.tr("system_state.sources_are", **said)
    rates = {"items": grouped(now.items_per_minute), "readings": grouped(now.readings_per_minute)}
    yield view.tr("system_state.rate"), view.tr("system_state.rate_is", **rates)
    yield view.tr("system_state.refused"), view.tr("system_state.refused_is", n=grouped(now.refused_hour))
    reasons = [f"{view.tr(f'reason.{code}')} {grouped(n)}" for code, n in now.letters[:_MOST_REASONS]]
    yield view.tr("system_state.letters"), view.tr("kit.list_comma").join(reasons) or "0"
    yield view.tr("system_state.rollups"), _rollups(now, view)
    yield view.tr("system_state.outbox"), _outbox(now, view)


def _rollups(now: SystemNow, view: View) -> str:
    if now.oldest_bucket_ms is None:
        return "0"
    oldest = moment_text(now.oldest_bucket_ms, view)
    return view.tr("system_state.rollups_are", n=grouped(now.buckets), oldest=oldest)


def _outbox(now: SystemNow, view: View) -> str:
    """Nobody sends until a channel is set up: that is said, not called a fault."""
    waiting = grouped(now.outbox)
    return waiting if now.outbox_sent or not now.outbox else view.tr("system_state.outbox_unsent", n=waiting)


def _database(now: SystemNow, view: View) -> Line:
    size = grouped(now.database_bytes / _GIGA, 2) if now.database_bytes >= _GIGA else None
    text = f"{size} GB" if size else f"{grouped(now.database_bytes / _MEGA, 1)} MB"
    return view.tr("system_state.database"), f"{now.database} {text}"


def _rows(table: TableSize, view: View) -> html.Span:
    return html.Span(f"{view.tr(f'system_state.table.{table.table}')} {table.sign}{grouped(table.rows)}")


def _program(now: SystemNow, view: View) -> Iterator[Pair]:
    tables = [_rows(table, view) for table in now.tables]
    if now.counted_ms is not None:
        tables.append(html.Span(view.tr("system_state.counted", at=moment_text(now.counted_ms, view))))
    yield view.tr("system_state.rows"), html.Span(tables, className="several") if tables else NONE
    runs = [_run(job, view) for job in now.jobs]
    yield view.tr("system_state.jobs"), html.Span(runs, className="several") if runs else NONE
    yield from _release(now, view)


def _release(now: SystemNow, view: View) -> Iterator[Line]:
    yield view.tr("system_state.schema"), plain(now.schema_revision) or NONE
    yield view.tr("system_state.version"), plain(now.version) or NONE
    started = NONE if now.started_ms is None else moment_text(now.started_ms, view, True)
    yield view.tr("system_state.started"), started


def _run(job: JobRun, view: View) -> html.Span:
    when = moment_text(job.slot_ms, view, True) if view.replay else age(job.slot_ms, view)  # jobs run on real time
    return html.Span([f"{_job(job.job, view)} ", when])


def _job(job: str, view: View) -> str:
    """A job that the catalogue does not know yet keeps its own name."""
    try:
        return view.tr(f"system_state.job.{job.replace(' ', '_')}")
    except KeyError:
        return plain(job, 40)


def _pair(name: str, value: Any) -> tuple[html.Dt, html.Dd]:
    return html.Dt(name), html.Dd(value)


def rows(view: View) -> Table:
    """What is drawn, line by line; a job with the moment it last ran."""
    now: SystemNow = view.value("now")
    lines = [(view.tr("system_state.trouble"), _plain(trouble, view)) for trouble in troubles_of(now, view.now_ms)]
    lines += [*_flow(now, view), _database(now, view)]
    lines += [(view.tr(f"system_state.table.{each.table}"), f"{each.sign}{grouped(each.rows)}") for each in now.tables]
    lines += [(_job(job.job, view), moment_text(job.slot_ms, view, True)) for job in now.jobs]
    lines += _release(now, view)
    return Table((Column(view.tr("system_state.item")), Column(view.tr("system_state.is"))), tuple(lines))


def _plain(trouble: Trouble, view: View) -> str:
    what, do = _words(trouble, view)
    return f"{what} {do}"


PANEL = Panel(build=build, needs={"now": SystemState()}, rows=rows, interval_s=10.0)
