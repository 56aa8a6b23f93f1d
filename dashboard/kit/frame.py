"""The frame of a panel: head with title, subtitle, 模拟 mark and age; body in one of five faces. Title, age and height
stay the same whatever the face."""

from typing import Any

from dash import html

from brain.model.query.answer import SourceState
from dashboard.kit.attributes import aria, data
from dashboard.kit.cause import cause_said
from dashboard.kit.escape import plain
from dashboard.kit.face import changes_from_ms, faced, needs_of, old_source, stale_from_ms, trouble
from dashboard.kit.figure import figure
from dashboard.kit.moment import age, due, moment_text
from dashboard.kit.number import NONE
from dashboard.kit.weave import weave
from dashboard.panel import Face, Panel, View

_BUILT = (Face.NORMAL, Face.STALE, Face.EMPTY)
_SOURCE_LETTERS = 16  # beside the title of the panel, which needs the room


def frame(panel: Panel, view: View) -> html.Section:
    """The whole panel, dressed in the face its answers call for (`view.face` is decided here). A place on a page takes
    `children` and `className` of it."""
    view = faced(panel, view)
    name = f"panel is-{view.panel_id} face-{view.face.value}" + (" bare" if panel.bare else "")
    children = [_body(panel, view)] if panel.bare else [_head(panel, view), _body(panel, view)]
    if panel.bare and view.enlarge:
        children.append(html.Div(_enlarge(panel, view), className="panel-below"))
    return html.Section(children, className=name)


def title_of(panel: Panel, view: View) -> str:
    return panel.title(view) if panel.title else view.tr(f"{view.panel_id}.title")


def is_simulated(view: View) -> bool:
    return any(answer.simulated for answer in view.answers.values())


def simulated_mark(view: View) -> html.Span:
    return html.Span(view.tr("kit.simulated"), className="mark-sim")


def _head(panel: Panel, view: View) -> html.Header:
    sub = panel.sub(view) if panel.sub else view.tr(f"{view.panel_id}.sub")
    parts: list[Any] = [html.H2(title_of(panel, view), className="panel-title")]
    if sub:
        parts.append(html.Span(sub, className="panel-sub"))
    if is_simulated(view):
        parts.append(simulated_mark(view))
    said = _age(panel, view)
    if said:
        parts.append(html.Span(said, className="panel-age", **_stale_mark(view)))
    if view.enlarge:
        parts.append(_enlarge(panel, view))
    return html.Header(parts, className="panel-head")


def _enlarge(panel: Panel, view: View) -> html.A:
    """The way to the panel's own page, with its numbers."""
    words = view.tr("kit.enlarge", title=title_of(panel, view))
    link = {**aria(label=words), **data(go=view.enlarge)}
    return html.A(
        html.I(className="enlarge-mark", **aria(hidden="true")),
        href=view.enlarge,
        title=words,
        className="enlarge",
        **link,
    )


def _stale_mark(view: View) -> dict[str, Any]:
    """The browser asks again at this moment: nothing else tells it that data has become old."""
    stale_ms = stale_from_ms(view.answers.values())
    return {} if stale_ms is None else data(stale_at=stale_ms)


def _age(panel: Panel, view: View) -> list[Any]:
    if view.face is Face.LOADING:
        return [view.tr("kit.loading.age")]
    if view.face is Face.FAILED:
        source = trouble(view.answers.values())
        return (
            []
            if source is None
            else weave(view.tr, f"kit.status_since.{source.status}", age=age(source.since_ms, view))
        )
    source = old_source(view.answers.values(), view.now_ms) if view.face is Face.STALE else None
    return said_age(panel, view) if source is None else _source_age(source, view)


def _source_age(source: SourceState, view: View) -> list[Any]:
    """Which of several sources is silent, and since when."""
    title = plain(source.title_en if view.lang == "en" else source.title, _SOURCE_LETTERS)
    if source.last_item_ms is None:
        return [view.tr("kit.age.source_never", source=title)]
    return weave(view.tr, "kit.age.source", source=title, age=age(source.last_item_ms, view))


def said_age(panel: Panel, view: View) -> list[Any]:
    """The age of the oldest part; alerts are pushed the moment they change, so theirs is 即时; published figures state
    their period beside them and nothing here."""
    live = [answer for answer in view.answers.values() if answer.stale_after_s is not None]
    known = [answer.as_of_ms for answer in live if answer.as_of_ms is not None]
    if known:
        return [age(min(known), view)]
    if any("alerts" in query.inputs for query in needs_of(panel, view).values()):
        return [view.tr("kit.age.live")]
    return []


def _body(panel: Panel, view: View) -> html.Div:
    """`data-again-at`: the browser asks again at this moment, though nothing else tells it that the content changes."""
    changes_ms = changes_from_ms(view.answers.values())
    mark = {} if changes_ms is None else data(again_at=changes_ms)
    return html.Div(_content(panel, view), className="panel-body", **mark)


def _content(panel: Panel, view: View) -> list[Any]:
    if view.face is Face.LOADING:
        return [] if panel.bare else [_dash(view), html.P(view.tr("kit.loading.text"), className="face-text")]
    if view.face is Face.FAILED:
        source = trouble(view.answers.values())
        said = html.P(_failure(source, view) if source else [], className="face-text")
        return [said] if panel.bare else [_dash(view), said]
    if any(answer.value is None for answer in view.answers.values()):
        return _never(panel, view)
    built = panel.build(view)
    content = built if isinstance(built, list) else [built]
    if view.face is Face.EMPTY and not panel.bare:
        content = [*content, html.P(view.tr(f"{view.panel_id}.empty"), className="face-text")]
    return [part for part in content if part is not None]


def _never(panel: Panel, view: View) -> list[Any]:
    """Nothing has ever come, though no source is in trouble: a dash, since 0 would be a claim. A bare panel has its own
    words for it."""
    if panel.bare:
        return [html.P(view.tr(f"{view.panel_id}.empty"), className="face-text")]
    sourced = any(answer.sources for answer in view.answers.values())
    return [_dash(view), html.P(view.tr("kit.never" if sourced else "kit.unsourced"), className="face-text")]


def _dash(view: View) -> html.Div:
    return figure(NONE, view.tr(f"{view.panel_id}.unit"))


def _failure(source: SourceState, view: View) -> list[Any]:
    """Cause, last success, next attempt, who mends it."""
    title = plain(source.title_en if view.lang == "en" else source.title)
    lines: list[Any] = [html.Span(view.tr(f"kit.status.{source.fault}", source=title))]
    if said := cause_said(source, view):
        lines.append(html.Span(said))
    last = view.tr("kit.failed.never") if source.last_item_ms is None else moment_text(source.last_item_ms, view, True)
    times: list[Any] = [view.tr("kit.failed.last", at=last)]
    if source.next_try_ms is not None:  # beside the other: the lowest row of a wall has room for four lines
        times += [" · ", *weave(view.tr, "kit.failed.next", due=due(source.next_try_ms, view))]
    lines.append(html.Span(times))
    lines.append(html.Span(view.tr(f"kit.mend.{source.fault}")))
    return lines
