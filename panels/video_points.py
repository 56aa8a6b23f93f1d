"""The city's cameras: how many deliver a picture, and which do not."""

from collections.abc import Mapping
from typing import Any

from brain.model.query.answer import Query
from brain.model.query.devices import DevicesOnline, OnlineNow
from dashboard.kit.online import away_rows, online_share, online_table
from dashboard.panel import Panel, Screen, Table, View

_ROOM = {Screen.LARGE: 6, Screen.MEDIUM: 10, Screen.SMALL: 5}


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    limit = max(_ROOM.values())
    return {"now": DevicesOnline(tuple(options["kinds"]), str(options["up_metric"]), limit)}


def build(view: View) -> list[Any]:
    now: OnlineNow = view.value("now")
    return [online_share(now, view), away_rows(now.away[: _ROOM[view.screen]], view)]


def rows(view: View) -> Table:
    return online_table(view, view.value("now"))


def is_empty(view: View) -> bool:
    now: OnlineNow = view.value("now")
    return now.total == 0


PANEL = Panel(
    build=build,
    needs=needs,
    is_empty=is_empty,
    rows=rows,
    interval_s=2.0,
    options={"kinds": ("camera",), "up_metric": "video_online_ratio"},
    ids={"kinds": "device_kinds", "up_metric": "metrics"},
)
