"""How many of the city's devices speak, by kind, and which have been silent longest."""

from collections.abc import Mapping
from typing import Any

from brain.model.query.answer import Query
from brain.model.query.devices import DevicesOnline, OnlineNow
from dashboard.kit.online import away_rows, kind_rows, online_share, online_table
from dashboard.panel import Panel, Screen, Table, View

# Rows of kinds and of silent devices, where the options `rows` and `away` are 0.
_ROOM = {Screen.LARGE: (5, 2), Screen.MEDIUM: (12, 8), Screen.SMALL: (8, 5)}


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    return {"now": DevicesOnline(kinds=tuple(options["kinds"]), limit=_most_away(options))}


def _room(view: View) -> tuple[int, int]:
    kinds, away = _ROOM[view.screen]
    return int(view.options["rows"]) or kinds, int(view.options["away"]) or away


def _most_away(options: Mapping[str, Any]) -> int:
    return int(options["away"]) or max(away for _, away in _ROOM.values())


def build(view: View) -> list[Any]:
    now: OnlineNow = view.value("now")
    kinds, away = _room(view)
    # Where there is no room for all, the kinds with the largest share missing are the ones to see.
    worst = sorted(now.kinds, key=lambda kind: (kind.online / kind.total, -kind.total))[:kinds]
    return [online_share(now, view), kind_rows(worst, view), away_rows(now.away[:away], view)]


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
    options={"kinds": (), "rows": 0, "away": 0},
    ids={"kinds": "device_kinds"},
)
