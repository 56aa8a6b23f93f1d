"""The broker is killed (SIGKILL) three times under load and started again, with its session and without. mosquitto as
docs/operating.md sets it up loses none of the messages that it acknowledged more than a second before and while the
cockpit was connected; RabbitMQ with durable queues loses none at all, and neither is one counted twice. What mosquitto
acknowledged in its last second, or before the cockpit was back at a broker without its session, is told beside.
"""

import math
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.report.fault_row import FaultRow
from bench.rig.city import city, documented_broker
from bench.rig.databases import Sqlite, await_status
from bench.rig.oracle import Oracle
from bench.rig.rabbitmq import RabbitMq
from bench.rig.trial import Trial
from tests.services.mosquitto import Mosquitto

NAME = "broker killed"
_SURE_S = 1.0
_SEEN_S, _BACK_S = 10.0, 60.0


@dataclass(frozen=True)
class _Kind:
    """`forget` makes the broker that is down lose its session; `excused`: it may lose what it just acknowledged."""

    name: str
    kills: int
    protocol: str = "5"
    forget: Callable[[Trial], object] = lambda trial: None
    excused: bool = True


def run(trial: Trial) -> Iterator[FaultRow]:
    kills, rate = (1, 300) if trial.quick else (3, 2000)
    for kind in (_Kind("mosquitto, session kept", kills), _Kind("mosquitto, session lost", kills, forget=_forget)):
        broker = documented_broker(trial.room(f"broker-{kind.name[-4:]}"))
        try:
            yield _with(kind, broker, trial, rate)
        finally:
            broker.kill()
    durable = RabbitMq(trial.room("rabbitmq"))
    try:
        yield _with(_Kind("RabbitMQ", kills, "3.1.1", excused=False), durable, trial, min(rate, 500))
    finally:
        durable.close()


def _forget(trial: Trial) -> None:
    (trial.folder / "broker-lost" / "mosquitto.db").unlink(missing_ok=True)


def _with(kind: _Kind, broker: Mosquitto | RabbitMq, trial: Trial, rate: int) -> FaultRow:
    folder = trial.room(kind.name)
    database = Sqlite(folder / "city.db")
    program = city(folder, database.url, broker, "run", broker={"protocol": kind.protocol})
    excused: list[tuple[float, float]] = []
    seen: list[float] = []
    try:
        program.start()
        await_status(database, "well")
        with Oracle(folder, broker, rate) as oracle:
            oracle.go()
            for _ in range(kind.kills):
                time.sleep(trial.random.uniform(3.0, 5.0))
                broker.kill()
                killed = time.monotonic()
                seen.append(await_status(database, "lost", "held") - killed)
                kind.forget(trial)
                broker.start()
                over = time.monotonic()
                excused.append((killed - _SURE_S, await_status(database, "well")))
            oracle.stop()
            back_s = oracle.all_stored(database, 15) - over
            held = oracle.held(database)
    finally:
        program.end(signal.SIGKILL)
    by_broker = [k for k in held.missing if kind.excused and _within(oracle.messages[k], excused)]
    return FaultRow(
        f"{NAME} {kind.kills} times under {rate:,}/s, {kind.name}",
        held.sent,
        held.acknowledged,
        held.stored,
        len(held.missing) - len(by_broker),
        held.doubled,
        None if by_broker else back_s,
        max(seen),
        (None if by_broker else _BACK_S, _SEEN_S),
        f"lost by the broker itself: {len(by_broker):,}",
    )


def _within(at: float, spans: list[tuple[float, float]]) -> bool:
    return not math.isnan(at) and any(begin <= at <= end for begin, end in spans)
