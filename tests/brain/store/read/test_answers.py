"""The one door: every query is answered, and only within the scope."""

import inspect
import pkgutil
from dataclasses import replace
from importlib import import_module

import pytest
from shapely.geometry import box

import brain.model.query
from brain.model.area import Area, AreaTree
from brain.model.query.answer import EXCLUSIONS, FORMULAS, Answer, Query
from brain.model.query.feeds import FeedHealth
from brain.model.query.tickets import TicketsToday
from brain.model.scope import Forbidden, Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, ask, fill, ms, random_tickets, ticket_row
from tests.small_city import CITY, small_city

NOW = ms("2021-07-14 14:26:08")
TOPICS = [import_module(f"brain.model.query.{file.name}") for file in pkgutil.iter_modules(brain.model.query.__path__)]
EVERY_QUERY = [
    kind
    for topic in TOPICS
    for _, kind in inspect.getmembers(topic, inspect.isclass)
    if issubclass(kind, Query) and kind is not Query and kind.__module__ == topic.__name__
]


@pytest.mark.parametrize("kind", EVERY_QUERY, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("area_id", [CITY, "0200302"])
def test_an_empty_store_answers_every_query(store: Store, kind: type[Query], area_id: str):
    for role in Role:
        answer = ask(store, small_city(), NOW, kind(), area_id, role=role)
        assert isinstance(answer, Answer)
        assert answer.as_of_ms is None
        assert not answer.simulated or kind is FeedHealth


@pytest.mark.parametrize("kind", EVERY_QUERY, ids=lambda kind: kind.__name__)
def test_every_query_is_refused_outside_the_scope(sqlite_store: Store, kind: type[Query]):
    for role in Role:
        for area_id in (CITY, "02002", "0200201", "unknown", "", "\0"):
            with pytest.raises(Forbidden, match="02001"):
                ask(sqlite_store, small_city(), NOW, kind(), area_id, scope_area="02001", role=role)
        assert ask(sqlite_store, small_city(), NOW, kind(), "0200102", scope_area="02001", role=role)


@pytest.mark.parametrize("kind", EVERY_QUERY, ids=lambda kind: kind.__name__)
def test_a_city_without_feeds_and_rules_answers(sqlite_store: Store, kind: type[Query]):
    bare = replace(small_city(), feeds={}, rules={}, metrics={}, indicators={}, headline=(), case_types={})
    answer = ask(sqlite_store, bare, NOW, kind())
    assert (answer.sources, answer.stale_after_s) == ((), None)


def test_a_query_nobody_answers(sqlite_store: Store):
    class Unheard(Query):
        pass

    with pytest.raises(TypeError, match="Unheard"):
        ask(sqlite_store, small_city(), NOW, Unheard())


def test_formulas_and_exclusions_are_those_declared(sqlite_store: Store):
    fill(sqlite_store, schema.case, random_tickets(8, NOW - 20 * DAY, NOW))
    for kind in EVERY_QUERY:
        for origin in ask(sqlite_store, small_city(), NOW, kind()).provenance:
            assert origin.formula_key in FORMULAS
            assert {key for key, _ in origin.excluded} <= set(EXCLUSIONS)


def test_an_area_of_many_villages(store: Store):
    areas = [Area("c", None, "city", "c", "c"), Area("t", "c", "town", "t", "t"), Area("u", "c", "town", "u", "u")]
    areas += [Area(f"v{n:04}", "t", "village", "v", "v") for n in range(2000)]
    facts = replace(small_city(), tree=AreaTree(areas, {"t": box(0, 0, 1, 1)}))
    fill(store, schema.case, [ticket_row(str(n), NOW, f"v{n:04}") for n in (0, 7, 1999)])
    fill(store, schema.case, [ticket_row("own", NOW, "t"), ticket_row("other", NOW, "u")])
    assert ask(store, facts, NOW, TicketsToday(), "t", scope_area="c").value.total == 4
    for kind in EVERY_QUERY:
        assert ask(store, facts, NOW, kind(), "t", scope_area="c")
