"""Runs the benchmarks, each in a process of its own, and prints their tables.

    python -m bench [NAME ...] [--full] [--out FILE]

Without names all that are not long. --full takes all, measures longer and writes bench/RESULTS.md (or FILE), as
`make bench-full` does.
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
from bench.report.results import RESULTS, replace_section
from bench.report.row import Row
from tests.services.process import die_with_parent


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
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), die_with_parent) as alone:
            rows, trouble = alone.submit(found.perform, slug, quick).result()
        yield Outcome(benchmark, rows, time.monotonic() - began, trouble)


def section(outcome: Outcome, facts: dict[str, str], on: str) -> str:
    """What RESULTS.md says of one benchmark."""
    seed = "" if outcome.benchmark.seed is None else f" Seed {outcome.benchmark.seed}."
    measured = f"Measured by `make bench-full` on {on}. {machine.in_words(facts)}."
    about = f"{outcome.benchmark.about}{seed}"
    return "\n\n".join([about, outcome.trouble or table.markdown(outcome.rows), measured])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the cockpit against its peers.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(found.slugs())}; none: all that are not long"
    )
    parser.add_argument("--full", action="store_true", help="measure longer, write the results")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where --full writes (default bench/RESULTS.md)")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(found.slugs())):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(found.slugs())}")
    facts = machine.facts()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    told = []
    chosen = given.names or [slug for slug in found.slugs() if given.full or not found.describe(slug).long]
    for outcome in outcomes(chosen, quick=not given.full):
        told.append(outcome)
        print(f"\n{outcome.benchmark.name} ({outcome.took_s:.0f} s)", flush=True)
        print(outcome.trouble or table.plain(outcome.rows), flush=True)
        if given.full:  # at once: who stops a long run keeps what it measured
            text = section(outcome, facts, f"{datetime.now(UTC):%Y-%m-%d}")
            replace_section(given.out, outcome.benchmark.name, text)
    return 1 if any(outcome.trouble.startswith("failed") for outcome in told) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
