"""Readings of devices from an MQTT broker, in JSON as mapped here or by a convention that is understood.

A message is acknowledged after its readings are committed, and only on the connection it came by: until then the broker
keeps it. What is delivered twice is absorbed by the key of the reading: device, metric and time, which for a message
without a time is that of its first delivery (mqtt_receipts.py). One run is one connection.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, cast
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from brain.feed import FeedContext, FeedSettings, Item, Refused, Rejected, Unavailable
from brain.model.crs import Crs
from brain.model.drops import Dropped
from feeds.payloads.convention import ConventionModule, ConventionSettings, Parser
from feeds.payloads.convention_files import Conventions, conventions
from feeds.payloads.convention_reader import Convention, ConventionReader, Once
from feeds.payloads.device_register import Register
from feeds.payloads.device_table import read_devices
from feeds.payloads.json_mapping import TopicMapping
from feeds.payloads.json_readings import JsonReadings
from feeds.payloads.message import Message
from feeds.payloads.mqtt_broker import Broker
from feeds.payloads.mqtt_handover import Handover
from feeds.payloads.mqtt_link import MqttLink
from feeds.payloads.mqtt_receipts import Receipts
from feeds.payloads.mqtt_shards import Shards, check_shards

MODE = "subscribe"
INPUT = "readings"

DROPPED = "$SYS/broker/publish/messages/dropped"
_CANARY_S = 5.0
_TURN_S = 0.5
_NOTE_S = 10.0
_SUBSCRIBED = 100  # topics in one request
_PATIENCE_S = 2.0  # at the end, for what is on its way to the store


class Settings(FeedSettings):
    broker: Broker = Field(default=Broker(), description="The broker; without host the embedded one.")
    topics: tuple[TopicMapping, ...] = Field(default=(), description="Topic patterns and what their payloads mean.")
    conventions: Conventions = Field(default=Conventions(), description="Payloads understood without a mapping.")
    devices: Path | None = Field(default=None, description="Table of devices: id,kind,name,area,lon,lat,interval_s.")
    devices_encoding: str = Field(default="utf-8", description="Character set of the table of devices.")
    devices_crs: Crs = Field(default=Crs.WGS84, description="Coordinate system of the table of devices.")
    max_payload_bytes: int = Field(default=65_536, ge=64, le=16_777_216, description="Larger payloads are refused.")
    canary: bool = Field(default=True, description="Publish to ourselves at start: is anything delivered?")
    canary_topic: str = Field(default="citybrain/canary", description="Our name is added; we must write and read it.")
    status_topic: str = Field(
        default="",
        description="Such as citybrain/status: below it stands online or offline by our name; empty: nowhere.",
    )
    shards: Shards = Field(
        default={}, description="Topic filters by shard, such as {north: [water/442000101/#]}; empty: all in one."
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.shards and (self.conventions.chosen() or self.devices is not None):
            raise ValueError(
                "shards hold topics only | give conventions and the table of devices to a feed without shards"
            )
        if self.shards:
            check_shards(self.shards, [mapping.pattern for mapping in self.topics])
        return self


def run(settings: Settings, ctx: FeedContext) -> None:
    receipts = _receipts(settings, ctx)
    reader = make_reader(settings, ctx, receipts.moment_ms)
    hand_on_devices(settings, ctx)
    _Connection(settings, ctx, reader, receipts).serve()


def _receipts(settings: Settings, ctx: FeedContext) -> Receipts:
    """Kept from one connection to the next; after a start of the program, as it was stored."""
    kept = ctx.memory.get("receipts")
    if not isinstance(kept, Receipts):
        kept = ctx.memory["receipts"] = Receipts(settings.broker.receive_maximum, 2 * settings.broker.keepalive_s)
        kept.load(ctx.cursor())
    return kept


def make_reader(
    settings: Settings, ctx: FeedContext, receipt_ms: Callable[[Message], int] | None = None
) -> JsonReadings | ConventionReader:
    """The compiled mappings and conventions. Raises Refused when they do not fit the city."""
    chosen = settings.conventions.chosen()
    if not settings.topics and not chosen:
        raise Refused("no topics are configured: give at least one pattern, or a convention")
    if not chosen:
        return _own_reader(settings, ctx, receipt_ms)
    receipt = Once(receipt_ms or (lambda message: message.received_ms))  # also where two read one message
    zone, modules = ZoneInfo(ctx.tz), conventions()
    return ConventionReader(
        [Convention(slug, stanza, _parser(slug, modules[slug], stanza, zone, ctx)) for slug, stanza in chosen.items()],
        _own_reader(settings, ctx, receipt) if settings.topics else None,
        metrics=ctx.metrics,
        register=Register(ctx.areas, ctx.known_device, ctx.name, settings.simulated),
        max_bytes=settings.max_payload_bytes,
        receipt_ms=receipt,
    )


def _parser(
    slug: str, module: ConventionModule, stanza: ConventionSettings, zone: ZoneInfo, ctx: FeedContext
) -> Parser:
    """Kept from one connection to the next, with what was announced to it."""
    known = ctx.memory.get(f"parser.{slug}")
    if known is None:
        known = ctx.memory[f"parser.{slug}"] = module.Parser(stanza, zone)
    return cast(Parser, known)


def _own_reader(settings: Settings, ctx: FeedContext, receipt_ms: Callable[[Message], int] | None) -> JsonReadings:
    try:
        return JsonReadings(
            settings.topics,
            metrics=ctx.metrics,
            areas=ctx.areas,
            known_device=ctx.known_device,
            feed=ctx.name,
            zone=ZoneInfo(ctx.tz),
            simulated=settings.simulated,
            max_bytes=settings.max_payload_bytes,
            receipt_ms=receipt_ms,
        )
    except ValueError as error:
        raise Refused(f"topics: {error}") from error


def hand_on_devices(settings: Settings, ctx: FeedContext) -> None:
    """What the table of devices says anew, before any reading. Raises BadPayload for a table that cannot be read."""
    if settings.devices is None:
        return
    items: list[Item] = []
    read = read_devices(
        settings.devices, settings.devices_encoding, settings.devices_crs, ctx.areas, ctx.name, settings.simulated
    )
    for item in read:
        # What is refused is told once, not at each reconnection.
        is_news = ctx.generation == 0 if isinstance(item, Rejected) else ctx.known_device(item.id) != item
        if is_news:
            items.append(item)
    stored = threading.Event()
    ctx.sink(items, lambda _done: stored.set())
    stored.wait()


def session_name(settings: Settings, ctx: FeedContext) -> str:
    """The client id: one for each shard, and the same whoever runs it, so that the broker's queue is taken over."""
    given = settings.broker.client_id
    return "-".join([given, *settings.shards]) if given else f"citybrain-{ctx.name}"


