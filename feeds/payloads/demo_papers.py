"""What the simulated city's weather bureau and duty office leave in folders for the feeds of warnings and rosters."""

import os
from pathlib import Path

from brain.model.area import AreaTree
from feeds.payloads.demo_duty import roster_file
from feeds.payloads.demo_warnings import warning_files

EVERY_MS = 60_000


class Papers:
    """Folders `warnings` and `duty` in `folder`. `write` again and again; it looks once a minute. Raises OSError."""

    def __init__(self, folder: Path, areas: AreaTree, seed: int, tz: str) -> None:
        self._warnings, self._duty = folder / "warnings", folder / "duty"
        self._areas, self._seed, self._tz = areas, seed, tz
        self._due_ms = 0

    def write(self, now_ms: int) -> None:
        if now_ms < self._due_ms:
            return
        self._due_ms = now_ms + EVERY_MS
        _settle(self._warnings, dict(warning_files(now_ms, self._seed, self._areas)))
        _settle(self._duty, dict([roster_file(now_ms, self._seed, self._tz)]))


def _settle(folder: Path, files: dict[str, bytes]) -> None:
    """These files and no older ones; one that says the same already stays, and none is ever seen half written."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files and not path.name.startswith("."):
            path.unlink(missing_ok=True)
    for name, body in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != body:
            draft = folder / f".{name}.part"
            draft.write_bytes(body)
            os.replace(draft, path)
