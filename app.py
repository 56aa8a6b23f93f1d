"""City Brain cockpit: reads the settings, puts brain, feeds, panels and screens together, and runs them.

app.py run      feeds and screens in one process (the embedded default); --history 400d: a longer simulated past
app.py web      screens only        app.py feeds    feeds only        (both on one PostgreSQL)
app.py check    read config and city pack, name every mistake, start nothing
"""

import argparse
import hashlib
import logging
import os
import re
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr, ValidationError

from brain.feed import FeedSettings
from brain.model.clock import Clock, ReplayClock, WallClock, utc_ms
from brain.model.facts import Facts, Name
from brain.model.scope import Scope
from brain.runtime.broker import BrokerError, EmbeddedBroker
from brain.runtime.discover import FeedContractErrors, FeedModule, discover
from brain.runtime.runtime import Runtime
from brain.runtime.supervisor import FeedUnit
from brain.settings.city import City, shapes_for_screen
from brain.settings.cockpits import CockpitSpec, PageSpec
from brain.settings.facts import facts_of
from brain.settings.feed_entry import FeedEntry
from brain.settings.problem import Problem, SettingsError
from brain.settings.reader import Settings
from brain.settings.whole import read_whole
from brain.store import act
from brain.store.engine import Store, file_url, open_store
from brain.store.errors import StoreError
from brain.store.people import count_accounts
from brain.store.read.answers import Answers
from brain.store.seal import Seal, SealError, load_or_make_key, read_key
from brain.store.write.indicators import store_indicators
from dashboard.access.origin import may_bind
from dashboard.discover import PanelContractErrors, discover_panels
from dashboard.panel import CityFacts, Panel, Screen, Theme
from dashboard.texts import TextErrors, Texts, load_texts
from dashboard.web.factory import create_server
from dashboard.web.shell import AccessSettings, Act, Cockpit, Page, Placement, Shell

HERE = Path(__file__).resolve().parent
CONFIG_VARIABLE = "CITY_BRAIN_CONFIG"  # tells the worker processes of `web` which config it is
GOOD, BAD = 0, 2
_GRACE_S = 5
# uvicorn takes a worker that is silent for 5 s for dead; on a busy machine it is still importing then.
_WORKER_START_S = 120


class CannotStart(Exception):
    """One clear line why the program does not start."""


@dataclass(frozen=True)
class Plan:
    """Everything read and checked; nothing is open or running yet."""

    settings: Settings
    city: City
    facts: Facts
    modules: Mapping[str, FeedModule]
    panels: Mapping[str, Panel]
    texts: Texts

    @property
    def folder(self) -> Path:
        return self.settings.folder / self.settings.config.store.folder


def read_plan(config: Path, environment: Mapping[str, str]) -> Plan:
    """Raises SettingsError, FeedContractErrors, PanelContractErrors or TextErrors with every mistake."""
    modules = discover(HERE / "feeds", "feeds")
    panels = discover_panels(HERE / "panels", "panels")
    texts = load_texts(HERE / "dashboard" / "text")
    models = {slug: module.Settings for slug, module in modules.items()}
    inputs = {slug: module.INPUT for slug, module in modules.items()}
    settings, city = read_whole(config, environment, models, inputs, panels, HERE / "cities")
    tr_zh, tr_en = texts.translate("zh"), texts.translate("en")
    names = {slug: Name(tr_zh(f"feed.{slug}"), tr_en(f"feed.{slug}")) for slug in modules}
    facts = facts_of(settings, city, inputs, names)
    return Plan(settings, city, facts, modules, panels, texts)


