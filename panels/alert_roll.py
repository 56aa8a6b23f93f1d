"""The alerts that are not closed, gravest first: level, time, what and where, who, state. Each opens its page."""

from typing import Any

from dash import html

from brain.model.query.alerts import AlertRows, OpenAlerts
from dashboard.kit.address import alerts_address
from dashboard.kit.alert_table import alert_table
from dashboard.kit.attributes import data
from dashboard.kit.number import grouped
from dashboard.kit.place import own_unit
from dashboard.kit.roll import by_gravity, roll
from dashboard.panel import Panel, Screen, Table, View

_PAGE = {Screen.LARGE: 5, Screen.MEDIUM: 8, Screen.SMALL: 5}


def build(view: View) -> list[Any]:
    alerts: AlertRows = view.value("alerts")
    rows = by_gravity(alerts.rows)
    if view.screen is Screen.LARGE:
        return [roll(rows, view, _PAGE[view.screen])]
    first = rows[: _PAGE[view.screen]]
    return [roll(first, view), _more(alerts, len(first), view)]


def _more(alerts: AlertRows, shown: int, view: View) -> html.A | None:
    if alerts.total <= shown:
        return None
    address = alerts_address(view)
    text = view.tr("alert_roll.more", n=grouped(alerts.total))
    return html.A(text, className="more", href=address, **data(go=address))


def sub(view: View) -> str:
    alerts: AlertRows | None = view.answers["alerts"].value if "alerts" in view.answers else None
    return own_unit(view.tr("alert_roll.open", n=grouped(alerts.total)), view) if alerts else ""


def is_empty(view: View) -> bool:
    alerts: AlertRows = view.value("alerts")
    return not alerts.rows


def rows(view: View) -> Table:
    alerts: AlertRows = view.value("alerts")
    return alert_table(by_gravity(alerts.rows), view)


PANEL = Panel(build=build, needs={"alerts": OpenAlerts()}, sub=sub, is_empty=is_empty, interval_s=0.0, rows=rows)
