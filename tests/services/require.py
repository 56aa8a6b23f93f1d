"""When a service that tests need is not installed: skip with one visible reason, or fail where it must be there."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRE = "CITY_TESTS_REQUIRE"


def missing(service: str, hint: str) -> NoReturn:
    """Skip, or fail when the environment variable CITY_TESTS_REQUIRE names `service` (comma-separated)."""
    reason = f"{service} is not installed: {hint}"
    if service in {name.strip() for name in os.environ.get(REQUIRE, "").split(",")}:
        pytest.fail(f"{reason} ({REQUIRE} asks for it)", pytrace=False)
    pytest.skip(reason)


def program(name: str, service: str, hint: str, *folders: Path) -> str:
    """Path of the program `name`, looked for in `folders`, then on PATH and where Debian puts servers."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which(name, path=path) or missing(service, hint)