# --- what runs ---------------------------------------------------------------------------------------------------
def make_clock(plan: Plan, *, alone: bool) -> Clock:
    """`alone`: this process is the only one of the city, so that a replay may begin with its start."""
    section = plan.settings.config.clock
    if section.mode == "wall" or section.start is None:
        return WallClock()
    if section.anchor is None and not alone:
        document = plan.settings.document
        hint = "write the real time at which the replay begins"
        message = "several processes need a common anchor"
        raise SettingsError([Problem(document.file, document.line_of(["clock"]), "clock.anchor", message, hint)])
    anchor_ms = WallClock().now_ms() if section.anchor is None else utc_ms(section.anchor)
    return ReplayClock(utc_ms(section.start), anchor_ms, section.speed)


def open_city_store(plan: Plan) -> Store:
    """The store with the pack's indicators in it. Raises StoreError or CannotStart."""
    url = plan.settings.config.store.url
    if not url:
        try:
            plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(
                f"the folder {plan.folder} cannot be made: {error.strerror} (see store.folder)"
            ) from error
        url = file_url(plan.folder / "city.db")
    digest = hashlib.sha256(f"{plan.settings.config!r}{plan.city.pack!r}".encode()).hexdigest()
    store = open_store(url, facts_digest=digest)
    values, defs = plan.city.values, plan.city.indicators
    if values:
        store.write(lambda conn: store_indicators(conn, plan.facts.tree, defs, values)).result()
    return store


def make_seal(plan: Plan) -> Seal:
    """Raises SealError."""
    text = plan.settings.config.keys.city_key
    return Seal(read_key(text) if text else load_or_make_key(plan.folder / "city.key"))


@contextmanager
def embedded_broker(plan: Plan) -> Iterator[dict[str, Any]]:
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


def feed_units(plan: Plan, broker: Mapping[str, Any]) -> list[FeedUnit]:
    """The enabled feeds, with the city's broker and absolute paths filled in."""
    return [
        FeedUnit(entry.name, plan.modules[entry.slug], _completed(entry.settings, plan.settings.folder, broker))
        for entry in plan.settings.feeds
        if entry.settings.enabled
    ]


def _completed(settings: FeedSettings, folder: Path, broker: Mapping[str, Any]) -> FeedSettings:
    filled: dict[str, Any] = {}
    for name, value in settings:
        if isinstance(value, Path) and not value.is_absolute():
            filled[name] = folder / value
        if name == "broker" and isinstance(value, BaseModel) and not getattr(value, "host", ""):
            filled[name] = value.model_copy(update=dict(broker))
    return settings.model_copy(update=filled)


def with_history(plan: Plan, days: int) -> Plan:
    """The plan with so many days of simulated past. Raises CannotStart where no feed makes one up, or not so long."""
    makers = [e for e in plan.settings.feeds if e.settings.enabled and "history_days" in type(e.settings).model_fields]
    if not makers:
        raise CannotStart("--history is for a simulated city, and none runs here (see feeds.demo_city)")
    entries = tuple(_longer(entry, days) if entry in makers else entry for entry in plan.settings.feeds)
    return replace(plan, settings=replace(plan.settings, feeds=entries))


def _longer(entry: FeedEntry, days: int) -> FeedEntry:
    given = {name: getattr(entry.settings, name) for name in entry.settings.model_fields_set}
    try:
        return replace(entry, settings=type(entry.settings).model_validate({**given, "history_days": days}))
    except ValidationError as error:
        raise CannotStart(f"--history {days}d: {error.errors()[0]['msg']}") from error


@contextmanager
def running_feeds(plan: Plan, store: Store, seal: Seal, clock: Clock) -> Iterator[Runtime]:
    keep = plan.settings.config.retention.model_dump()
    cap = keep.pop("dead_letters_per_feed")
    days = {name.removesuffix("_days"): value for name, value in keep.items()}
    with embedded_broker(plan) as broker:
        units = feed_units(plan, broker)
        runtime = Runtime(store, plan.facts, clock, seal, units, retention_days=days, dead_letters_per_feed=cap)
        runtime.start()
        try:
            yield runtime
        finally:
            runtime.stop()


