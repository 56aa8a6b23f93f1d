"""Storing indicators and their published values. A value is never edited: what differs becomes a new revision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, or_, select

from brain.model.area import AreaTree
from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.store import schema
from brain.store.dialect import insert_into
from brain.store.meta import hold
from brain.store.portion import portions
from brain.store.version import bump, bump_everywhere

INPUT = "indicators"

_KEY = ("area_id", "indicator_id", "period_text", "value_kind")
_NOT_CONTENT = {*_KEY, "revision", "source", "received_ms"}

_Key = tuple[str, str, str, str]
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """`new` became revisions, `repeated` said what their source had said last."""

    new: int
    repeated: int


def store_indicators(
    conn: Connection, tree: AreaTree, defs: Mapping[str, IndicatorDef], values: Sequence[IndicatorValue]
) -> IndicatorResult:
    """Store what the values say anew, with the definitions. Their own `revision` is not looked at: the next free one
    is given. What a source says again is no news, even after another source corrected it.

    Raises KeyError for an indicator without definition or an area that is not in the tree."""
    for area_id in {value.area_id for value in values}:
        tree.get(area_id)
    hold(conn, INPUT)  # two writers must not give the same revision
    _store_defs(conn, tree, [defs[i] for i in sorted({value.indicator_id for value in values})])
    offered = sorted((_row_of(value) for value in values), key=_key_of)  # stable: their order within a key stays
    stored = _stored(conn, offered)
    news: list[_Row] = []
    for key, group in groupby(offered, key=_key_of):
        news += _revisions(stored.get(key, []), list(group))
    if news:
        conn.execute(insert_into(conn, schema.indicator_value), news)
        bump(conn, tree, {(INPUT, row["area_id"]) for row in news})
    return IndicatorResult(len(news), len(values) - len(news))


def _revisions(stored: list[_Row], offered: list[_Row]) -> list[_Row]:
    """The new revisions of one key. Per source, what it offers now is compared with as many of its last revisions: a
    document that contradicts itself brings the same two values each time it is read."""
    revision = max((row["revision"] for row in stored), default=0)
    news: list[_Row] = []
    for source in dict.fromkeys(row["source"] for row in offered):
        said = [row for row in stored if row["source"] == source]
        says = [row for row in offered if row["source"] == source]
        if [_content(row) for row in said[-len(says) :]] == [_content(row) for row in says]:
            continue
        for row in says:
            if not said or _content(said[-1]) != _content(row):
                revision += 1
                news.append({**row, "revision": revision})
                said.append(row)
    return news


def _stored(conn: Connection, offered: Iterable[_Row]) -> dict[_Key, list[_Row]]:
    """All revisions of the values' keys, oldest first."""
    table = schema.indicator_value
    wanted = {_key_of(row) for row in offered}
    found: dict[_Key, list[_Row]] = {}
    for area_id in sorted({key[0] for key in wanted}):
        for ids in portions({key[1] for key in wanted if key[0] == area_id}):
            query = select(table).where(table.c.area_id == area_id, table.c.indicator_id.in_(ids))
            for found_row in conn.execute(query.order_by(table.c.revision)):
                row = found_row._asdict()
                if (key := _key_of(row)) in wanted:
                    found.setdefault(key, []).append(row)
    return found


def _key_of(row: _Row) -> _Key:
    return row["area_id"], row["indicator_id"], row["period_text"], row["value_kind"]


def _content(row: _Row) -> _Row:
    """What the value says, without when and how often it was said."""
    return {column: value for column, value in row.items() if column not in _NOT_CONTENT}


def _row_of(value: IndicatorValue) -> _Row:
    period = value.period
    return {
        "area_id": value.area_id,
        "indicator_id": value.indicator_id,
        "period_text": period.text,
        "value_kind": str(value.kind),
        "period_kind": str(period.kind),
        "start_ms": period.start_ms,
        "end_ms": period.end_ms,
        "as_of_ms": period.as_of_ms,
        "value": value.value,
        "value_text": value.value_text,
        "unit": value.unit,
        "qualifier": str(value.qualifier),
        "numerator": value.numerator,
        "denominator": value.denominator,
        "source": value.source,
        "received_ms": value.received_ms,
        "quality": str(value.quality),
        "formula_version": value.formula_version,
        "simulated": value.simulated,
    }


def _store_defs(conn: Connection, tree: AreaTree, defs: Sequence[IndicatorDef]) -> None:
    if not defs:
        return
    table = schema.indicator
    insert = insert_into(conn, table)
    # Short names are not stored: they are the city pack's, for screens.
    rows = [{k: v for k, v in asdict(one).items() if k in table.c} | {"good": str(one.good)} for one in defs]
    said = [column for column in rows[0] if column != "id"]
    upsert = insert.on_conflict_do_update(
        index_elements=["id"],
        set_={column: insert.excluded[column] for column in said},
        where=or_(*(table.c[column].is_distinct_from(insert.excluded[column]) for column in said)),
    ).returning(table.c.id)
    if conn.execute(upsert, rows).all():
        bump_everywhere(conn, tree, INPUT)  # a name or unit is shown wherever the indicator is
