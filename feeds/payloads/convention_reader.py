"""From what conventions hear to devices and readings of the city.

Here, once for all conventions: which metric a property is, which device is meant, what time counts. What nobody asked
for (a lamp's colour, a node's memory) is counted by name and told in feed health; it is no dead letter.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from brain.feed import Item
from brain.model.reading import Availability, Device, DeviceState, Metric, Reading
from brain.model.reason import Reason
from feeds.payloads.convention import (
    About,
    Announced,
    Arrived,
    ConventionSettings,
    Gap,
    Heard,
    Measured,
    Name,
    Parser,
    Present,
    Value,
    Wanted,
    device_id,
)
from feeds.payloads.convention_tally import Tally, plain
from feeds.payloads.device_register import NewDevice, Register, place_of
from feeds.payloads.json_readings import JsonReadings, rejected
from feeds.payloads.message import Message
from feeds.payloads.numbers import NotANumber, to_number
from feeds.payloads.property_choice import Choice, Choices
from feeds.payloads.refusal import Refusal

_ASK_AGAIN_MS = 60_000
_MOST_WANTED = 20_000  # topics beside the filters: an announcement may name any
_SWITCHED: Mapping[str, float] = MappingProxyType({"ON": 1.0, "OFF": 0.0, "on": 1.0, "off": 0.0})


class Once:
    """When a message counts that says no time, asked once for a message, whoever reads it. One thread."""

    def __init__(self, receipt_ms: Callable[[Message], int]) -> None:
        self._receipt_ms = receipt_ms
        self._last: tuple[Message | None, int] = None, 0

    def __call__(self, message: Message) -> int:
        if self._last[0] is not message:
            self._last = message, self._receipt_ms(message)
        return self._last[1]


@dataclass(frozen=True, slots=True)
class Convention:
    """One that is read, with its stanza. The parser remembers what was announced, also over connections."""

    slug: str
    settings: ConventionSettings
    parser: Parser


class ConventionReader:
    """`own` reads the topics of the city's own mapping, first and as if there were no conventions. `read` is called by
    one thread; what it found to subscribe to and to ask for may be taken by another."""

    def __init__(
        self,
        conventions: Sequence[Convention],
        own: JsonReadings | None,
        *,
        metrics: Mapping[str, Metric],
        register: Register,
        max_bytes: int,
        receipt_ms: Callable[[Message], int],
    ) -> None:
        self._conventions = tuple(conventions)
        self._own = own
        self._choices = {each.slug: Choices(each.settings, metrics) for each in self._conventions}
        self._register = register
        self._max_bytes = max_bytes
        self._receipt_ms = receipt_ms
        self._wanted: set[str] = set()
        self._new_topics: deque[str] = deque()
        self._asks: deque[tuple[str, bytes]] = deque()
        self._asked_ms: dict[str, int] = {}
        self._tally = Tally()

    @property
    def filters(self) -> tuple[str, ...]:
        own = self._own.filters if self._own is not None else ()
        theirs = (topic for convention in self._conventions for topic in convention.parser.filters)
        return tuple(dict.fromkeys((*own, *theirs)))

    def new_topics(self) -> list[str]:
        """What else to subscribe to; each is told once."""
        return [self._new_topics.popleft() for _ in range(len(self._new_topics))]

    def asks(self) -> list[tuple[str, bytes]]:
        """Messages to be published, asking for what is missing."""
        return [self._asks.popleft() for _ in range(len(self._asks))]

    @property
    def note(self) -> str:
        """For feed health; "" when there is nothing to say. Any thread may ask."""
        return self._tally.note

    def read(self, message: Message) -> list[Item]:
        """Never an exception. Nothing at all for what says nothing to a city."""
        items: list[Item] = []
        own = self._own is not None and self._own.takes(message.topic)
        if own and self._own is not None:
            items += self._own.read(message)
        takers = [convention for convention in self._conventions if convention.parser.takes(message.topic)]
        for convention in takers:
            items += self._read(convention, message)
        if not own and not takers:
            items.append(rejected(Refusal(Reason.TOPIC, "the topic fits no pattern and no convention"), message))
        return items

    def _read(self, convention: Convention, message: Message) -> list[Item]:
        items: list[Item] = []
        try:
            size = len(message.payload) if message.size_bytes < 0 else message.size_bytes
            if size > self._max_bytes:
                raise Refusal(Reason.OVERSIZED, f"{size} bytes, at most {self._max_bytes} are accepted")
            moment = partial(self._receipt_ms, message)
            for heard in convention.parser.read(Arrived(message.topic, message.payload, message.retained, moment)):
                items += self._said(convention, heard, message)
        except Refusal as refusal:
            items.append(rejected(refusal, message))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A payload that breaks a parser must not come again and again: it is refused like any other.
            detail = f"not shaped as {convention.slug} says ({type(error).__name__})"
            items.append(rejected(Refusal(Reason.BAD_FIELD, detail), message))
        return items

    def _said(self, convention: Convention, heard: Heard, message: Message) -> list[Item]:
        try:
            return self._items(convention, heard, message)
        except Refusal as refusal:  # of many devices in one message the others are taken
            return [rejected(refusal, message)]

    def _items(self, convention: Convention, heard: Heard, message: Message) -> list[Item]:
        match heard:
            case Measured() if message.retained:
                self._tally.retained()
                return []
            case Measured():
                return self._measured(convention, heard, message)
            case Announced():
                return self._announced(convention, heard)
            case Present():
                known = self._register.known(_id(convention, heard.device))
                itself = heard.heard and not message.retained
                return [Availability(known.id, heard.online, message.received_ms, itself)] if known else []
            case Wanted():
                self._want(heard)
            case Gap():
                self._gap(convention, heard, message)
        return []

    def _announced(self, convention: Convention, heard: Announced) -> list[Item]:
        """A device of which something can be shown is taken up before it measures."""
        useful = any(isinstance(self._choices[convention.slug].of(value), tuple) for value in heard.values)
        if not useful or not convention.settings.register_new:
            return []
        device = self._device(convention, heard.device, heard.about)
        waits = device.state is DeviceState.WAITING  # it waits once it has measured something
        return [device] if not waits and self._register.is_news(device) else []

    def _measured(self, convention: Convention, heard: Measured, message: Message) -> list[Item]:
        choices = self._choices[convention.slug]
        chosen = [(value, choices.of(value)) for value in heard.values]
        for value, found in chosen:
            if found is None:
                self._tally.unread(f"{convention.slug} {plain(value.property)}")
            elif isinstance(found, Gap):
                self._gap(convention, found, message)
        if all(found is None or isinstance(found, Gap) for _, found in chosen):
            return []
        device = self._device(convention, heard.device, heard.about)
        items: list[Item] = []
        taken: set[tuple[str, int]] = set()
        for value, found in chosen:
            try:
                if isinstance(found, Refusal):
                    raise found
                if isinstance(found, tuple):
                    reading = self._reading(device.id, value, found, heard, message)
                    _check_alone(reading, value, taken)
                    items.append(reading)
            except Refusal as refusal:
                items.append(rejected(refusal, message))
        if taken and self._register.is_news(device):
            items.insert(0, device)
        return items

    def _reading(self, device: str, value: Value, choice: Choice, heard: Measured, message: Message) -> Reading:
        at_ms = value.at_ms if value.at_ms is not None else heard.at_ms
        if at_ms is None:
            at_ms = self._receipt_ms(message)
        metric, (scale, offset) = choice
        raw = _SWITCHED.get(value.value, value.value) if isinstance(value.value, str) else value.value
        try:
            number = to_number(raw)
            if number is not None:
                number = to_number(number * scale + offset)
        except NotANumber as error:
            raise Refusal(Reason.NOT_A_NUMBER, f"{plain(value.property)}: {error}") from error
        return Reading(device, metric, at_ms, number, message.received_ms)

    def _device(self, convention: Convention, name: Name, about: About) -> Device:
        settings = convention.settings
        lon, lat = place_of(about.lon, about.lat, settings.crs)
        new = NewDevice(
            settings.kinds.get(about.model, settings.kind),
            about.name or "/".join(name.parts),
            settings.area or name.area,
            lon,
            lat,
            about.interval_s or settings.interval_s,
        )
        return self._register.find_described(_id(convention, name), name.area, new, settings.register_new)

    def _want(self, heard: Wanted) -> None:
        for topic in heard.topics:
            if topic not in self._wanted and len(self._wanted) < _MOST_WANTED:
                self._wanted.add(topic)
                self._new_topics.append(topic)

    def _gap(self, convention: Convention, gap: Gap, message: Message) -> None:
        self._tally.gap(f"{convention.slug} {gap.what}")
        if gap.ask is None:
            return
        topic, payload = gap.ask
        if message.received_ms - self._asked_ms.get(topic, -_ASK_AGAIN_MS) >= _ASK_AGAIN_MS:
            if len(self._asked_ms) >= _MOST_WANTED:
                self._asked_ms.clear()
            self._asked_ms[topic] = message.received_ms
            self._asks.append((topic, payload))


def _id(convention: Convention, name: Name) -> str:
    settings = convention.settings
    parts = name.parts if name.area is None else (name.area, *name.parts)
    return device_id(settings.prefix or settings.usual_prefix or convention.slug, parts)


def _check_alone(reading: Reading, value: Value, taken: set[tuple[str, int]]) -> None:
    """One device measures a metric once at a time; of two the second would vanish in the store."""
    if (reading.metric, reading.at_ms) in taken:
        both = f"two properties stand for {reading.metric}"
        raise Refusal(Reason.BAD_FIELD, f"{both}: map {plain(value.property)} by its whole name")
    taken.add((reading.metric, reading.at_ms))
