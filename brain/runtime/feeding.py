"""The feeds of a city with what they need: the embedded broker, absolute paths, and the right to be the only ones."""

import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from brain.feed import FeedSettings
from brain.model.clock import Clock
from brain.runtime.broker import EmbeddedBroker
from brain.runtime.lease import Lease, held
from brain.runtime.plan import CannotStart, CityPlan
from brain.runtime.runtime import Runtime
from brain.runtime.seat import Seat
from brain.runtime.supervisor import FeedUnit
from brain.settings.paths import from_folder
from brain.store.engine import Store
from brain.store.seal import Seal


@contextmanager
def running_feeds(plan: CityPlan, store: Store, seal: Seal, clock: Clock) -> Iterator[Runtime]:
    """The only feeds of this database: where other processes may write to it, a lease says so. Raises BrokerError,
    CannotStart or StoreError."""
    keep = plan.settings.config.retention
    with alone(plan, store), embedded_broker(plan) as broker:
        units = feed_units(plan, broker)
        runtime = Runtime(
            store,
            plan.facts,
            clock,
            seal,
            units,
            retention_days=keep.days,
            retention_of_kinds=keep.days_of_kinds,
            dead_letters_per_feed=keep.dead_letters_per_feed,
        )
        runtime.start()
        try:
            yield runtime
        finally:
            runtime.stop()


@contextmanager
def alone(plan: CityPlan, store: Store) -> Iterator[None]:
    if store.dialect != "postgresql":  # the file is locked already
        yield
        return
    with Seat(plan.folder / "feeds.lock") as seat, held(Lease(store, _end_process, seat=seat)):
        yield


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def embedded_broker(plan: CityPlan) -> Iterator[dict[str, Any]]:
    """Runs the embedded broker where the config wants it; gives what MQTT feeds without a host of their own use."""
    section = plan.settings.config.broker
    if not section.embedded:
        login = {"username": section.user, "password": SecretStr(section.password)}
        yield {"host": section.host, "port": section.port, **login}
        return
    password = section.password or made_password(plan.folder / "broker.password")
    broker = EmbeddedBroker({section.user: password}, section.port)
    broker.start()
    try:
        login = {"username": section.user, "password": SecretStr(password)}
        yield {"host": broker.host, "port": broker.port, "protocol": "3.1.1", **login}
    finally:
        broker.stop()


def made_password(path: Path) -> str:
    """The password in `path`, made on the first start, readable by its owner only. Raises CannotStart."""
    try:
        if not path.exists():
            # With PostgreSQL and a key of its own nothing else has made the folder.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CannotStart(f"the file {path} cannot be read or made: {error.strerror} (see store.folder)") from error


def feed_units(plan: CityPlan, broker: Mapping[str, Any]) -> list[FeedUnit]:
    """The enabled feeds, with the city's broker and absolute paths filled in."""
    return [
        FeedUnit(entry.name, plan.modules[entry.slug], _completed(entry.settings, plan.settings.folder, broker))
        for entry in plan.settings.feeds
        if entry.settings.enabled
    ]


def _completed(settings: FeedSettings, folder: Path, broker: Mapping[str, Any]) -> FeedSettings:
    settings = from_folder(settings, folder)
    own = getattr(settings, "broker", None)
    if isinstance(own, BaseModel) and not getattr(own, "host", ""):
        return settings.model_copy(update={"broker": own.model_copy(update=dict(broker))})
    return settings
