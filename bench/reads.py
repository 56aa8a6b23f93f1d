"""What the panels of the wall's pages ask the brain, with 1x, 10x and 100x the history in the store: all that a page
asks, one query after another, as when its panels are built anew. A city of one device per town and metric and some
tickets a day is filled backwards, days all alike; sizes are told. Nothing is in memory but the database's own pages.
Medians of rounds.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import app
from bench.peers.long_past import Past
from bench.peers.shipped import shipped
from bench.report.row import Row
from brain.model.clock import WallClock
from brain.model.query.answer import Query
from brain.model.scope import Role, Scope
from brain.runtime.city_store import open_city_store
from brain.store.read.answers import Answers
from dashboard.panel import Panel
from tests.services.postgresql import PostgresServer

NAME = "Reads: what the wall's pages ask, at 1x, 10x and 100x the history"

DAYS = (30, 300, 3000)  # 1x is what the longest panel of a wall looks back
METRICS = ("water_level_m", "air_pm25_ugm3")
ROUNDS = 7
AIM = "<= 1.5"


def run(quick: bool) -> list[Row]:
    daily = 200 if quick else 1000
    with tempfile.TemporaryDirectory(prefix="city-bench-") as name:
        rows = list(_measured("SQLite", Path(name), f"sqlite:///{name}/city.db", daily, lambda: None))
        server = PostgresServer()
        try:
            made = server.make_database()
            rows += _measured("PostgreSQL", Path(name), server.url(made), daily, lambda: _tidied(server, made))
        finally:
            server.close()
        return rows


def _tidied(server: PostgresServer, database: str) -> None:
    """What PostgreSQL does by itself within minutes of so many rows, and beside the measurement otherwise."""
    with server.connect(database) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _measured(database: str, folder: Path, url: str, daily: int, tidy: Callable[[], None]) -> Iterator[Row]:
    plan = app.read_plan(shipped(folder, url), {})
    with open_city_store(plan) as store:
        past = Past(store, plan.facts, WallClock().now_ms(), daily, METRICS)
        past.settle()
        answers = Answers(store, plan.facts, WallClock())
        pages = _pages(plan)
        first: dict[str, float] = {}
        begun = 0
        for days in DAYS:
            past.extend(begun, days)
            tidy()
            begun = days
            times = _times(answers, Scope("", Role.WALL, plan.facts.tree.root.id), pages)
            yield from _rows(f"{database}, {days // DAYS[0]}x", times, first)
        yield Row(f"{database}: tickets in the end", daily * DAYS[-1], "")


def _rows(where: str, times: Mapping[str, Mapping[str, float]], first: dict[str, float]) -> Iterator[Row]:
    for page, of_panels in times.items():
        total = sum(of_panels.values())
        ratio = total / first[page] if page in first else None
        yield Row(f"{where}: page {page}", total, "ms", ratio, "1x" if ratio else "", AIM if ratio else "")
        first.setdefault(page, total)
    slowest = max((ms, name) for of_panels in times.values() for name, ms in of_panels.items())
    yield Row(f"{where}: its slowest panel, {slowest[1]}", slowest[0], "ms")


def _times(answers: Answers, scope: Scope, pages: Mapping[str, list[tuple[str, Query]]]) -> dict[str, dict[str, float]]:
    """page -> panel -> median milliseconds of what it asks."""
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(ROUNDS + 1):
        for page, asked in pages.items():
            for name, query in asked:
                took = _ms(partial(answers.answer, query, scope, scope.area_id))
                found.setdefault(page, {}).setdefault(name, []).append(took)
    return {page: {name: statistics.median(took[1:]) for name, took in of.items()} for page, of in found.items()}


def _ms(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1000


def _pages(plan: app.Plan) -> dict[str, list[tuple[str, Query]]]:
    """What each page of the wall asks: (panel and need, query)."""
    return {
        page_id: [
            (f"{placed.panel}.{need}", query)
            for placed in page.panels
            for need, query in _needs(plan.panels[placed.panel], placed.options).items()
        ]
        for page_id, page in plan.settings.config.cockpits["city"].large.items()
    }


def _needs(panel: Panel, options: Mapping[str, Any]) -> Mapping[str, Query]:
    return panel.needs({**panel.options, **options}, {}) if callable(panel.needs) else panel.needs