def filters_of(settings: Settings, whole: Sequence[str]) -> list[str]:
    """What to subscribe to: of a shard its part of `whole`."""
    return [topic for part in settings.shards.values() for topic in part] or list(whole)


class _Connection:
    """One connection from CONNECT to its end."""

    def __init__(
        self,
        settings: Settings,
        ctx: FeedContext,
        reader: JsonReadings | ConventionReader,
        receipts: Receipts,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._ctx = ctx
        self._reader = reader
        self._conventions = reader if isinstance(reader, ConventionReader) else None
        self._note_again_s = 0.0
        self._receipts = receipts
        self._monotonic = monotonic
        client_id = session_name(settings, ctx)
        self._canary_topic = f"{settings.canary_topic}/{client_id}"
        self._canary = b"%08x-%d" % (ctx.random.getrandbits(32), ctx.generation)
        self._canary_back = False
        self._received = 0
        self._for_us: list[int] = []  # numbers of our own messages, to be acknowledged
        self._dropped: int | None = None
        self._link = MqttLink(
            settings.broker,
            client_id,
            self._take,
            status_topic=f"{settings.status_topic}/{client_id}" if settings.status_topic else "",
            max_payload_bytes=settings.max_payload_bytes,
            now_ms=ctx.clock.now_ms,
        )
        self._handover = Handover(ctx.name, self._read, ctx.sink, self._link.wake, receipts.news)

    def serve(self) -> None:
        """Until told to stop. Raises Unavailable or Refused."""
        with self._link as link, self._handover:
            self._receipts.connected(same_session=link.open())
            self._subscribe()
            if self._settings.canary:
                try:
                    self._prove_subscription()
                except Unavailable as error:
                    raise Unavailable(f"{error}; may we write and read {self._canary_topic}?") from error
            self._ctx.alive()
            told: str | None = None
            while not self._ctx.stopping.is_set():
                if (note := self._note(told)) != told:
                    told = note
                    self._ctx.note(note)
                self._turn()
                self._follow_conventions()
            self._say_goodbye()

    def _note(self, told: str | None) -> str:
        """What to say in feed health: losses first. Counts that always rise are told anew every few seconds."""
        drops = _drop_note(self._dropped)
        if self._conventions is None or self._dropped:
            return drops
        if told is None or self._monotonic() >= self._note_again_s:
            self._note_again_s = self._monotonic() + _NOTE_S
            return self._conventions.note or drops
        return told

    def _follow_conventions(self) -> None:
        """Subscribe to what was announced, and ask for what is missing."""
        if self._conventions is None:
            return
        topics = self._conventions.new_topics()
        for start in range(0, len(topics), _SUBSCRIBED):
            self._link.subscribe(topics[start : start + _SUBSCRIBED], qos=1)  # one that is not granted stays silent
        for topic, payload in self._conventions.asks():
            self._link.publish(topic, payload, qos=0)

    def _say_goodbye(self) -> None:
        """Acknowledge what is stored, and see that the broker heard it: closing now could cut off what it has not read
        yet, and all of it would come again."""
        self._acknowledge(self._handover.finish(_PATIENCE_S))
        self._link.say_goodbye()
        self._link.unsubscribe(DROPPED, _PATIENCE_S)

    def _turn(self) -> None:
        self._link.turn(_TURN_S, self._handover.room(self._settings.broker.receive_maximum))
        self._acknowledge(self._handover.settled())
        if self._for_us:
            self._link.ack(self._for_us)
            self._for_us = []

    def _acknowledge(self, mids: list[int]) -> None:
        self._link.ack(mids)
        self._receipts.acknowledged(mids)

    def _subscribe(self) -> None:
        # A retained reading must be seen to be refused with a reason, so retained messages are not switched off.
        refused = self._link.subscribe(filters_of(self._settings, self._reader.filters), qos=1)
        if refused:
            raise Refused(f"the broker does not let us subscribe to {', '.join(refused)}: check its access list")
        self._link.subscribe([DROPPED], qos=0)  # many brokers have none or forbid it: then it is said
        if self._settings.canary and self._link.subscribe([self._canary_topic], qos=1):
            raise Refused(f"the broker does not let us subscribe to {self._canary_topic}: check its access list")

    def _prove_subscription(self) -> None:
        """Some brokers grant subscriptions and deliver nothing. A backlog may come first: as long as messages arrive or
        wait for the store, the time does not run."""
        sent = self._link.publish(self._canary_topic, self._canary, qos=1)
        received, since = self._received, self._monotonic()
        while not self._canary_back and not self._ctx.stopping.is_set():
            try:
                self._turn()
            finally:  # a refusal may be followed by the end of the connection
                self._check_written(sent)
            if self._received != received or self._handover.under_way:
                received, since = self._received, self._monotonic()
            elif self._monotonic() - since > _CANARY_S:
                address = self._settings.broker.address
                raise Unavailable(f"{address}: nothing is delivered, not even our own message in {_CANARY_S:g} s")

    def _check_written(self, sent: int) -> None:
        code = self._link.confirmed(sent)
        if code is not None and code.is_failure:
            detail = f"the broker does not let us write to {self._canary_topic} ({code})"
            raise Refused(f"{detail}: check its access list")

    def _take(self, messages: list[Message]) -> None:
        """Called inside the network's turn: sorts, never reads."""
        self._received += len(messages)
        own = (DROPPED, self._canary_topic)
        if all(message.topic not in own for message in messages):
            self._handover.put(messages)
            return
        counted: list[Message] = []
        for message in messages:
            if message.topic == DROPPED:
                counted.append(message)
            elif message.topic == self._canary_topic:
                self._canary_back = self._canary_back or message.payload == self._canary
                self._for_us += [message.mid] if message.mid else []
        # The broker repeats itself, and the store need not hear of it.
        news = [message for message in counted if self._is_news(message)]
        self._handover.put([*(message for message in messages if message.topic not in own), *news])

    def _is_news(self, message: Message) -> bool:
        if not message.payload[:18].isdigit():
            return False
        before, self._dropped = self._dropped, int(message.payload[:18])
        return self._dropped != before

    def _read(self, message: Message) -> list[Item]:
        """On the handover's thread."""
        if message.topic == DROPPED:
            return [Dropped(int(message.payload[:18]), message.received_ms)]
        return self._reader.read(message)


def _drop_note(dropped: int | None) -> str:
    if dropped is None:
        return "note.unwatched"
    if dropped:
        return f"note.drops n={dropped}"
    return ""
