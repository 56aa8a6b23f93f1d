"""City Brain cockpit: reads the settings, puts brain, feeds, panels and screens together, and runs them.

app.py run      feeds and screens in one process (the embedded default); --history 400d: a longer simulated past
app.py web      screens only        app.py feeds    feeds only        (both on one PostgreSQL)
app.py check    read config and city pack, name every mistake, start nothing
app.py audit    check that the audit trail is whole; ends with 1 if it is not
app.py backup   all of the store into one file, also while it is in use
app.py restore  all of the store from such a file          app.py move     all of the store into another database
app.py readmit  let in what was refused for its time, after the clock was mended; nothing else may be running
"""

import logging
import os
import signal
import socket
import sys
import threading
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from brain.feed import Received, Refused, Rejected
from brain.model.area import AreaTree
from brain.model.clock import Clock
from brain.model.crs import Crs
from brain.model.facts import Name
from brain.model.reading import Device
from brain.runtime.broker import BrokerError
from brain.runtime.city_store import make_clock, make_seal, open_city_store, store_url
from brain.runtime.command_line import read_arguments
from brain.runtime.discover import FeedContractErrors, discover
from brain.runtime.feeding import running_feeds, sharing_feeds
from brain.runtime.moving import back_up, move, restore
from brain.runtime.plan import CannotStart, CityPlan
from brain.runtime.readmit import readmit
from brain.settings.city import shapes_for_screen
from brain.settings.cockpits import CockpitSpec, PageSpec
from brain.settings.facts import facts_of
from brain.settings.problem import Problem, SettingsError
from brain.settings.shards import spread
from brain.settings.whole import read_whole
from brain.store.audit import Head, head, verify
from brain.store.engine import Store, reading_only
from brain.store.errors import StoreError
from brain.store.people import count_accounts
from brain.store.read.answers import Answers
from brain.store.seal import SealError
from dashboard.access.origin import may_bind
from dashboard.discover import PanelContractErrors, discover_panels
from dashboard.panel import CityFacts, Panel, Screen, Theme
from dashboard.texts import TextErrors, Texts, load_texts
from dashboard.web.factory import create_server
from dashboard.web.inbox import Receive, inboxes_of
from dashboard.web.shell import AccessSettings, Cockpit, Page, Placement, Shell
from feeds.payloads.device_sheet import workbook
from feeds.payloads.device_table import read_uploaded

HERE = Path(__file__).resolve().parent
CONFIG_VARIABLE = "CITY_BRAIN_CONFIG"  # tells the worker processes of `web` which config it is
GOOD, BROKEN, BAD = 0, 1, 2
_GRACE_S = 5
# Between a reading and its number on a screen several threads hand on to one another, and each may wait so long for the
# one that takes in the rest: of a tenth of a second, Python's own 5 ms are a third.
_SWITCH_S = 0.001
# uvicorn takes a worker that is silent for 5 s for dead; on a busy machine it is still importing then.
_WORKER_START_S = 120


@dataclass(frozen=True)
class Plan(CityPlan):
    """Everything read and checked; nothing is open or running yet."""

    panels: Mapping[str, Panel]
    texts: Texts


def read_plan(config: Path, environment: Mapping[str, str]) -> Plan:
    """Raises SettingsError, FeedContractErrors, PanelContractErrors or TextErrors with every mistake."""
    modules = discover(HERE / "feeds", "feeds")
    panels = discover_panels(HERE / "panels", "panels")
    texts = load_texts(HERE / "dashboard" / "text")
    models = {slug: module.Settings for slug, module in modules.items()}
    inputs = {slug: module.INPUT for slug, module in modules.items()}
    settings, city = read_whole(config, environment, models, inputs, panels, HERE / "cities")
    settings = spread(settings)
    tr_zh, tr_en = texts.translate("zh"), texts.translate("en")
    names = {slug: Name(tr_zh(f"feed.{slug}"), tr_en(f"feed.{slug}")) for slug in modules}
    facts = facts_of(settings, city, inputs, names)
    return Plan(settings, city, facts, modules, panels, texts)


# --- screens -----------------------------------------------------------------------------------------------------
def _elsewhere(feed: str, headers: Mapping[str, str], body: bytes) -> Future[Received]:
    """Who judges and stores is one process, and this is another."""
    raise Refused("this process serves screens only: lead /in/ to that of `app.py run`, which takes what is pushed")


def make_server(plan: Plan, store: Store, clock: Clock, receive: Receive = _elsewhere) -> FastAPI:
    """`receive` takes what is pushed to /in/<feed>."""
    config, city = plan.settings.config, plan.city
    facts = CityFacts(
        city.id, city.name.zh, city.name.en, city.tz, city.tree, shapes_for_screen(city), plan.facts.device_kinds
    )
    access = AccessSettings(
        host=config.server.host,
        origins=config.server.origins,
        **config.access.model_dump(exclude={"feed_body_limit_bytes"}),
    )
    inboxes = inboxes_of(plan.settings.feeds, config.access.feed_body_limit_bytes, receive)
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
            inboxes=inboxes,
            pace_s=config.server.pace_s,
            device_tables=DeviceFiles(city.tree),
        )
    )


