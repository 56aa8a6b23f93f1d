"""Killed in the middle: what was there is there still, and the same command run again does its work."""

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from brain.store import schema
from brain.store.engine import open_store
from brain.store.errors import StoreError
from brain.store.moving import archive, fill, verbs
from tests.brain.store.moving.conftest import MADE_MS, sums

LAST = "weather_warning"  # of the tables: all others are there by then


def killed(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> None:
    """`work` in a process of its own, which is killed when the last table's turn comes."""
    with monkeypatch.context() as patch:
        for module, name in ((fill, "fill_table"), (archive, "_write_table")):
            patch.setattr(module, name, partial(_killing, getattr(module, name)))
        pid = os.fork()  # not a new interpreter, which takes a second to come up
        if pid == 0:
            try:
                work()
            finally:
                os._exit(1)
        _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)


def _killing(works: Callable[..., Any], *given: Any) -> Any:
    if any(getattr(each, "name", "") == LAST for each in given):
        os.kill(os.getpid(), signal.SIGKILL)
    return works(*given)


def one_row(url: str) -> None:
    with open_store(url) as store:
        row = {"input": "a", "area_id": "b", "n": 1, "changed_ms": 2}
        store.write(lambda conn: conn.execute(schema.version.insert().values(row))).result()


@pytest.mark.parametrize("verb", ["restore", "move"])
def test_what_was_there_is_there_still(
    verb: str, backup: Path, full_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_row(database_url)
    before = sums(database_url)

    def work() -> None:
        if verb == "restore":
            verbs.restore(backup, database_url, replace=True)
        else:
            verbs.move(full_url, database_url, replace=True)

    killed(monkeypatch, work)
    assert sums(database_url) == before
    work()
    assert sums(database_url) == sums(full_url)


def test_an_empty_place_stays_empty(
    backup: Path, full_url: str, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(monkeypatch, lambda: verbs.restore(backup, empty_url))
    with pytest.raises(StoreError, match="there is no store"):
        sums(empty_url)
    verbs.restore(backup, empty_url)
    assert sums(empty_url) == sums(full_url)


def test_half_a_backup_is_none(full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    killed(monkeypatch, lambda: verbs.back_up(full_url, path, "zhongshan", MADE_MS))
    assert not path.exists()
    part = tmp_path / "a.zip.part"
    assert part.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="is no whole backup"):
        verbs.restore(part, f"sqlite:///{tmp_path}/new/city.db")
    verbs.back_up(full_url, path, "zhongshan", MADE_MS)
    assert not part.exists()
    verbs.restore(path, f"sqlite:///{tmp_path}/new/city.db")
