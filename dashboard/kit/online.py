"""Devices online: the share, one row of cells per kind, and those away longest."""

from collections.abc import Sequence
from typing import Any

from dash import html

from brain.model.query.devices import AwayDevice, KindOnline, OnlineNow
from dashboard.kit.devicelink import device_link
from dashboard.kit.escape import plain
from dashboard.kit.figure import figure
from dashboard.kit.meter import device_cells, meter
from dashboard.kit.moment import length_text
from dashboard.kit.number import grouped
from dashboard.kit.place import area_label
from dashboard.panel import Column, Kind, Table, View


def online_share(now: OnlineNow, view: View) -> html.Div:
    """98.6 % · 12,846 / 13,028 在线 · 离线 182. A share that is not whole is never rounded up to 100."""
    share = None if not now.total else now.online / now.total * 100
    if share is not None and now.online < now.total:
        share = min(share, 99.9)
    said = view.tr("kit.online.of", online=grouped(now.online), total=grouped(now.total))
    away = view.tr("kit.online.away", n=grouped(now.total - now.online))
    aside = html.Span([html.Span(said), html.Span(away, className="text-1")], className="aside online-aside")
    return html.Div([figure(grouped(share, 1), "%"), aside], className="figure-line")


def kind_rows(kinds: Sequence[KindOnline], view: View) -> html.Div:
    """One row per kind: name, cells shared out by state, share."""
    return html.Div([_kind_row(kind, view) for kind in kinds], className="meter-rows")


def _kind_row(kind: KindOnline, view: View) -> html.Div:
    cells = meter(device_cells(kind.online, kind.old + kind.down, kind.never))
    return html.Div([html.Span(_kind_name(kind, view)), cells, _kind_share(kind, view)], className="meter-row")


def _kind_share(kind: KindOnline, view: View) -> html.Span:
    if kind.never == kind.total:
        return html.Span(view.tr("kit.online.never"), className="text-2")
    share = kind.online / kind.total * 100
    if kind.online < kind.total:
        share = min(share, 99.9)
    return html.Span(f"{grouped(share, 1)} %")


def away_rows(away: Sequence[AwayDevice], view: View) -> html.Div | None:
    """What to look after first: device, where, how long away. None when nothing is."""
    if not away:
        return None
    return html.Div([_away_row(device, view) for device in away], className="away")


def _away_row(device: AwayDevice, view: View) -> html.Div:
    cells: list[Any] = [
        device_link(device, view, name="away-what"),
        html.Span(area_label(device.area_id, view), className="away-where"),
        html.Span(_since(device, view), className="away-since"),
    ]
    return html.Div(cells, className=f"away-row is-{device.state}")


def _since(device: AwayDevice, view: View) -> str:
    if device.since_ms is None:
        return view.tr(f"kit.online.{'never' if device.state == 'never' else device.state}")
    length = length_text((view.now_ms - device.since_ms) / 1000, view)
    return view.tr(f"kit.online.{device.state}_since", length=length)


def online_table(view: View, *parts: OnlineNow) -> Table:
    """One row per kind: how many are in which state."""
    words = ("online", "down", "old", "never", "total")
    counts = tuple(Column(view.tr(f"kit.online.col.{word}"), kind=Kind.NUMBER) for word in words)
    kinds = [kind for part in parts for kind in part.kinds]
    rows = tuple((_kind_name(k, view), k.online, k.down, k.old, k.never, k.total) for k in kinds)
    names = {"online": view.tr("kit.online.col.online")}
    return Table((Column(view.tr("kit.online.col.kind")), *counts), rows, names=names)


def _kind_name(kind: KindOnline, view: View) -> str:
    return plain(kind.name_en if view.lang == "en" and kind.name_en else kind.name, 40)
