"""Files that feeds read again and again: found by name, folder or pattern, measured before they are opened."""

import glob
from collections.abc import Mapping
from pathlib import Path

from brain.feed import BadPayload, FeedContext, Unavailable
from brain.model.reason import Why


def find_files(files: Path) -> dict[str, Path]:
    """Name -> path. Names are as short as tells the files apart: they stand in reports."""
    pattern = files / "*" if files.is_dir() else files
    found = sorted(Path(path) for path in glob.glob(str(pattern), recursive=True))
    found = [path for path in found if path.is_file() and not path.name.startswith(".")]
    names = [path.name for path in found]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in found}


def wait_for_files(files: Path, ctx: FeedContext) -> None:
    """Before the first file has come there is nothing to read, which is no failure and is said as a remark. Files that
    were there and are gone are one, and so is the one file that was named. Raises Unavailable."""
    missing = f"no file matches {files.name}; see files"
    if ctx.cursor() is not None or not (files.is_dir() or glob.has_magic(str(files))):
        raise Unavailable(missing, why=Why.FILE)
    ctx.note(f"note.file: {missing}")


def tell_unread(ctx: FeedContext, troubles: Mapping[str, BadPayload | Unavailable], files: int) -> None:
    """Files that cannot be read (`troubles` by name, of so many `files`) are a lasting remark while others can: one bad
    export does not make all of its feed a broken source. Raises BadPayload, or Unavailable, where none is readable."""
    said = "; ".join(map(str, troubles.values()))
    if troubles and len(troubles) == files:
        if any(isinstance(trouble, BadPayload) for trouble in troubles.values()):
            raise BadPayload(said)
        raise Unavailable(said, why=Why.FILE)
    told = said if len(troubles) == 1 else f"{', '.join(troubles)}; {said}"  # all names, before causes fill the row
    ctx.note(f"note.unread n={len(troubles)}: {told}" if troubles else "")


def measure_file(path: Path, name: str, max_bytes: int | None = None) -> tuple[int, int]:
    """Size and time of change (ns). Raises Unavailable, BadPayload for one that is too large."""
    try:
        found = path.stat()
    except OSError as error:
        raise Unavailable(f"{name}: {error.strerror}", why=Why.FILE) from error
    if max_bytes is not None and found.st_size > max_bytes:
        raise BadPayload(f"{name}: {found.st_size} bytes, at most {max_bytes} are read; raise max_bytes or split it")
    return found.st_size, found.st_mtime_ns


def read_file(path: Path, name: str) -> bytes:
    """Raises Unavailable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{name}: {error.strerror}", why=Why.FILE) from error
