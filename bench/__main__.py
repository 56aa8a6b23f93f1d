"""Runs the benchmarks, each in a process of its own, and prints their tables.

    python -m bench [NAME ...] [--full] [--out FILE]

Without names all of them. --full measures longer and writes bench/RESULTS.md (or FILE): `make bench-full`.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.report import found, machine, table
from bench.report.results import RESULTS, sections_but
from bench.report.row import Row


@dataclass(frozen=True, slots=True)
class Outcome:
    """`trouble` says why there are no rows."""

    benchmark: found.Benchmark
    rows: list[Row]
    took_s: float
    trouble: str = ""


def outcomes(slugs: list[str], quick: bool) -> Iterator[Outcome]:
    for slug in slugs:
        benchmark, began = found.describe(slug), time.monotonic()
        # A process of its own: no benchmark inherits the memory, threads or garbage of another.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            rows, trouble = alone.submit(found.perform, slug, quick).result()
        yield Outcome(benchmark, rows, time.monotonic() - began, trouble)


def report(told: list[Outcome], facts: dict[str, str], on: str) -> str:
    """The text of RESULTS.md."""
    lines = [
        "# Measured",
        "",
        f"Written by `make bench-full` on {on}. Ratios are of the same run: compare those, not the values.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in facts.items()),
    ]
    for outcome in told:
        seed = "" if outcome.benchmark.seed is None else f" Seed {outcome.benchmark.seed}."
        lines += ["", f"## {outcome.benchmark.name}", "", f"{outcome.benchmark.about}{seed}", ""]
        lines.append(outcome.trouble or table.markdown(outcome.rows))
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the cockpit against its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(found.slugs())}; none: all")
    parser.add_argument("--full", action="store_true", help="measure longer, write the results")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where --full writes (default bench/RESULTS.md)")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(found.slugs())):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(found.slugs())}")
    facts = machine.facts()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    told = []
    for outcome in outcomes(given.names or found.slugs(), quick=not given.full):
        told.append(outcome)
        print(f"\n{outcome.benchmark.name} ({outcome.took_s:.0f} s)", flush=True)
        print(outcome.trouble or table.plain(outcome.rows), flush=True)
    if given.full:
        others = sections_but(given.out, {outcome.benchmark.name for outcome in told})
        text = report(told, facts, f"{datetime.now(UTC):%Y-%m-%d}")
        given.out.write_text(f"{text}\n{others}" if others else text, encoding="utf-8")
        print(f"\nwritten to {given.out}")
    return 1 if any(outcome.trouble.startswith("failed") for outcome in told) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
