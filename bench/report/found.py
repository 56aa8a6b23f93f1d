"""The benchmarks: every file right in bench/ is one, found by being there."""

import importlib
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from bench.report.row import Row

FOLDER = Path(__file__).resolve().parents[1]


class NotABenchmark(Exception):
    """A file in bench/ without what a benchmark declares."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`slug` is the file's name, `about` its docstring. `seed` is None where nothing is left to chance.
    `long`: run only when it is named, and with --full."""

    slug: str
    name: str
    about: str
    seed: int | None
    long: bool = False


def slugs() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def describe(slug: str) -> Benchmark:
    """Raises NotABenchmark."""
    module = _load(slug)
    about = (module.__doc__ or "").strip()
    return Benchmark(slug, module.NAME, about, getattr(module, "SEED", None), getattr(module, "LONG", False))


def perform(slug: str, quick: bool) -> tuple[list[Row], str]:
    """Its rows, or why there are none."""
    try:
        return list(_load(slug).run(quick)), ""
    except pytest.skip.Exception as missing:  # the servers come from tests/services
        return [], f"not measured: {missing.msg}"
    except Exception:
        return [], f"failed:\n{traceback.format_exc()}"


def _load(slug: str) -> ModuleType:
    module = importlib.import_module(f"bench.{slug}")
    if not isinstance(getattr(module, "NAME", None), str) or not callable(getattr(module, "run", None)):
        raise NotABenchmark(f"bench/{slug}.py declares no NAME and run(quick) -> list[Row]")
    return module
