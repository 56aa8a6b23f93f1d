"""`make demo-real`: New York's real requests and Beijing's real air, each as a city of its own on the replay clock.

Starts three processes: two cockpits and Beijing's sensors. Ctrl-C ends them all.
"""

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tools.demo_real import beijing, configs, new_york
from tools.demo_real.data import DATA, ROOT, missing

NEW_YORK_PORT, BEIJING_PORT = 8061, 8062
NEW_YORK_SPEED, BEIJING_SPEED = 30, 1800
FOLDER = ROOT / "var" / "real"


def prepare(folder: Path) -> tuple[Path, Path]:
    """Packs and configs, anew; the configs of New York and Beijing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    boards = new_york.build(DATA, folder / "new_york")
    beijing.build(folder / "beijing")
    return (
        configs.new_york(folder, NEW_YORK_PORT, 18861, NEW_YORK_SPEED, boards),
        configs.beijing(folder, BEIJING_PORT, 18862, BEIJING_SPEED),
    )


def main() -> int:
    lacking = missing()
    if lacking:
        print(f"The real data is not here: {DATA} lacks {', '.join(lacking)}. Set CITY_REAL_DATA to its folder.")
        return 2
    york, peking = prepare(FOLDER)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for config in (york, peking):
            processes.append(_start("app.py", "--config", str(config), "run"))
        processes.append(_start("-m", "tools.demo_real.replay", str(peking)))
        while not ended.wait(0.5):
            if any(process.poll() not in (None, 0) for process in processes):
                print("A part of the demonstration has ended; see above.", file=sys.stderr)
                return 1
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(60)
    return 0


def _start(*arguments: str) -> "subprocess.Popen[bytes]":
    # A session of their own: Ctrl-C reaches this process only, which then ends them in order.
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, start_new_session=True)


if __name__ == "__main__":
    sys.exit(main())