# --- screens -----------------------------------------------------------------------------------------------------
def make_server(plan: Plan, store: Store, clock: Clock) -> FastAPI:
    config, city = plan.settings.config, plan.city
    facts = CityFacts(
        city.id, city.name.zh, city.name.en, city.tz, city.tree, shapes_for_screen(city), plan.facts.device_kinds
    )
    access = AccessSettings(
        host=config.server.host,
        origins=config.server.origins,
        **config.access.model_dump(exclude={"feed_body_limit_bytes"}),
    )
    return create_server(
        Shell(
            store=store,
            answers=Answers(store, plan.facts, clock),
            facts=plan.facts,
            city=facts,
            clock=clock,
            panels=plan.panels,
            cockpits={name: _cockpit(name, spec) for name, spec in config.cockpits.items()},
            texts=plan.texts,
            assets=HERE / "assets",
            access=access,
            lang=config.language,
            wall_theme=Theme(config.wall_theme),
            actions=_actions(store, plan.facts, clock),
        )
    )


def _cockpit(name: str, spec: CockpitSpec) -> Cockpit:
    turns = {Screen.LARGE: spec.rotate_s}
    pages = {
        screen: tuple(_page(i, page, turns.get(screen, 0)) for i, page in getattr(spec, screen.value).items())
        for screen in Screen
    }
    return Cockpit(name, spec.name, spec.name_en, {screen: found for screen, found in pages.items() if found})


def _page(page_id: str, spec: PageSpec, turn_s: int) -> Page:
    placements = tuple(Placement(p.panel, p.column, p.row, options=p.options) for p in spec.panels)
    return Page(page_id, spec.name, spec.name_en, placements, turn_s if spec.dwell_s is None else spec.dwell_s)


def _actions(store: Store, facts: Facts, clock: Clock) -> dict[str, Act]:
    def on_alert(step: Any, scope: Scope, alert_id: str, version: int, note: str, address: str) -> Any:
        return step(store, facts, scope, alert_id, version, note, clock.now_ms(), address)

    return {"alert.acknowledge": partial(on_alert, act.acknowledge), "alert.close": partial(on_alert, act.close)}


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started. Raises CannotStart for a port in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        hint = "choose another server.port, or 0 for any free one"
        raise CannotStart(f"cannot listen on {host}:{port}: {error.strerror} ({hint})") from error
    return bound


def _web_options(plan: Plan) -> dict[str, Any]:
    return {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "ws_per_message_deflate": False,  # each connection would compress for itself
        "timeout_graceful_shutdown": _GRACE_S,
        "proxy_headers": plan.settings.config.server.behind_proxy,
        "lifespan": "on",
    }


def _check_binding(plan: Plan, store: Store) -> None:
    host = plan.settings.config.server.host
    with store.read() as conn:
        accounts = count_accounts(conn)
    if not may_bind(host, accounts):
        hint = "start on 127.0.0.1 first, make an account at /first, then bind elsewhere"
        raise CannotStart(f"nobody can log in yet, so the cockpit does not listen on {host} ({hint})")


# --- commands ----------------------------------------------------------------------------------------------------
def _end(*_: object) -> None:
    """Told to end: everything that is open is closed on the way out. The web server raises the signal again when it has
    shut down, so this must hold before and after it."""
    raise SystemExit(GOOD)


def run(plan: Plan) -> int:
    server_section = plan.settings.config.server
    with ExitStack() as stack:
        bound = stack.enter_context(listen(server_section.host, server_section.port))
        clock = make_clock(plan, alone=True)
        seal = make_seal(plan)
        store = stack.enter_context(open_city_store(plan))
        _check_binding(plan, store)
        stack.enter_context(running_feeds(plan, store, seal, clock))
        server = make_server(plan, store, clock)
        host, port = bound.getsockname()[:2]
        print(_addresses(plan, host, port), flush=True)
        uvicorn.Server(uvicorn.Config(server, **_web_options(plan))).run(sockets=[bound])
    return GOOD


