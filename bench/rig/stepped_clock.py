"""The system clock as one process sees it, moved while it runs (libfaketime); its monotonic clock stays true."""

from pathlib import Path

from tests.services.require import missing


class SteppedClock:
    def __init__(self, folder: Path) -> None:
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            missing("faketime", "install the Debian package faketime")
        self._file = folder / "faketime"
        self.step(0)
        settings = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": self._file,
            "FAKETIME_NO_CACHE": 1,
            "FAKETIME_DONT_FAKE_MONOTONIC": 1,
        }
        self.before = ["env", *(f"{name}={value}" for name, value in settings.items())]
        """To stand before the command of the process."""

    def step(self, seconds: int) -> None:
        """To so far from real time."""
        made = self._file.with_suffix(".new")
        made.write_text(f"{seconds:+d}\n", encoding="ascii")
        made.replace(self._file)
