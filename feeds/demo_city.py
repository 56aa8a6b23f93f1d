"""A simulated city, so that a first start shows life: devices that publish over real MQTT, calls that reach the hotline
as rows of a file. Everything it makes comes in by the doors real data uses and is marked 模拟.

It hands on the device register itself, and on the first start the last day of readings and four weeks of calls.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from heapq import heapify, heapreplace
from pathlib import Path

from pydantic import Field

from brain.feed import Cursor, FeedContext, FeedSettings, Item, Unavailable
from brain.model.reading import Device, Reading
from feeds.payloads.demo_chance import draw
from feeds.payloads.demo_devices import devices_of, is_silent
from feeds.payloads.demo_publisher import Publisher
from feeds.payloads.demo_spool import Spool
from feeds.payloads.demo_tickets import Callers, Subject
from feeds.payloads.demo_values import City
from feeds.payloads.json_mapping import Stanza
from feeds.payloads.mqtt_broker import Broker

MODE = "subscribe"
INPUT = "readings"

HISTORY_STEP_MS = 600_000
HISTORY_BATCH = 2_000
TURN_S = 0.5
REGISTER_EVERY_MS = 60_000
# The kind that does not come by MQTT: so the feed brings something of its own, and its health means something.
HANDED_ON = "rain"
SPOILT_SHARE = 0.0006  # of the payloads cannot be read, as in life


class SubjectStanza(Stanza):
    category: str = Field(description="Category id of the city pack.")
    text: str = Field(description="What the caller says.")
    weight: float = Field(default=1.0, gt=0, description="How often, against the others.")
    urgent: bool = Field(default=False, description="An urgent request with its clocks.")


class Settings(FeedSettings):
    simulated: bool = Field(default=True, description="Always true: nothing of this is real.")
    broker: Broker = Field(default=Broker(), description="Where devices publish; without host the embedded one.")
    readings_feed: str = Field(default="iot_mqtt", description="Feed that takes the devices' messages.")
    spool: Path = Field(default=Path("var/spool/demo"), description="Folder of the hotline's simulated rows.")
    seed: int = Field(default=442_000, description="Another seed is another city.")
    calls_per_day: int = Field(default=1200, ge=0, le=20_000, description="Calls of a working day.")
    history_days: int = Field(default=28, ge=0, le=400, description="Days of calls made on the first start.")
    history_hours: int = Field(default=24, ge=0, le=168, description="Hours of readings made on the first start.")
    subjects: tuple[SubjectStanza, ...] = Field(default=(), description="What people call about; empty: no calls.")


def run(settings: Settings, ctx: FeedContext) -> None:
    devices = devices_of(ctx.areas, settings.seed, settings.readings_feed)
    city = City(devices, settings.seed, ctx.tz, ctx.clock.now_ms())
    subjects = [Subject(s.category, s.text, s.weight, s.urgent) for s in settings.subjects]
    callers = Callers(ctx.areas, subjects, settings.seed, ctx.tz, settings.calls_per_day if subjects else 0)
    spool = Spool(settings.spool, callers, ctx.tz)
    _hand_on(ctx, devices)
    over = threading.Event()
    with (
        Publisher(settings.broker, settings.broker.client_id or f"citybrain-{ctx.name}") as publisher,
        ThreadPoolExecutor(1, f"{ctx.name}-past") as beside,
    ):
        ctx.alive()
        past = beside.submit(_tell_past, settings, ctx, devices, city, spool, over)
        try:
            _live(settings, ctx, devices, city, publisher, past)
        finally:
            over.set()
    past.result()


def readings_of(
    city: City, devices: Sequence[Device], metrics: frozenset[str], from_ms: int, to_ms: int
) -> Iterator[Reading]:
    """Readings of all devices at each history step in [from_ms, to_ms), newest first."""
    newest_ms = (to_ms - 1) // HISTORY_STEP_MS * HISTORY_STEP_MS
    for at_ms in range(newest_ms, from_ms - 1, -HISTORY_STEP_MS):
        for device in devices:
            for metric, value in city.measure(device, at_ms).items():
                if metric in metrics:
                    yield Reading(device.id, metric, at_ms, value, at_ms)


def payload_of(city: City, device: Device, at_ms: int, seed: int) -> bytes:
    """What the device sends; now and then something nobody can read."""
    if draw(seed, "spoilt", device.id, at_ms) < SPOILT_SHARE:
        return b'{"at": %d, "metrics": {"broken"' % at_ms
    return json.dumps({"at": at_ms, "metrics": city.measure(device, at_ms)}, separators=(",", ":")).encode()


def topic_of(device: Device) -> str:
    return f"city/{device.area_id}/{device.kind}/{device.id}"


def _live(
    settings: Settings,
    ctx: FeedContext,
    devices: Sequence[Device],
    city: City,
    publisher: Publisher,
    past: Future[None],
) -> None:
    """The devices report until told to stop, or until `past` has ended, which it does only by failing."""
    now_ms = ctx.clock.now_ms()
    # Each device keeps its own rhythm, begun at its own moment.
    due = [
        (now_ms + int(draw(settings.seed, "phase", device.id) * device.interval_s * 1000), number)
        for number, device in enumerate(devices)
        if not is_silent(device, settings.seed)
    ]
    heapify(due)
    register_ms = now_ms + REGISTER_EVERY_MS
    while not (ctx.stopping.is_set() or past.done()):
        publisher.turn(TURN_S)
        now_ms = ctx.clock.now_ms()
        while due and due[0][0] <= now_ms:
            at_ms, number = due[0]
            device = devices[number]
            if device.kind == HANDED_ON:
                measured = city.measure(device, at_ms)
                ctx.sink([Reading(device.id, metric, at_ms, value, now_ms) for metric, value in measured.items()])
            else:
                publisher.publish(topic_of(device), payload_of(city, device, at_ms, settings.seed))
            # After a pause (a sleeping laptop) the missed reports stay missed.
            next_ms = max(at_ms + device.interval_s * 1000, now_ms - device.interval_s * 1000)
            heapreplace(due, (next_ms, number))
        if now_ms >= register_ms:
            register_ms = now_ms + REGISTER_EVERY_MS
            ctx.sink(devices)


def _tell_past(
    settings: Settings,
    ctx: FeedContext,
    devices: Sequence[Device],
    city: City,
    spool: Spool,
    over: threading.Event,
) -> None:
    """The first start's past, then the calls as they come; beside the devices, which do not wait for it. `over` ends
    it. Raises Unavailable when the folder of the calls cannot be written."""
    try:
        known = ctx.cursor()
        if known is None:
            _begin(settings, ctx, devices, city, spool, lambda: over.is_set() or ctx.stopping.is_set())
        else:
            spool.resume(int(known))
        while not over.wait(TURN_S):
            now_ms = ctx.clock.now_ms()
            if spool.write_until(now_ms):
                ctx.sink([Cursor(str(now_ms))])
    except OSError as error:
        raise Unavailable(f"{settings.spool}: {error.strerror or error}") from error


def _begin(
    settings: Settings,
    ctx: FeedContext,
    devices: Sequence[Device],
    city: City,
    spool: Spool,
    ended: Callable[[], bool],
) -> None:
    """The past of a fresh city. The cursor is set only after all of it: a start that was broken off is made again."""
    now_ms = ctx.clock.now_ms()
    spool.write_past(now_ms, settings.history_days, ended)
    batch: list[Item] = []
    from_ms = now_ms - settings.history_hours * 3_600_000
    for reading in readings_of(city, devices, frozenset(ctx.metrics), from_ms, now_ms):
        if ended():
            break
        batch.append(reading)
        if len(batch) >= HISTORY_BATCH:
            ctx.sink(batch)
            batch = []
    if not ended():
        ctx.sink([*batch, Cursor(str(now_ms))])


def _hand_on(ctx: FeedContext, items: Sequence[Item]) -> None:
    """Hand on and wait until it is stored: the first messages must find their devices."""
    stored = threading.Event()
    ctx.sink(items, lambda _stored: stored.set())
    while not stored.wait(TURN_S) and not ctx.stopping.is_set():
        pass
