"""A simulated city, so that a first start shows life: devices that publish over real MQTT, calls that reach the hotline
as rows of a file. Everything it makes comes in by the doors real data uses and is marked 模拟.

It hands on the device register itself, what each device reported last, and the past of the first start: readings as
such, calls as files, newest first, behind what happens now. A restart goes on where that was.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import islice
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from brain.feed import AreaId, Cursor, FeedContext, FeedSettings, Item, Unavailable
from brain.model.reading import Device, Reading
from brain.model.reason import Why
from feeds.payloads.demo_devices import devices_of
from feeds.payloads.demo_events import Events
from feeds.payloads.demo_history import PastCalls, PastReadings, Told, readings_at
from feeds.payloads.demo_papers import Papers
from feeds.payloads.demo_places import Places
from feeds.payloads.demo_publisher import Publisher
from feeds.payloads.demo_spool import Spool
from feeds.payloads.demo_tickets import Callers, Subject
from feeds.payloads.demo_values import City
from feeds.payloads.json_mapping import Stanza
from feeds.payloads.mqtt_broker import Broker

MODE = "subscribe"
INPUT = "readings"

TURN_S = 0.5
AT_ONCE = 1_000  # items per offer: a quarter of a second for the store
ALARMS_EVERY_MS = 15_000
# The kind that does not come by MQTT: so the feed brings something of its own, and its health means something.
HANDED_ON = "rain"
_LONGEST_HISTORY_S = 401 * 86_400


class SubjectStanza(Stanza):
    category: str = Field(description="Category id of the city pack.")
    text: str = Field(description="What the caller says.")
    weight: float = Field(default=1.0, gt=0, description="How often, against the others.")
    urgent: bool = Field(default=False, description="An urgent request with its clocks.")
    unit: str = Field(default="", description="Unit it is sent to.")
    during: str = Field(default="", description="burst or storm: what more people call about while there is one.")


class Settings(FeedSettings):
    delivers_again: ClassVar[bool] = False  # how far the past is told is stored with it

    simulated: bool = Field(default=True, description="Always true: nothing of this is real.")
    accept_past_s: float = Field(default=_LONGEST_HISTORY_S, gt=0, description="Oldest accepted reading, seconds.")
    broker: Broker = Field(default=Broker(), description="Where devices publish; without host the embedded one.")
    readings_feed: str = Field(default="iot_mqtt", description="Feed that takes the devices' messages.")
    spool: Path = Field(
        default=Path("var/spool/demo"),
        description="Folder of the hotline's simulated rows; warnings and duty lie beside it.",
    )
    seed: int = Field(default=442_000, description="Another seed is another city.")
    device_share: float = Field(default=1.0, gt=0, le=1, description="Share of the full number of devices, 11,000.")
    boat_areas: tuple[AreaId, ...] = Field(default=(), description="Areas with a port; empty: all have boats.")
    calls_per_day: int = Field(default=5000, ge=0, le=20_000, description="Calls of an average day.")
    history_days: int = Field(default=90, ge=0, le=400, description="Days of the past that are made up, newest first.")
    subjects: tuple[SubjectStanza, ...] = Field(default=(), description="What people call about; empty: no calls.")


def run(settings: Settings, ctx: FeedContext) -> None:
    now_ms = ctx.clock.now_ms()
    known = Told.load(ctx.cursor() or "")
    told = known or Told(now_ms, now_ms)
    places = Places(ctx.areas, settings.seed)
    devices = devices_of(
        ctx.areas, places, settings.seed, settings.readings_feed, settings.device_share, settings.boat_areas
    )
    leaves = [area.id for area in ctx.areas if not ctx.areas.children(area.id)]
    events = Events(leaves, settings.seed, told.begun_ms)
    city = City(devices, settings.seed, ctx.tz, events)
    subjects = [Subject(s.category, s.text, s.weight, s.urgent, s.unit, s.during) for s in settings.subjects]
    callers = Callers(ctx.areas, places, subjects, settings.seed, ctx.tz, settings.calls_per_day, events)
    spool = Spool(settings.spool, callers, ctx.tz)
    papers = Papers(settings.spool.parent, ctx.areas, settings.seed, ctx.tz)
    with _folder_told(settings):
        spool.open(now_ms)
        papers.write(now_ms)
    past = _Past(settings, ctx, devices, city, spool, papers, told, fresh=known is None)
    _hand_on(ctx, (device for device in devices if ctx.known_device(device.id) != device))
    with (
        Publisher(settings.broker, settings.broker.client_id or f"citybrain-{ctx.name}") as publisher,
        ThreadPoolExecutor(1, f"{ctx.name}-past") as beside,
    ):
        ctx.alive()
        telling = beside.submit(past.tell)
        try:
            _live(ctx, devices, city, publisher, telling)
        finally:
            past.over.set()
    telling.result()


@contextmanager
def _folder_told(settings: Settings) -> Iterator[None]:
    """Raises Unavailable when the folder of the calls cannot be written."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{settings.spool}: {error.strerror or error}", why=Why.FILE) from error


def topic_of(device: Device) -> str:
    return f"city/{device.area_id}/{device.kind}/{device.id}"


