"""The fault table: what is killed, stopped, filled or lied to, and what came of it.

    python -m bench.faults [--only NAME ...] [--quick] [--seed N] [--out FILE]

Each file of this folder is a fault, found by being there: NAME, a docstring that says what is done and what must hold,
and `run(trial) -> Iterator[FaultRow]`. A row is printed and written into bench/RESULTS.md as soon as it is done, so an
aborted run keeps what it measured. Ends with 1 when a target is missed.
"""

import argparse
import importlib
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from bench.report import fault_row, machine
from bench.report.fault_row import FaultRow
from bench.report.results import RESULTS, replace_section
from bench.rig.trial import Trial

FOLDER = Path(__file__).resolve().parent
SECTION = "Faults"
SEED = 20_261_126


def slugs() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def load(slug: str) -> ModuleType:
    return importlib.import_module(f"bench.faults.{slug}")


def rows_of(slug: str, seed: int, quick: bool) -> Iterator[FaultRow]:
    """What a fault tells; one that breaks off tells how."""
    fault = load(slug)
    with tempfile.TemporaryDirectory(prefix="city-fault-") as folder:
        try:
            yield from fault.run(Trial(Path(folder), Random(f"{seed} {slug}"), quick))
        except pytest.skip.Exception as missing:  # servers come from tests/services
            yield FaultRow(fault.NAME, skipped=str(missing.msg))
        except (Exception, pytest.fail.Exception) as error:
            traceback.print_exc()
            first = next(iter(str(error).splitlines()), "")
            yield FaultRow(fault.NAME, broken=(f"broke off: {type(error).__name__}: {first}"[:200],))


def section(told: dict[str, list[FaultRow]], head: str) -> str:
    """The text below the heading in RESULTS.md."""
    parts = [head, fault_row.markdown([row for rows in told.values() for row in rows])]
    parts += [f"**{load(slug).NAME}.** {(load(slug).__doc__ or '').strip()}" for slug in told]
    return "\n\n".join(parts)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description="Prints the fault table.")
    parser.add_argument("--only", action="append", metavar="NAME", choices=slugs(), help=f"of {', '.join(slugs())}")
    parser.add_argument("--quick", action="store_true", help="short versions of all; under three minutes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the section is written (bench/RESULTS.md)")
    given = parser.parse_args(arguments)
    facts = machine.in_words(machine.facts())
    call = f"`make faults`{' (--quick)' if given.quick else ''} on {datetime.now(UTC):%Y-%m-%d}, seed {given.seed}"
    head = f"Written by {call}. {facts}."
    print(head, flush=True)
    told: dict[str, list[FaultRow]] = {}
    for slug in given.only or slugs():
        began = time.monotonic()
        for row in rows_of(slug, given.seed, given.quick):
            named = replace(row, beside=row.beside.strip())
            told.setdefault(slug, []).append(named)
            print(fault_row.plain(named), flush=True)
            replace_section(given.out, SECTION, section(told, head))
        print(f"  ({slug}: {time.monotonic() - began:.0f} s)", flush=True)
    missed = [row for rows in told.values() for row in rows if row.missed]
    print(f"{len(missed)} missed, of {sum(map(len, told.values()))} rows; written to {given.out}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
