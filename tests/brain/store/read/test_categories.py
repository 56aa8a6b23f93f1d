"""Tickets by category, counted in the database, against the same rows counted by hand."""

from collections import Counter
from dataclasses import replace
from types import MappingProxyType

from brain.model.facts import Facts, Name
from brain.model.query.categories import Categories, CategoryCount, CategoryRanking, Depth
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, HOUR, ask, fill, inside, ms, random_tickets, ticket_row
from tests.small_city import CITY, small_city

NOW = ms("2021-07-14 14:26:08")
LISTED = ("a", "a.noise", "a.noise.site", "a.noise.life", "a.air", "b", "b.gas")
CAME = ("a.noise.site", "a.noise.life", "a.noise", "a.air", "b.gas", "Noise - St. Lawrence", "a.unlisted.leaf")


def listing(tz: str = "Asia/Shanghai") -> Facts:
    return replace(small_city(tz), categories=MappingProxyType({each: Name(f"名 {each}", each) for each in LISTED}))


def test_counts_are_those_made_by_hand(store: Store):
    rows = [
        row | {"category": CAME[k % len(CAME)]}
        for k, row in enumerate(random_tickets(5, NOW - 20 * DAY, NOW + DAY, n=900))
    ]
    fill(store, schema.case, rows)
    facts = listing()
    midnight = ms("2021-07-14 00:00")
    for area_id, days, back in ((CITY, 1, 7), ("02001", 1, 7), (CITY, 7, 7), ("02001", 8, 14)):
        known = [r for r in rows if r["type"] == "ticket" and r["area_id"] in inside(facts, area_id)]
        start = midnight - (days - 1) * DAY
        now = Counter(r["category"] for r in known if start <= r["created_ms"] <= NOW)
        before = Counter(r["category"] for r in known if start <= r["created_ms"] + back * DAY <= NOW)
        found: Categories = ask(store, facts, NOW, CategoryRanking(Depth.THIRD, days, 99), area_id).value
        compared = back + days < 20  # the data begin 20 days ago
        assert {row.id: row.n for row in found.rows} == now
        assert {row.id: row.before for row in found.rows} == {c: before[c] if compared else None for c in now}
        assert [row.n for row in found.rows] == sorted(now.values(), reverse=True)
        assert (found.total, found.back_days) == (now.total(), back)


def test_a_level_of_the_duty_list_takes_in_what_lies_below(sqlite_store: Store):
    fill(sqlite_store, schema.case, [ticket_row("old", NOW - 20 * DAY)])
    fill(sqlite_store, schema.case, [ticket_row(str(k), NOW, category=category) for k, category in enumerate(CAME)])

    def counted(depth: Depth) -> dict[str, int]:
        return {row.id: row.n for row in ask(sqlite_store, listing(), NOW, CategoryRanking(depth, 1, 99)).value.rows}

    words = {"Noise - St. Lawrence": 1}  # its dot is no level
    assert counted(Depth.TOP) == {"a": 5, "b": 1} | words
    assert counted(Depth.SECOND) == {"a.noise": 3, "a.air": 1, "b.gas": 1, "a.unlisted.leaf": 1} | words
    assert counted(Depth.THIRD) == dict.fromkeys(CAME, 1)


def test_the_first_of_many_with_the_total_of_all(sqlite_store: Store):
    tickets = [ticket_row(f"{k} {n}", NOW, category=f"c{k}") for k in range(9) for n in range(k + 1)]
    then = [ticket_row(f"then {k}", NOW - 7 * DAY + k, category="c8") for k in (-1, 0, 1)]
    fill(sqlite_store, schema.case, [ticket_row("first", NOW - 30 * DAY), *then, *tickets])
    answer = ask(sqlite_store, small_city(), NOW, CategoryRanking(limit=2))
    assert answer.value.rows == (CategoryCount("c8", "c8", "c8", 9, 2), CategoryCount("c7", "c7", "c7", 8, 0))
    assert answer.value.total == 45
    assert [(origin.key, origin.numerator) for origin in answer.provenance] == [("c8", 9), ("c7", 8)]


def test_nothing_to_compare_with_is_not_zero(sqlite_store: Store):
    assert ask(sqlite_store, small_city(), NOW, CategoryRanking()).value is None
    fill(sqlite_store, schema.case, [ticket_row("a", NOW - 7 * DAY - HOUR), ticket_row("b", NOW, simulated=True)])
    answer = ask(sqlite_store, small_city(), NOW, CategoryRanking())  # the city's data began on that very day
    assert [(row.name, row.n, row.before) for row in answer.value.rows] == [("噪音扰民", 1, None)]
    assert answer.simulated
