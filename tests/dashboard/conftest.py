"""A cockpit per test, on a fresh SQLite store, with clocks that stand still."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.store.engine import Store
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import ManualTime, client, make_assets, make_shell, serve


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_assets(tmp_path_factory.mktemp("assets"))


@pytest.fixture
def time() -> ManualTime:
    return ManualTime()


@pytest.fixture
def shell(sqlite_store: Store, assets: Path, time: ManualTime) -> Shell:
    return make_shell(sqlite_store, assets, real_ms=time.real_ms, monotonic_s=time.monotonic_s)


@pytest.fixture
def server(shell: Shell) -> FastAPI:
    return serve(shell)


@pytest.fixture
def browser(server: FastAPI) -> Iterator[TestClient]:
    """Somebody at the machine itself; the server's own tasks run."""
    with client(server) as living:
        yield living
