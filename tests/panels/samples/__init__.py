"""Answers of the brain as a panel may meet them, for any city: normal, empty, stale, failed and hostile.

`answer(query, city, area, kind)` answers every query there is, so a new panel is tested without a line here.
Everything is made from the city's own areas; nothing of it is real.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brain.model.area import Area
from brain.model.query.alerts import OpenAlerts
from brain.model.query.answer import Answer, Query
from brain.model.query.feeds import FeedHealth
from brain.model.query.map import AreaMap
from brain.model.query.situation import Situation
from brain.model.query.system import SystemState
from brain.model.query.warnings import WeatherMeasured
from dashboard.panel import CityFacts
from tests.panels.samples import alerts, figures, measures, running, tickets
from tests.panels.samples.alerts import alert_row, detail, red_alert, red_row
from tests.panels.samples.base import (
    DAY,
    DAY_MS,
    HOSTILE,
    HOUR,
    KINDS,
    MINUTE,
    NOW_MS,
    TZ,
    WATER,
    Maker,
    city_of,
    place_of,
    shapes_of,
    source,
)
from tests.panels.samples.measures import history
from tests.panels.samples.tickets import urgent_case

__all__ = [
    "DAY",
    "DAY_MS",
    "HOSTILE",
    "HOUR",
    "KINDS",
    "MINUTE",
    "NOW_MS",
    "TZ",
    "WATER",
    "alert_row",
    "answer",
    "city_of",
    "detail",
    "history",
    "place_of",
    "red_alert",
    "red_row",
    "shapes_of",
    "source",
    "urgent_case",
]


def answer(query: Query, city: CityFacts, area: Area, kind: str = "normal") -> Answer[Any]:
    """What the brain would answer to `query` in a city that is in the state `kind`."""
    if kind == "failed":
        if isinstance(query, OpenAlerts | Situation | FeedHealth | AreaMap | SystemState | WeatherMeasured):
            return _value(query, city, area, "normal")  # the brain's own answers do not fail with a feed
        return Answer(None, None, (source("refused"),), True, 900.0)
    made = _value(query, city, area, "normal" if kind == "stale" else kind)
    if kind == "stale" and made.stale_after_s is not None:
        return replace(made, as_of_ms=NOW_MS - 42 * MINUTE)
    return made


def _value(query: Query, city: CityFacts, area: Area, kind: str) -> Answer[Any]:
    maker = _MAKERS[type(query)]
    return maker(query, city, area, kind)


_MAKERS: Mapping[type[Query], Maker] = {
    **alerts.MAKERS,
    **figures.MAKERS,
    **measures.MAKERS,
    **running.MAKERS,
    **tickets.MAKERS,
}
