"""Benchmarks are found by being files, and their rows become tables that say whether an aim was reached."""

import pytest

from bench.__main__ import Outcome, section
from bench.report import found, table
from bench.report.row import Row

ROWS = [
    Row("peer", 20_000.4, "messages/s"),
    Row("ours", 12_500, "messages/s", 0.625, "peer", ">= 0.5"),
    Row("slow", 31.26, "ms", aim="<= 20"),
]


@pytest.mark.parametrize("slug", found.slugs())
def test_every_file_is_a_benchmark(slug: str) -> None:
    described = found.describe(slug)
    assert described.slug == slug
    assert described.name
    assert described.about, "its docstring says what is measured"


def test_an_aim_is_judged_on_the_ratio_where_there_is_one() -> None:
    assert [row.met for row in ROWS] == [None, True, False]
    with pytest.raises(ValueError, match="an aim is written like"):
        _ = Row("x", 1, "", aim="fast").met


def test_a_table_is_aligned_and_names_what_was_missed() -> None:
    head, *lines = table.plain(ROWS).splitlines()
    assert head.split() == ["value", "unit", "ratio", "against", "aim"]
    assert [line.split() for line in lines] == [
        ["peer", "20,000", "messages/s"],
        ["ours", "12,500", "messages/s", "0.62", "peer", ">=", "0.5", "reached"],
        ["slow", "31.3", "ms", "<=", "20", "MISSED"],
    ]
    assert len({line.index("messages/s") for line in lines[:2]}) == 1


def test_results_name_machine_seed_and_what_was_not_measured() -> None:
    benchmark = found.Benchmark("x", "Some benchmark", "What it is.", 7)
    facts = {"processor": "two cores"}
    text = section(Outcome(benchmark, ROWS, 3.0), facts, "2026-01-02")
    assert text.startswith("What it is. Seed 7.\n\n|")
    assert "| ours | 12,500 | messages/s | 0.62 | peer | >= 0.5 | reached |" in text
    assert text.endswith("on 2026-01-02. processor two cores.")
    missing = section(Outcome(benchmark, [], 0.0, "not measured: no broker"), facts, "2026-01-02")
    assert "\n\nnot measured: no broker\n\n" in missing


def test_long_benchmarks_are_told_apart() -> None:
    long = {slug for slug in found.slugs() if found.describe(slug).long}
    assert {"flood", "shards"} <= long
    assert {"ingest", "latency", "page", "push", "reads"}.isdisjoint(long)
