"""Whether who held the feeds last was a process of this machine that is gone: it is followed without a wait."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from brain.runtime.plan import CannotStart


class Seat:
    """A file that names its holder and is locked while that process lives: the kernel lets go of it with the process,
    however that ended."""

    def __init__(self, path: Path) -> None:
        """Raises CannotStart where the file cannot be made."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotStart(f"the file {path} cannot be made: {error.strerror} (see store.folder)") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._ours = True
        except OSError:  # a living process has it, or the file system knows no locks: then nobody is known to be gone
            self._ours = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    @property
    def gone(self) -> str:
        """Who held it and is gone; "" where that is not known."""
        return os.pread(self._file, 64, 0).decode("ascii", "replace").strip() if self._ours else ""

    def sit(self, holder: str) -> None:
        if self._ours:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, holder.encode(), 0)