@dataclass(frozen=True)
class DeviceFiles:
    """What feeds read tables with, lent to the screens."""

    areas: AreaTree

    def read(self, name: str, data: bytes, crs: Crs) -> Iterator[Device | Rejected]:
        return read_uploaded(name, data, crs, self.areas)

    def workbook(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        return workbook(head, rows)


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


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started. Raises CannotStart for a port in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        hint = "does a cockpit run there already? Else choose another server.port, or 0 for any free one"
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
        seal = make_seal(plan)
        store = stack.enter_context(open_city_store(plan))
        clock = make_clock(plan, store)
        _check_binding(plan, store)
        sys.setswitchinterval(_SWITCH_S)
        runtime = stack.enter_context(running_feeds(plan, store, seal, clock))
        server = make_server(plan, store, clock, runtime.supervisor.receive)
        host, port = bound.getsockname()[:2]
        print(_addresses(plan, host, port), flush=True)
        uvicorn.Server(uvicorn.Config(server, **_web_options(plan))).run(sockets=[bound])
    return GOOD


def feeds(plan: Plan) -> int:
    _needs_postgresql(plan)
    _needs_no_inbox(plan)
    with ExitStack() as stack:
        seal = make_seal(plan)
        store = stack.enter_context(open_city_store(plan))
        clock = make_clock(plan, store)
        stack.enter_context(sharing_feeds(plan, store, seal, clock))
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
            make_clock(plan, store)
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
    store = open_city_store(plan)
    return make_server(plan, store, make_clock(plan, store))


def check(plan: Plan) -> int:
    for warning in plan.city.warnings:
        print(f"note: {warning}")
    feeds_on = ", ".join(entry.name for entry in plan.settings.feeds if entry.settings.enabled) or "none"
    print(f"{plan.settings.document.file}: good. City {plan.city.id}, {len(plan.facts.rules)} rules, feeds: {feeds_on}")
    return GOOD


def audit_trail(plan: Plan, remembered: Head | None) -> int:
    """Also while the cockpit runs. `remembered`: an end of the trail that was kept elsewhere."""
    with reading_only(store_url(plan)) as conn:
        broken, end = verify(conn, remembered), head(conn)
    if broken is not None:
        print(f"the audit trail is broken at row {broken}: it was changed, is missing or stands in another's place")
        return BROKEN
    print(f"the audit trail is whole; its end, to be kept elsewhere: {end.seq}:{end.hash}")
    return GOOD


def _say(lines: list[str]) -> int:
    print("\n".join(lines))
    return GOOD


def _needs_postgresql(plan: Plan) -> None:
    if not plan.settings.config.store.url.startswith("postgresql"):
        document = plan.settings.document
        hint = "use `app.py run`, or a postgresql:// address"
        message = "separate processes need PostgreSQL, SQLite belongs to one"
        raise SettingsError([Problem(document.file, document.line_of(["store", "url"]), "store.url", message, hint)])


def _needs_no_inbox(plan: Plan) -> None:
    """A pushed feed would look well for ever and never hear of anything."""
    document = plan.settings.document
    on = [entry for entry in plan.settings.feeds if entry.settings.enabled]
    pushed = [entry.name for entry in on if plan.modules[entry.slug].MODE == "push"]
    hint = "use `app.py run` in its place, beside `app.py web`, and lead /in/ there"
    if problems := [
        Problem(document.file, document.line_of(["feeds", name]), f"feeds.{name}", "`app.py feeds` takes no HTTP", hint)
        for name in pushed
    ]:
        raise SettingsError(problems)


def _addresses(plan: Plan, host: str, port: int) -> str:
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = [f"{plan.city.name.zh} {plan.city.name.en}: the cockpit is open (Ctrl-C ends it)"]
    lines += [
        f"  {label:<7}{base}/{screen.value}/" for label, screen in zip(("wall", "desk", "phone"), Screen, strict=True)
    ]
    return "\n".join(lines)


def _perform(plan: Plan, given: Namespace) -> int:
    match given.command:
        case "audit":
            return audit_trail(plan, given.end)
        case "backup":
            return _say(back_up(plan, given.file))
        case "restore":
            return _say(restore(plan, given.file, given.replace))
        case "move":
            return _say(move(plan, given.to, given.replace))
        case "readmit":
            return _say(readmit(plan, given.try_only))
    return {"run": run, "web": web, "feeds": feeds, "check": check}[given.command](plan)


def main(arguments: list[str]) -> int:
    given = read_arguments(arguments, HERE / "config.yaml")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("apscheduler", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    if given.command not in ("check", "audit"):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)
    try:
        plan = read_plan(given.config, os.environ)
        if getattr(given, "history", None) is not None:
            plan = plan.with_history(given.history)
        return _perform(plan, given)
    except (SettingsError, FeedContractErrors, PanelContractErrors, TextErrors) as error:
        print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
    except (CannotStart, StoreError, SealError, BrokerError, ValueError) as error:
        print(str(error), file=sys.stderr)
    return BAD


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