# --- what happens now --------------------------------------------------------------------------------------------
def _live(ctx: FeedContext, devices: Sequence[Device], city: City, publisher: Publisher, telling: Future[None]) -> None:
    """The devices report until told to stop, or until `telling` has ended, which it does only by failing."""
    now_ms = ctx.clock.now_ms()
    speaking = [device for device in devices if not city.is_silent(device)]
    by_id = {device.id: number for number, device in enumerate(speaking)}
    # (when it is sent, which device, when it was measured)
    first = [city.last_report_ms(device, now_ms) + device.interval_s * 1000 for device in speaking]
    due = [(at_ms, number, at_ms) for number, at_ms in enumerate(first)]
    heapify(due)
    alarms_ms, alarmed = now_ms, set[str]()
    while not (ctx.stopping.is_set() or telling.done()):
        publisher.turn(TURN_S)
        now_ms = ctx.clock.now_ms()
        while due and due[0][0] <= now_ms:
            sent_ms, number, at_ms = heappop(due)
            device = speaking[number]
            delay_ms = city.delay_ms(device, at_ms) if sent_ms == at_ms else 0
            if delay_ms:
                heappush(due, (sent_ms + delay_ms, number, at_ms))
            else:
                _report(ctx, city, publisher, device, at_ms)
            if sent_ms == at_ms:
                # After a pause (a sleeping laptop) the missed reports stay missed.
                next_ms = city.last_report_ms(device, max(at_ms, now_ms)) + device.interval_s * 1000
                heappush(due, (next_ms, number, next_ms))
        if now_ms >= alarms_ms:
            alarms_ms = now_ms + ALARMS_EVERY_MS
            lasting = city.alarms(now_ms) & by_id.keys()
            for device_id in sorted(lasting | alarmed):  # also, once, that it is over
                _report(ctx, city, publisher, speaking[by_id[device_id]], now_ms)
            alarmed = lasting


def _report(ctx: FeedContext, city: City, publisher: Publisher, device: Device, at_ms: int) -> None:
    if device.kind == HANDED_ON:
        ctx.sink(list(readings_at(city, device, at_ms, frozenset(ctx.metrics))))
    else:
        publisher.publish(topic_of(device), city.payload(device, at_ms))


# --- what was ----------------------------------------------------------------------------------------------------
class _Past:
    """What is told beside the devices, which do not wait for it: calls as they come, and the past of the first start.
    `over` ends it."""

    def __init__(
        self,
        settings: Settings,
        ctx: FeedContext,
        devices: Sequence[Device],
        city: City,
        spool: Spool,
        papers: Papers,
        told: Told,
        fresh: bool,
    ) -> None:
        self.over = threading.Event()
        self._settings = settings
        self._ctx = ctx
        self._devices = devices
        self._city = city
        self._spool = spool
        self._papers = papers
        self._told = told
        self._fresh = fresh
        self._metrics = frozenset(ctx.metrics)
        self._stored = threading.Event()
        self._stored.set()

    def tell(self) -> None:
        """Raises Unavailable when the folder of the calls cannot be written."""
        days, told = self._settings.history_days, self._told
        calls = PastCalls(self._spool, told, days)
        readings = PastReadings(self._city, self._devices, self._metrics, told.begun_ms, days, told.moments)
        noted = ""
        _hand_on(self._ctx, self._newest(), self.over)
        with _folder_told(self._settings):
            if self._fresh:
                self._spool.begin(told.begun_ms)
            else:
                self._spool.resume(told.begun_ms, told.live_ms, told.oldest)
            while not self.over.wait(TURN_S):
                self._step(calls, readings)
                note = "" if calls.over else f"note.history done={calls.days_told} days={days}"
                if note != noted:
                    self._ctx.note(note)
                    noted = note

    def _step(self, calls: PastCalls, readings: PastReadings) -> None:
        now_ms = self._ctx.clock.now_ms()
        live_ms = now_ms if self._spool.write_until(now_ms) else self._told.live_ms
        self._papers.write(now_ms)
        calls.step(now_ms)
        # One offer at a time: what happens now must find the store free.
        past = readings.take(AT_ONCE) if not readings.over and self._stored.is_set() else []
        told = replace(self._told, live_ms=live_ms, oldest=calls.oldest, moments=readings.told)
        if told != self._told:
            self._told = told
            self._stored.clear()
            self._ctx.sink([*past, Cursor(told.dump())], lambda _stored: self._stored.set())

    def _newest(self) -> Iterator[Reading]:
        """What each device reported last: nobody has to wait half an hour to see that a detector is well."""
        now_ms = self._ctx.clock.now_ms()
        for device in self._devices:
            yield from readings_at(self._city, device, self._city.last_report_ms(device, now_ms), self._metrics)


def _hand_on(ctx: FeedContext, items: Iterable[Item], over: threading.Event | None = None) -> None:
    """Hand on in portions and wait until they are stored: the first messages must find their devices."""
    source = iter(items)
    while portion := list(islice(source, AT_ONCE)):
        stored = threading.Event()
        ctx.sink(portion, lambda _stored, stored=stored: stored.set())  # type: ignore[misc]
        while not stored.wait(TURN_S):
            if ctx.stopping.is_set() or (over is not None and over.is_set()):
                return
