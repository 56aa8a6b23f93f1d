"""The tables keep to what TimescaleDB and Citus accept, so that they may take over the big ones without other code."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import Computed, Identity, Table, UniqueConstraint

from brain.store import schema

ROOT = Path(__file__).parents[3]
BY_DEVICE = {schema.reading: "at_ms", schema.reading_rollup: "end_ms"}
BY_AREA = {schema.area_rollup: "end_ms", schema.dirty_bucket: "end_ms"}
BY_FEED = {schema.waiting_reading: "at_ms"}
WITHOUT_TIME = {schema.latest: "device_id"}  # one row for each device and metric
BIG = {**BY_DEVICE, **BY_AREA, **BY_FEED}


def key_of(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


@pytest.mark.parametrize("table", BIG, ids=lambda table: table.name)
def test_a_big_tables_key_begins_with_what_it_is_spread_by_and_contains_the_time(table: Table) -> None:
    first = "device_id" if table in BY_DEVICE else "area_id" if table in BY_AREA else "feed"
    assert key_of(table)[0] == first
    assert BIG[table] in key_of(table)
    assert str(table.c[BIG[table]].type) == "BIGINT", "what time partitions are cut by"


@pytest.mark.parametrize("table", [*BIG, *WITHOUT_TIME], ids=lambda table: table.name)
def test_nothing_else_of_a_big_table_is_unique(table: Table) -> None:
    """Each unique key must contain the distribution column and the time; the primary key does."""
    assert [index.name for index in table.indexes if index.unique] == []
    assert [each for each in table.constraints if isinstance(each, UniqueConstraint)] == []


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
def test_no_table_has_what_cannot_be_spread(table: Table) -> None:
    assert not table.foreign_keys
    for column in table.columns:
        assert not isinstance(column.server_default, Identity | Computed), column
        assert column.default is None or not column.default.is_sequence, column
        assert column.autoincrement in ("auto", False), column
        made_up = column.primary_key and len(table.primary_key) == 1 and str(column.type) in ("INTEGER", "BIGINT")
        assert not made_up or column.autoincrement is False, f"{column} would be a serial"


def test_every_table_that_grows_with_readings_is_known_here() -> None:
    with_devices = {table for table in schema.metadata.sorted_tables if "device_id" in key_of(table)}
    assert with_devices - {*BIG, *WITHOUT_TIME} == {schema.device_event}


@pytest.mark.parametrize("path", sorted((ROOT / "brain" / "store").rglob("*.py")), ids=lambda path: path.name)
def test_no_statement_makes_a_trigger_a_sequence_or_an_advisory_lock(path: Path) -> None:
    texts = [
        node.value.lower()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for banned in ("create trigger", "create sequence", "nextval(", "pg_advisory", "references "):
        assert not any(banned in text and len(text) < 400 for text in texts), banned
