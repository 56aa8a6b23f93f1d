"""Every figure the five documents publish is stored and read back as it was published, on both databases."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from brain.model.indicator import Good, IndicatorDef, IndicatorValue, Qualifier, ValueKind
from brain.model.period import Period, PeriodKind, parse_period
from brain.model.published import load_published
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.indicators import IndicatorResult, store_indicators
from tests.real_data import SEEDS, real
from tests.small_city import CITY, small_tree

ROWS = 286
NOT_AMONG_THEM = ("2021-06", "2021Q2", "2021-06-30")  # month, quarter, day
pytestmark = pytest.mark.real_data


def figures() -> tuple[dict[str, IndicatorDef], list[IndicatorValue]]:
    """Each row as a value of an indicator of its own name, city and unit."""
    found, problems = load_published(real(SEEDS / "published_figures.csv"), "Asia/Shanghai")
    assert problems == []
    names = list(dict.fromkeys((figure.city, figure.name, figure.unit) for figure in found))
    ids = {name: f"hotline_figure{number}_total" for number, name in enumerate(names)}
    defs = {ids[name]: IndicatorDef(ids[name], name[1], name[1], name[2], Good.NONE, "hotline") for name in names}
    return defs, [f.as_value(ids[f.city, f.name, f.unit], CITY, f"{f.city}:{f.line}", 7) for f in found]


def read_back(store: Store) -> list[IndicatorValue]:
    table = schema.indicator_value
    with store.read() as conn:
        rows = [row._asdict() for row in conn.execute(select(table))]
    values = []
    for row in rows:
        period = Period(PeriodKind(row.pop("period_kind")), row.pop("period_text"), *_ends(row))
        kind, qualifier = ValueKind(row.pop("value_kind")), Qualifier(row.pop("qualifier"))
        values.append(IndicatorValue(period=period, kind=kind, qualifier=qualifier, **(row | {"revision": 1})))
    return values


def _ends(row: dict[str, int | None]) -> tuple[int | None, int | None, int | None]:
    return row.pop("start_ms"), row.pop("end_ms"), row.pop("as_of_ms")


def test_all_of_them_are_stored_whole_and_offered_again_are_no_news(store: Store) -> None:
    defs, values = figures()
    tree = small_tree()

    def offer() -> IndicatorResult:
        return store.write(lambda conn: store_indicators(conn, tree, defs, values)).result()

    assert len(values) == ROWS
    values += [replace(values[0], period=parse_period(text, "Asia/Shanghai")) for text in NOT_AMONG_THEM]
    for year, qualifier in enumerate(Qualifier, 1990):
        values.append(replace(values[0], period=parse_period(str(year), "Asia/Shanghai"), qualifier=qualifier))
    assert offer() == IndicatorResult(len(values), 0)
    assert offer() == IndicatorResult(0, len(values))
    assert Counter(read_back(store)) == Counter(values)
    assert {value.period.kind for value in values} == set(PeriodKind)
    assert {value.kind for value in values} == set(ValueKind)
    assert {value.qualifier for value in values} == set(Qualifier)
