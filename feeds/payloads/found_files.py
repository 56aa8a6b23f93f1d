"""Files that feeds read again and again: found by name, folder or pattern, measured before they are opened."""

import glob
from pathlib import Path

from brain.feed import BadPayload, Unavailable
from brain.model.reason import Why


def find_files(files: Path) -> dict[str, Path]:
    """Name -> path. Names are as short as tells the files apart: they stand in reports."""
    pattern = files / "*" if files.is_dir() else files
    found = sorted(Path(path) for path in glob.glob(str(pattern), recursive=True))
    found = [path for path in found if path.is_file() and not path.name.startswith(".")]
    names = [path.name for path in found]
    return {path.name if names.count(path.name) == 1 else str(path): path for path in found}


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