def feeds(plan: Plan) -> int:
    _needs_postgresql(plan)
    with ExitStack() as stack:
        clock, seal = make_clock(plan, alone=False), make_seal(plan)
        store = stack.enter_context(open_city_store(plan))
        stack.enter_context(running_feeds(plan, store, seal, clock))
        print(f"feeds of {plan.city.name.en} are running; Ctrl-C ends them", flush=True)
        threading.Event().wait()  # until a signal ends it
    return GOOD


def web(plan: Plan) -> int:
    _needs_postgresql(plan)
    section = plan.settings.config.server
    with ExitStack() as stack:
        bound = stack.enter_context(listen(section.host, section.port))
        with open_city_store(plan) as store:  # migrated once, before the workers come
            _check_binding(plan, store)
        make_clock(plan, alone=False)
        host, port = bound.getsockname()[:2]
        print(_addresses(plan, host, port), flush=True)
        os.environ[CONFIG_VARIABLE] = plan.settings.document.file
        bound.set_inheritable(True)
        uvicorn.run(
            "app:web_app",
            factory=True,
            fd=bound.fileno(),
            workers=section.workers,
            app_dir=str(HERE),
            timeout_worker_healthcheck=_WORKER_START_S,
            **_web_options(plan),
        )
    return GOOD


def web_app() -> FastAPI:
    """What each worker of `web` serves."""
    plan = read_plan(Path(os.environ[CONFIG_VARIABLE]), os.environ)
    return make_server(plan, open_city_store(plan), make_clock(plan, alone=False))


def check(plan: Plan) -> int:
    for warning in plan.city.warnings:
        print(f"note: {warning}")
    feeds_on = ", ".join(entry.name for entry in plan.settings.feeds if entry.settings.enabled) or "none"
    print(f"{plan.settings.document.file}: good. City {plan.city.id}, {len(plan.facts.rules)} rules, feeds: {feeds_on}")
    return GOOD


def _needs_postgresql(plan: Plan) -> None:
    if not plan.settings.config.store.url.startswith("postgresql"):
        document = plan.settings.document
        hint = "use `app.py run`, or a postgresql+psycopg:// address"
        message = "separate processes need PostgreSQL, SQLite belongs to one"
        raise SettingsError([Problem(document.file, document.line_of(["store", "url"]), "store.url", message, hint)])


def _addresses(plan: Plan, host: str, port: int) -> str:
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = [f"{plan.city.name.zh} {plan.city.name.en}: the cockpit is open (Ctrl-C ends it)"]
    lines += [
        f"  {label:<7}{base}/{screen.value}/" for label, screen in zip(("wall", "desk", "phone"), Screen, strict=True)
    ]
    return "\n".join(lines)


def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}d?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days; write for example 400d")
    return int(text.removesuffix("d"))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py", description="City Brain cockpit.")
    parser.add_argument(
        "--config", type=Path, default=HERE / "config.yaml", help="settings file (default: config.yaml)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|web|feeds|check")
    for name, text in (
        ("run", "feeds and screens in one process"),
        ("web", "screens only; needs PostgreSQL"),
        ("feeds", "feeds only; needs PostgreSQL"),
        ("check", "name every mistake in config and city pack, start nothing"),
    ):
        command = commands.add_parser(name, help=text)
        if name in ("run", "feeds"):
            history = "days of past that a simulated city makes up, for example 400d (instead of history_days)"
            command.add_argument("--history", type=_days, metavar="DAYS", help=history)
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("apscheduler", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    if given.command != "check":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)
    try:
        plan = read_plan(given.config, os.environ)
        if getattr(given, "history", None) is not None:
            plan = with_history(plan, given.history)
        return {"run": run, "web": web, "feeds": feeds, "check": check}[given.command](plan)
    except (SettingsError, FeedContractErrors, PanelContractErrors, TextErrors) as error:
        print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
    except (CannotStart, StoreError, SealError, BrokerError, ValueError) as error:
        print(str(error), file=sys.stderr)
    return BAD


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
