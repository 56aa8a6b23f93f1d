"""Faults are found by being files, their rows say what was missed, and each is kept as soon as it is done."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.faults import __main__ as faults
from bench.report.fault_row import FaultRow, plain
from bench.report.results import replace_section, sections_but
from bench.rig.trial import Trial


@pytest.mark.parametrize("slug", faults.slugs())
def test_every_file_is_a_fault(slug: str) -> None:
    fault = faults.load(slug)
    assert fault.NAME
    assert fault.__doc__, "it says what is done and what must hold"
    assert callable(fault.run)


def test_a_row_names_what_was_missed() -> None:
    good = FaultRow("x", 10, 10, 10, 0, 0, 1.5, 3.0, (60, 10))
    assert good.missed == ()
    assert plain(good).endswith("| reached")
    bad = FaultRow("x", 10, 10, 8, 2, 1, None, 11.0, (60, 10), broken=("it crashed",))
    wanted = ("2 lost", "1 doubled", "not back within 60 s", "not seen on feed health within 10 s", "it crashed")
    assert bad.missed == wanted
    assert FaultRow("x", skipped="no broker").missed == ()
    assert "skipped: no broker" in plain(FaultRow("x", skipped="no broker"))


def test_a_section_is_replaced_where_it_stands_and_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# Measured\n\nHead.\n\n## One\n\n1\n\n## Faults\n\nold\n\n## Two\n\n2\n")
    replace_section(path, "Faults", "new")
    assert path.read_text() == "# Measured\n\nHead.\n\n## One\n\n1\n\n## Faults\n\nnew\n\n## Two\n\n2\n"
    replace_section(path, "Three", "3")
    assert path.read_text().endswith("## Two\n\n2\n\n## Three\n\n3\n")
    assert sections_but(path, {"One", "Two", "Three"}) == "## Faults\n\nnew\n\n"


def test_rows_are_told_one_by_one_and_a_fault_that_breaks_off_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "RESULTS.md"
    written: list[str] = []

    def run(trial: Trial) -> Iterator[FaultRow]:
        yield FaultRow("first", 5, 5, 5, 0, 0, beside=f"{trial.random.random():.3f}")
        written.append(path.read_text())
        raise RuntimeError("the broker died")

    fault: Any = SimpleNamespace(NAME="made up", __doc__="What is done.", run=run)
    monkeypatch.setattr(faults, "slugs", lambda: ["made_up"])
    monkeypatch.setattr(faults, "load", lambda _slug: fault)
    codes = [faults.main(["--quick", "--seed", "3", "--out", str(path)]) for _ in range(2)]
    assert codes == [1, 1]
    assert "| first |" in written[0]
    assert "made up" in path.read_text()
    assert "broke off: RuntimeError: the broker died" in capsys.readouterr().out
    lines = [line for line in path.read_text().splitlines() if "| first |" in line]
    assert lines == [line for line in written[0].splitlines() if "| first |" in line], "the same seed, the same chances"
