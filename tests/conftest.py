"""Fixtures everybody shares: databases of both kinds and a real MQTT broker. Servers start when first asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from brain.store.dialect import open_databases
from brain.store.engine import Store, open_store
from brain.store.migrate import bring_up_to_date
from tests.services.mosquitto import Mosquitto
from tests.services.postgresql import PostgresServer

# Tests assert no timings: on a busy machine the first example may be slow for reasons of its own.
settings.register_profile("city", deadline=None)
settings.load_profile("city")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that of several workers none is left alone with them at the end."""
    longest = {"real": 0, "e2e": 1}
    items.sort(key=lambda item: longest.get(item.path.relative_to(Path(__file__).parent).parts[0], 2))


def _make_tables(url: str) -> None:
    databases = open_databases(url, patience_s=30)
    bring_up_to_date(databases.writing)
    databases.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The one PostgreSQL of the test run. Tests that stop it must start it again."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name of a migrated database without rows; copying it is quicker than migrating."""
    name = postgres_server.make_database()
    _make_tables(postgres_server.url(name))
    return name


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """URL of a fresh, migrated PostgreSQL database."""
    name = postgres_server.make_database(postgres_template)
    yield postgres_server.url(name)
    postgres_server.start()
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated SQLite database without rows."""
    path = tmp_path_factory.mktemp("template") / "city.db"
    _make_tables(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: bytes) -> str:
    """URL of a fresh, migrated SQLite database."""
    path = tmp_path / "store" / "city.db"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(sqlite_template)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh, migrated database: the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on a fresh database: the test runs on SQLite and on PostgreSQL."""
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """An open store on SQLite only, for tests of what does not depend on the database."""
    with open_store(sqlite_url) as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """An open store on PostgreSQL only. Tests that use it are marked `postgres`."""
    with open_store(postgres_url) as opened:
        yield opened


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real broker with login (`host`, `port`, `username`, `password`) that can `stop`, `kill` and `start` again."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    yield broker
    broker.kill()
