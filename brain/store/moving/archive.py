"""A backup: one zip file with a member of lines for each table and, written last, a manifest. It needs no database's
own tools, and either database is restored from it."""

import errno
import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table

from brain.store.errors import StoreError
from brain.store.migrate import tables_of
from brain.store.moving.portion import Portion, Sum, Summing, columns_of, decode
from brain.store.moving.snapshot import Snapshot
from brain.store.sqlite_whole import refuse_small_disk

FORM = 1
_MANIFEST = "manifest.json"
_LEVEL = 1  # twice as quick as 6, a tenth larger
_NONSENSE = (zipfile.BadZipFile, zlib.error, LookupError, TypeError, ValueError, AttributeError, EOFError)
_LINE_BYTES = 2**28  # longer ones are no lines of ours
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)  # of a FAT stick, of some network folders
_SHARE = 3  # a backup is mostly a tenth of its database, more where much is sealed


@dataclass(frozen=True, slots=True)
class Manifest:
    """`made_ms` is real time; `key_id` that of the city's key, or empty where nothing is sealed."""

    city: str
    made_ms: int
    revision: str
    size_bytes: int
    key_id: str
    sums: Mapping[str, Sum]

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.sums.values())


def write_archive(path: Path, source: Snapshot, city: str, made_ms: int, key_id: str) -> Manifest:
    """A new file, readable by its owner only, that is there when it is whole and not before.

    Raises StoreError when it is there already or the disk is too small."""
    draft = path.with_name(f"{path.name}.part")
    try:
        refuse_small_disk(path.parent, source.size_bytes // _SHARE)
        draft.unlink(missing_ok=True)  # of one that was killed
        with open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                sums = {str(table.name): _write_table(archive, table, source) for table in source.tables}
                manifest = Manifest(city, made_ms, source.revision, source.size_bytes, key_id, sums)
                archive.writestr(_MANIFEST, _told(manifest, source.tables))
            file.flush()
            os.fsync(file.fileno())
        _put(draft, path)
    except FileExistsError as error:
        raise StoreError(f"{path} is there already: name another file") from error
    except OSError as error:
        raise StoreError(f"the backup cannot be written at {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _put(draft: Path, path: Path) -> None:
    """Not renamed alone: what is there is not overwritten. Where there are no hard links the name is taken first."""
    try:
        os.link(draft, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            os.replace(draft, path)
        except OSError:
            path.unlink()
            raise


def _write_table(archive: zipfile.ZipFile, table: Table, source: Snapshot) -> Sum:
    summing = Summing()
    with archive.open(_member(table), "w", force_zip64=True) as member:
        for line, rows in source.portions(table):
            summing.add(line, len(rows))
            member.write(line)
    return summing.total()


def _member(table: Table) -> str:
    return f"{table.name}.jsonl"


def _told(manifest: Manifest, tables: tuple[Table, ...]) -> bytes:
    told: dict[str, Any] = {
        "form": FORM,
        "city": manifest.city,
        "made_ms": manifest.made_ms,
        "revision": manifest.revision,
        "size_bytes": manifest.size_bytes,
        "key_id": manifest.key_id,
        "tables": {
            str(table.name): {
                "columns": [str(column.name) for column in columns_of(table)],
                "rows": manifest.sums[table.name].rows,
                "sha256": manifest.sums[table.name].sha256,
            }
            for table in tables
        },
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened backup; a source of rows."""

    path: Path
    manifest: Manifest
    tables: tuple[Table, ...]
    file: zipfile.ZipFile

    @property
    def revision(self) -> str:
        return self.manifest.revision

    @property
    def size_bytes(self) -> int:
        return self.manifest.size_bytes

    def portions(self, table: Table) -> Iterator[Portion]:
        """Raises StoreError for a damaged file, at the latest after the last line."""
        columns, summing = columns_of(table), Summing()
        with _damage_told(self.path), self.file.open(_member(table)) as packed:
            member = io.BufferedReader(packed, 2**20)  # type: ignore[type-var]
            while line := member.readline(_LINE_BYTES):
                rows = decode(columns, line)
                summing.add(line, len(rows))
                yield line, rows
        if summing.total() != self.manifest.sums[table.name]:
            raise StoreError(f"{self.path} is damaged in table {table.name}: take another backup")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Raises StoreError for a file that is no whole backup, or one of a newer program."""
    with _damage_told(path):
        file = zipfile.ZipFile(path)
    with file:
        with _damage_told(path):
            told = orjson.loads(file.read(_MANIFEST))
            if told["form"] != FORM:
                raise StoreError(f"{path} is a backup of a newer program (form {told['form']}): update the program")
            manifest, tables = _manifest(told), tables_of(told["revision"])
            columns = {table.name: [str(column.name) for column in columns_of(table)] for table in tables}
            if columns != {name: each["columns"] for name, each in told["tables"].items()}:
                raise StoreError(f"{path} has not the tables of schema {manifest.revision}: it is of another program")
        yield Archive(path, manifest, tables, file)


def _manifest(told: Mapping[str, Any]) -> Manifest:
    sums = {name: Sum(each["rows"], each["sha256"]) for name, each in told["tables"].items()}
    known = {name: told[name] for name in ("city", "made_ms", "revision", "size_bytes", "key_id")}
    return Manifest(sums=sums, **known)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"the backup {path} cannot be read: {error.strerror}") from error
    except _NONSENSE as error:
        raise StoreError(f"{path} is no whole backup: take another one") from error
