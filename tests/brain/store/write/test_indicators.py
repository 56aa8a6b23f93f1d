"""Published figures: append-only, a source that repeats itself is no news."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from brain.model.indicator import Good, IndicatorDef, IndicatorValue, Qualifier, ValueKind
from brain.model.period import parse_period
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.indicators import IndicatorResult, store_indicators
from tests.small_city import CITY, TOWNS, small_tree

ID = "hotline_calls_total"
DEFS = {
    ID: IndicatorDef(ID, "来电", "Calls", "条", Good.NONE, "hotline"),
    "hotline_solved_ratio": IndicatorDef("hotline_solved_ratio", "办结率", "Solved", "%", Good.UP, "hotline", 2),
}
VALUE = IndicatorValue(
    ID,
    CITY,
    parse_period("2021H1", "Asia/Shanghai"),
    ValueKind.TOTAL,
    903600.0,
    "90.36万",
    "条",
    "report",
    5,
    Qualifier.OVER,
)


def _offer(store: Store, *values: IndicatorValue) -> IndicatorResult:
    return store.write(lambda conn: store_indicators(conn, small_tree(), DEFS, values)).result()


def _kept(store: Store) -> list[tuple[int, float | None, str]]:
    table = schema.indicator_value
    with store.read() as conn:
        rows = conn.execute(select(table.c.revision, table.c.value, table.c.source).order_by(table.c.revision))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def test_a_value_is_stored_whole(store: Store) -> None:
    full = replace(VALUE, numerator=1.0, denominator=2.0, formula_version="f1", simulated=True)
    assert _offer(store, full) == IndicatorResult(1, 0)
    with store.read() as conn:
        row = conn.execute(select(schema.indicator_value)).one()._asdict()
        indicator = conn.execute(select(schema.indicator)).one()._asdict()
    period = VALUE.period
    expected: dict[str, Any] = {
        **{"area_id": CITY, "indicator_id": ID, "period_text": "2021H1", "value_kind": "total", "revision": 1},
        **{"period_kind": "half", "start_ms": period.start_ms, "end_ms": period.end_ms, "as_of_ms": None},
        **{"value": 903600.0, "value_text": "90.36万", "unit": "条", "qualifier": "over", "source": "report"},
        **{"numerator": 1.0, "denominator": 2.0, "received_ms": 5, "quality": "good", "formula_version": "f1"},
        "simulated": True,
    }
    assert row == expected
    assert (indicator["name"], indicator["unit"], indicator["good"], indicator["domain"]) == (
        "来电",
        "条",
        "none",
        "hotline",
    )


def test_the_same_value_again_is_no_revision(store: Store) -> None:
    _offer(store, VALUE)
    versions = store.versions()
    assert _offer(store, replace(VALUE, received_ms=99, revision=7)) == IndicatorResult(0, 1)
    assert _kept(store) == [(1, 903600.0, "report")]
    assert store.versions() == versions


def test_a_correction_is_a_new_revision_and_so_is_its_withdrawal(store: Store) -> None:
    corrected = replace(VALUE, value=903700.0, value_text="90.37万")
    assert _offer(store, VALUE, corrected) == IndicatorResult(2, 0)
    assert _offer(store, corrected) == IndicatorResult(0, 1)
    assert _offer(store, VALUE) == IndicatorResult(1, 0)
    assert [value for _, value, _ in _kept(store)] == [903600.0, 903700.0, 903600.0]


def test_the_same_number_said_otherwise_is_a_revision(store: Store) -> None:
    _offer(store, VALUE)
    assert _offer(store, replace(VALUE, qualifier=Qualifier.ABOUT)).new == 1


def test_a_source_that_repeats_itself_does_not_undo_anothers_correction(store: Store) -> None:
    other = replace(VALUE, value=1.0, value_text="1", source="correction")
    _offer(store, VALUE)
    _offer(store, other)
    assert _offer(store, VALUE) == IndicatorResult(0, 1)
    assert _kept(store)[-1] == (2, 1.0, "correction")


def test_a_document_that_contradicts_itself_does_not_grow_with_each_reading(store: Store) -> None:
    document = (VALUE, replace(VALUE, value=1.0, value_text="1"))
    assert _offer(store, *document) == IndicatorResult(2, 0)
    assert _offer(store, *document) == IndicatorResult(0, 2)
    assert len(_kept(store)) == 2


def test_areas_periods_and_kinds_are_revised_apart(store: Store) -> None:
    values = [
        VALUE,
        replace(VALUE, area_id=TOWNS[0]),
        replace(VALUE, period=parse_period("2021", "Asia/Shanghai")),
        replace(VALUE, kind=ValueKind.TARGET),
    ]
    assert _offer(store, *values).new == 4
    assert {revision for revision, _, _ in _kept(store)} == {1}


def test_a_new_value_counts_up_its_area_and_a_new_name_every_area(store: Store) -> None:
    _offer(store, VALUE)
    before = store.versions()
    _offer(store, replace(VALUE, value=1.0), replace(VALUE, value=2.0, area_id=TOWNS[0]))
    changed = {key[1] for key, n in store.versions().items() if n > before.get(key, 0)}
    assert changed == {CITY, TOWNS[0]}
    before = store.versions()
    renamed = {**DEFS, ID: replace(DEFS[ID], name="热线来电")}
    store.write(lambda conn: store_indicators(conn, small_tree(), renamed, [VALUE])).result()
    assert {key[1] for key, n in store.versions().items() if n > before[key]} == {CITY, *TOWNS}


@pytest.mark.parametrize("wrong", [{"indicator_id": "hotline_unknown_total"}, {"area_id": "nowhere"}])
def test_unknown_indicators_and_areas_are_refused(store: Store, wrong: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        _offer(store, VALUE, replace(VALUE, **wrong))  # type: ignore[arg-type]
    assert _kept(store) == []
