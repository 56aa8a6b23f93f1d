"""The feeds of a city with what they need: the embedded broker, absolute paths, and the right to be the only ones, or
the only ones with a shard."""

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from brain.feed import FeedSettings
from brain.model.clock import Clock
from brain.runtime.broker import EmbeddedBroker
from brain.runtime.lease import Lease, held
from brain.runtime.maintenance import nobody_else
from brain.runtime.plan import CannotStart, CityPlan
from brain.runtime.runtime import Runtime
from brain.runtime.seat import Seat
from brain.runtime.shards import Shards, Working
from brain.runtime.succession import Succession
from brain.runtime.supervisor import FeedUnit
from brain.settings.paths import from_folder
from brain.settings.sections import BrokerSection
from brain.store.engine import Store
from brain.store.seal import Seal


@contextmanager
def running_feeds(plan: CityPlan, store: Store, seal: Seal, clock: Clock) -> Iterator[Runtime]:
    """All feeds but shards that other processes run: where those may write to the store, a lease says so. Raises
    BrokerError, CannotStart or StoreError."""
    with alone(plan, store), embedded_broker(plan) as broker:
        units = feed_units(plan, broker)
        make = _Making(plan, store, seal, clock)
        with make.rest(units) as runtime, make.shards(units):
            yield runtime


@contextmanager
def sharing_feeds(plan: CityPlan, store: Store, seal: Seal, clock: Clock) -> Iterator[None]:
    """As running_feeds, or only shards while another process does the rest; that is followed when it dies. Raises
    BrokerError, CannotStart or StoreError."""
    if not any(entry.shard and entry.settings.enabled for entry in plan.settings.feeds):
        with running_feeds(plan, store, seal, clock):
            yield
        return
    section = plan.settings.config.broker
    units = feed_units(plan, {} if section.embedded else _login(section))
    if section.embedded and (homeless := [unit.name for unit in units if unit.shard and not _has_broker(unit)]):
        raise CannotStart(f"{homeless[0]}: shards need a broker of their own, the embedded one is for one process")
    make = _Making(plan, store, seal, clock)
    with make.shards(units), Succession(make.alone_with_rest):
        yield


@dataclass(frozen=True)
class _Making:
    """What of the feeds one process may run."""

    plan: CityPlan
    store: Store
    seal: Seal
    clock: Clock

    @contextmanager
    def rest(self, units: Sequence[FeedUnit]) -> Iterator[Runtime]:
        """Feeds without shards, and what happens once in a city. Where one process has the store, the shards too."""
        with self._running([unit for unit in units if not (unit.shard and self.store.dialect == "postgresql")]) as run:
            yield run

    @contextmanager
    def alone_with_rest(self, wait: Callable[[float], object]) -> Iterator[None]:
        with (
            alone(self.plan, self.store, wait),
            embedded_broker(self.plan) as broker,
            self.rest(feed_units(self.plan, broker)),
        ):
            yield

    @contextmanager
    def shards(self, units: Sequence[FeedUnit]) -> Iterator[None]:
        sharded = {unit.name: unit for unit in units if unit.shard}
        if not sharded or self.store.dialect != "postgresql":
            yield
            return

        def start(name: str, ours: Callable[[], bool]) -> AbstractContextManager[Runtime]:
            return self._running([replace(sharded[name], ours=ours)], name)

        self.plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Working(Shards(self.store, list(sharded), start, self.plan.folder), self.plan.folder):
            yield

    @contextmanager
    def _running(self, units: Sequence[FeedUnit], shard: str = "") -> Iterator[Runtime]:
        keep = self.plan.settings.config.retention
        runtime = Runtime(
            self.store,
            self.plan.facts,
            self.clock,
            self.seal,
            units,
            retention_days=keep.days,
            retention_of_kinds=keep.days_of_kinds,
            dead_letters_per_feed=keep.dead_letters_per_feed,
            shard=shard,
        )
        runtime.start()
        try:
            yield runtime
        finally:
            runtime.stop()


@contextmanager
def alone(plan: CityPlan, store: Store, wait: Callable[[float], object] = time.sleep) -> Iterator[None]:
    if store.dialect != "postgresql":  # the file is locked already
        yield
        return
    with Seat(plan.folder / "feeds.lock") as seat, held(Lease(store, _end_process, wait, seat)):
        yield


@contextmanager
def wholly_alone(plan: CityPlan, store: Store) -> Iterator[None]:
    """As `alone`, and no shard is run either. Raises HeldByAnother, StoreUnavailable."""
    if store.dialect != "postgresql":
        yield
        return
    with (
        Seat(plan.folder / "feeds.lock") as seat,
        nobody_else(Lease(store, _end_process, seat=seat, alone=True), store),
    ):
        yield


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def embedded_broker(plan: CityPlan) -> Iterator[dict[str, Any]]:
    """Runs the embedded broker where the config wants it; gives what MQTT feeds without a host of their own use."""
    section = plan.settings.config.broker
    if not section.embedded:
        yield _login(section)
        return
    password = section.password or made_password(plan.folder / "broker.password")
    broker = EmbeddedBroker({section.user: password}, section.port)
    broker.start()
    try:
        login = {"username": section.user, "password": SecretStr(password)}
        yield {"host": broker.host, "port": broker.port, "protocol": "3.1.1", **login}
    finally:
        broker.stop()


def _login(section: BrokerSection) -> dict[str, Any]:
    login = {"username": section.user, "password": SecretStr(section.password)}
    return {"host": section.host, "port": section.port, **login}


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
        FeedUnit(
            entry.name,
            plan.modules[entry.slug],
            _completed(entry.settings, plan.settings.folder, broker),
            entry.shard,
        )
        for entry in plan.settings.feeds
        if entry.settings.enabled
    ]


def _has_broker(unit: FeedUnit) -> bool:
    own = getattr(unit.settings, "broker", None)
    return bool(getattr(own, "host", ""))


def _completed(settings: FeedSettings, folder: Path, broker: Mapping[str, Any]) -> FeedSettings:
    settings = from_folder(settings, folder)
    own = getattr(settings, "broker", None)
    if isinstance(own, BaseModel) and not getattr(own, "host", ""):
        return settings.model_copy(update={"broker": own.model_copy(update=dict(broker))})
    return settings
