"""What cannot be backed up, restored or moved is told in one line, and nothing is lost by it."""

import errno
import json
import os
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from brain.store import schema
from brain.store.engine import open_store
from brain.store.errors import StoreError
from brain.store.meta import write_meta
from brain.store.moving import verbs
from tests.brain.store.moving.conftest import MADE_MS, sums
from tests.brain.store.rows import put


def refusal(what: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(StoreError) as caught:
        what(*given, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(backup: Path, tmp_path: Path, **manifest: Any) -> Path:
    """A copy of the backup with another manifest."""
    path = tmp_path / "changed.zip"
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            told = old.read(name)
            new.writestr(name, json.dumps(json.loads(told) | manifest) if name == "manifest.json" else told)
    return path


def test_a_store_with_rows_is_not_written_over(backup: Path, database_url: str) -> None:
    with open_store(database_url) as store:
        store.write(
            lambda conn: conn.execute(schema.version.insert().values(input="a", area_id="b", n=1, changed_ms=2))
        )
    before = sums(database_url)
    assert "give --replace" in refusal(verbs.restore, backup, database_url)
    assert sums(database_url) == before
    verbs.restore(backup, database_url, replace=True)
    assert sums(database_url)["version"].rows == 7


def test_a_store_in_use_is_left_alone(backup: Path, database_url: str) -> None:
    with open_store(database_url) as store:
        store.write(lambda conn: write_meta(conn, "note", "x")).result()
        assert "in use by" in refusal(verbs.restore, backup, database_url, replace=True)
    verbs.restore(backup, database_url, replace=True)


def test_rows_in_the_log_beside_a_file_do_not_meet_the_new_one(backup: Path, tmp_path: Path) -> None:
    """As a killed process leaves them: SQLite would read them into whatever file it finds there."""
    url = f"sqlite:///{tmp_path}/city.db"
    with open_store(url) as store:
        store.write(lambda conn: write_meta(conn, "note", "x")).result()
        left = {name: (tmp_path / name).read_bytes() for name in ("city.db", "city.db-wal")}
    for name, content in left.items():
        (tmp_path / name).write_bytes(content)
    assert left["city.db-wal"]
    manifest = verbs.restore(backup, url, replace=True)
    assert {path.name for path in tmp_path.iterdir()} == {"city.db", "city.db.lock"}
    assert sums(url) == {name: each for name, each in manifest.sums.items() if name != "meta"}


def test_a_file_that_is_no_store_is_not_removed(backup: Path, tmp_path: Path) -> None:
    path = tmp_path / "city.db"
    path.write_bytes(b"something else entirely" * 100)
    assert "cannot be read" in refusal(verbs.restore, backup, f"sqlite:///{path}", replace=True)
    assert path.read_bytes() == b"something else entirely" * 100


def test_a_file_is_not_overwritten_by_a_backup(full_url: str, backup: Path) -> None:
    before = backup.read_bytes()
    assert "is there already" in refusal(verbs.back_up, full_url, backup, "zhongshan", MADE_MS)
    assert backup.read_bytes() == before


@pytest.mark.parametrize("fault", [errno.EPERM, errno.EOPNOTSUPP])
def test_without_hard_links_there_is_a_backup_all_the_same(
    full_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(fault, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    url, path = f"sqlite:///{full_file}", tmp_path / "stick.zip"
    verbs.back_up(url, path, "zhongshan", MADE_MS)
    verbs.restore(path, f"sqlite:///{tmp_path}/city.db")
    assert "is there already" in refusal(verbs.back_up, url, path, "zhongshan", MADE_MS)
    assert [each.name for each in tmp_path.glob("stick*")] == ["stick.zip"]
    assert zipfile.is_zipfile(path)


def test_a_folder_that_is_not_there_is_named(full_url: str, tmp_path: Path) -> None:
    assert "no/a.zip: No such file" in refusal(verbs.back_up, full_url, tmp_path / "no" / "a.zip", "z", MADE_MS)


def test_where_there_is_no_store_there_is_no_backup(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/city.db"
    assert "there is no store" in refusal(verbs.back_up, url, tmp_path / "a.zip", "z", MADE_MS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", [0, 100, -1])
def test_a_backup_that_is_not_whole_is_refused(backup: Path, tmp_path: Path, part: int) -> None:
    path = tmp_path / "part.zip"
    path.write_bytes(backup.read_bytes()[:part])
    assert "is no whole backup" in refusal(verbs.restore, path, f"sqlite:///{tmp_path}/new/city.db")
    assert not (tmp_path / "new").exists()


def test_a_byte_that_changed_is_found(backup: Path, tmp_path: Path) -> None:
    content = bytearray(backup.read_bytes())
    with zipfile.ZipFile(backup) as file:
        where = file.getinfo("reading.jsonl")
    content[where.header_offset + where.compress_size // 2] ^= 1
    path = tmp_path / "damaged.zip"
    path.write_bytes(content)
    assert "no whole backup" in refusal(verbs.restore, path, f"sqlite:///{tmp_path}/new/city.db")
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["city.db.lock"]


def test_rows_that_were_changed_are_found(backup: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as file:
        tables = json.loads(file.read("manifest.json"))["tables"]
    tables["reading"]["rows"] += 1
    path = changed(backup, tmp_path, tables=tables)
    assert "damaged in table reading" in refusal(verbs.restore, path, f"sqlite:///{tmp_path}/new/city.db")


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"revision": "9999"}, "schema 9999 of a newer program"),
        ({"form": 2}, "backup of a newer program (form 2)"),
        ({"tables": {}}, "has not the tables of schema"),
        ({"tables": []}, "is no whole backup"),
    ],
)
def test_a_backup_of_another_program_is_refused(
    backup: Path, tmp_path: Path, manifest: dict[str, Any], words: str
) -> None:
    path = changed(backup, tmp_path, **manifest)
    assert words in refusal(verbs.restore, path, f"sqlite:///{tmp_path}/new/city.db")
    assert not (tmp_path / "new").exists()


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    full_url: str, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    assert "has 1 MB left" in refusal(verbs.back_up, full_url, tmp_path / "a.zip", "z", MADE_MS)
    assert "has 1 MB left" in refusal(verbs.restore, backup, f"sqlite:///{tmp_path}/new/city.db")
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("full.db")] == ["new"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("value", "a\0b", "row key=odd, column value: a NUL character, which PostgreSQL cannot keep"),
        ("key", "k" * 65, "column key: 65 characters, and PostgreSQL keeps 64"),
    ],
)
def test_what_postgresql_cannot_keep_is_named_by_its_row(
    sqlite_url: str, empty_postgres: str, column: str, value: str, words: str
) -> None:
    with open_store(sqlite_url) as store:
        row = {"key": "odd", "value": ""} | {column: value}
        store.write(lambda conn: conn.execute(schema.meta.insert().values(row))).result()
    assert words in refusal(verbs.move, sqlite_url, empty_postgres)
    assert "there is no store" in refusal(sums, empty_postgres)


@pytest.mark.postgres
def test_a_number_of_too_many_bits_is_named_by_its_row(sqlite_url: str, empty_postgres: str) -> None:
    with open_store(sqlite_url) as store:
        row = {"case_id": "c", "seq": 2**40, "at_ms": 1, "actor": "", "action": "", "from_state": "", "to_state": ""}
        store.write(lambda conn: conn.execute(schema.case_event.insert().values(row))).result()
    assert "seq=1099511627776, column seq: no whole number of 32 bits" in refusal(
        verbs.move, sqlite_url, empty_postgres
    )


@pytest.mark.postgres
def test_nan_is_not_made_null_without_a_word(postgres_url: str, tmp_path: Path) -> None:
    reading = {"device_id": "d", "metric": "m", "at_ms": 1, "value": float("nan"), "received_ms": 1}
    with open_store(postgres_url) as store:
        store.write(lambda conn: put(conn, schema.reading, [reading])).result()
    words = refusal(verbs.move, postgres_url, f"sqlite:///{tmp_path}/new/city.db")
    assert "table reading, row at_ms=1, device_id=d, metric=m, column value: NaN" in words
    assert not (tmp_path / "new" / "city.db").exists()
