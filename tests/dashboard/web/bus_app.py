"""A cockpit whose panels show what bus.js has to do: a number that changes, a list of pages, buttons, a map.

The wall pages of the cockpit `turning` take turns. The action `test.count` counts the number up, `test.lose` is always
lost to somebody faster, `test.red` raises a red alert and closes it again."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

from dash import dcc, html
from fastapi import FastAPI

from brain.model.alert import Conflict
from brain.model.clock import WallClock, wall_ms
from brain.model.query.answer import Answer
from brain.model.scope import Scope
from brain.store.engine import open_store
from brain.store.version import bump
from dashboard.kit.attributes import data
from dashboard.panel import Panel, Screen, View
from dashboard.web.factory import create_server
from dashboard.web.shell import Cockpit, Page, Placement
from tests.dashboard.cockpit import PANELS, ROOT, Tell, Told, make_shell, number
from tests.small_city import CITY, TOWNS

DATABASE = "CITY_TEST_DATABASE"
TURN_S = 1
DWELL_S = 6
WALLS = {"one": "list", "two": "town_map", "three": "red_stage"}  # page -> what stands on it beside the number


def pages_in_turn(view: View) -> html.Div:
    pages = [html.Div(f"page {n}", className="turned", hidden=n > 1) for n in (1, 2, 3)]
    return html.Div([html.Div(pages, **data(turn=TURN_S)), html.Span("", **data(turn_count=""))])


def button(view: View) -> html.Div:
    def act(name: str, verb: str) -> html.Button:
        words = [html.Span(name, className="act-label"), html.Small("a note", className="act-note")]
        said = data(act=verb, target="x", version=1, armed="sure?")
        return html.Button(words, type="button", className="act", id=name, **said)

    return html.Div([act("count", "test.count"), act("lose", "test.lose")], className="actions")


def five_past() -> Callable[[], int]:
    """Real time from five past an hour on: at the turn of an hour every panel is asked for anew."""
    began_ms = wall_ms()
    start_ms = began_ms - began_ms % 3_600_000 + 300_000
    return lambda: start_ms + wall_ms() - began_ms


def timed(view: View) -> html.Span:
    """Asks to be fetched again a turn after it was built."""
    return html.Span("timed", **data(again_at=view.now_ms + TURN_S * 1000))


def town_map(view: View) -> dcc.Graph:
    corners = [[113.0, 22.0], [113.0, 22.4], [113.2, 22.4], [113.2, 22.0], [113.0, 22.0]]
    town = {"type": "Feature", "id": TOWNS[0], "geometry": {"type": "Polygon", "coordinates": [corners]}}
    trace = {
        "type": "choropleth",
        "geojson": {"type": "FeatureCollection", "features": [town]},
        "locations": [TOWNS[0]],
        "z": [view.value("n")],
        "customdata": [f"area:{TOWNS[0]}"],
        "showscale": False,
    }
    geo = {"visible": False, "fitbounds": "locations", "projection": {"type": "mercator"}}
    figure = {"data": [trace], "layout": {"geo": geo, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}}}
    return dcc.Graph(figure=figure, config={"displayModeBar": False}, style={"height": "240px"}, id="town-map")


def app() -> FastAPI:
    store = open_store(os.environ[DATABASE])
    told = Told()
    panels = {
        **PANELS,
        "number": Panel(build=number, needs={"n": Tell()}, interval_s=0.0),
        "list": Panel(build=pages_in_turn, needs={}),
        "button": Panel(build=button, needs={}),
        "timed": Panel(build=timed, needs={}),
        "town_map": Panel(build=town_map, needs={"n": Tell()}),
        "red_stage": Panel(build=lambda view: "", needs={}, bare=True),
    }
    page = Page("main", "总", "All", tuple(Placement(name) for name in ("number", "list", "button", "town_map")))
    more = Page("more", "多", "More", (Placement("number"),))
    soon = Page("soon", "时", "Soon", (Placement("timed"),))
    cockpit = Cockpit("city", "城市运行", "City", dict.fromkeys(Screen, (page, more, soon)))
    walls = [Page(i, i, i, (Placement("number"), Placement(also)), DWELL_S) for i, also in WALLS.items()]
    turning = Cockpit("turning", "轮", "Turning", {Screen.LARGE: tuple(walls)})
    clock = WallClock(five_past())
    told.instead = lambda scope, area_id: Answer(told.numbers.get("n", 0), clock.now_ms())
    shell = make_shell(
        store,
        ROOT / "assets",
        answers=told,
        panels=panels,
        cockpits={"city": cockpit, "turning": turning},
        clock=clock,
        real_ms=clock.now_ms,
        monotonic_s=time.monotonic,
    )

    def count(scope: Scope, target: str, version: int, note: str, address: str) -> None:
        told.numbers["n"] = told.numbers.get("n", 0) + 1
        store.write(lambda conn: bump(conn, shell.facts.tree, [("tickets", CITY)])).result()

    def lose(scope: Scope, target: str, version: int, note: str, address: str) -> None:
        raise Conflict("小李", "acknowledged", clock.now_ms())

    def red(scope: Scope, target: str, version: int, note: str, address: str) -> None:
        told.red = 1 - told.red
        store.write(lambda conn: bump(conn, shell.facts.tree, [("alerts", CITY)])).result()

    return create_server(replace(shell, actions={"test.count": count, "test.lose": lose, "test.red": red}))
