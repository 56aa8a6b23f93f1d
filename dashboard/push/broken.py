"""The face of a panel that could not be built: same frame, a dash, and who mends it."""

from typing import Any

from dash import html

from dashboard.kit.escape import plain
from dashboard.panel import Panel, View


def broken(panel: Panel, view: View, cause: str) -> html.Section:
    """`cause` "" where it is not the viewer's to know. Uses nothing of the panel but its catalogue title: its own
    functions may be what failed."""
    lines: list[Any] = [html.Span(view.tr("broken.what"))]
    if cause:
        lines.append(html.Span(plain(cause), className="broken-cause"))
    lines.append(html.Span(view.tr("broken.mend")))
    body = html.Div([html.P(lines, className="face-text")], className="panel-body")
    name = f"panel is-{view.panel_id} face-failed" + (" bare" if panel.bare else "")
    head = html.Header([html.H2(_title(view), className="panel-title")], className="panel-head")
    return html.Section([body] if panel.bare else [head, body], className=name)


def _title(view: View) -> str:
    try:
        return view.tr(f"{view.panel_id}.title")
    except KeyError:
        return view.panel_id
