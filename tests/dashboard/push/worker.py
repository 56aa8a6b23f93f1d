"""What one worker of the multi-process test serves: the test cockpit on the database named by the environment."""

import os
import time
from pathlib import Path

from fastapi import FastAPI

from brain.model.clock import WallClock
from brain.model.query.answer import Answer
from brain.model.scope import Scope
from brain.store.engine import Store, open_store
from brain.store.version import read_versions
from dashboard.web.factory import create_server
from tests.dashboard.cockpit import NOW_MS, Told, make_shell

DATABASE, ASSETS = "CITY_TEST_DATABASE", "CITY_TEST_ASSETS"


def counting(store: Store) -> Told:
    """Answers with the tickets counter of the area as it is in the database, so that an old body shows."""

    def answer(scope: Scope, area_id: str) -> Answer[int]:
        with store.read() as conn:
            return Answer(read_versions(conn).get(("tickets", area_id), 0), NOW_MS)

    return Told(instead=answer)


def app() -> FastAPI:
    store = open_store(os.environ[DATABASE])
    real = {"real_ms": WallClock().now_ms, "monotonic_s": time.monotonic}
    return create_server(make_shell(store, Path(os.environ[ASSETS]), answers=counting(store), **real))
