"""What the numbers were measured on: they say nothing without it."""

import importlib.metadata
import os
import platform
import sqlite3
import subprocess
from pathlib import Path

_PACKAGES = ("dash", "fastapi", "uvicorn", "sqlalchemy", "psycopg", "paho-mqtt", "orjson", "pandas")
_SERVERS = (("mosquitto", ("/usr/sbin/mosquitto", "-h")), ("postgres", ("postgres", "--version")))


def facts() -> dict[str, str]:
    """Name -> what it is, in the order to be shown. Nothing here names the machine or its user."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = {
        "processor": f"{_processor()}, {os.cpu_count()} cores seen",
        "memory": f"{memory:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load at the start": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }
    found |= {name: importlib.metadata.version(name) for name in _PACKAGES}
    return found | {name: _first_line(command) for name, command in _SERVERS}


def in_words(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _first_line(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return "not installed"
    return next(iter((done.stdout or done.stderr).splitlines()), "").strip()
