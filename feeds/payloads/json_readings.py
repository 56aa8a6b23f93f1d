"""From a topic and a JSON document to readings, as the mapping in config.yaml says. No connection, no clock: one
message in, the items it means out, and never an exception."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import orjson

from brain.feed import Item, Rejected
from brain.model.area import AreaTree
from brain.model.reading import Device, Metric, Reading
from brain.model.reason import Reason
from brain.model.unit import unit_of
from feeds.payloads.device_register import Register
from feeds.payloads.json_document import decode_refusal
from feeds.payloads.json_mapping import MetricMapping, TopicMapping
from feeds.payloads.message import Message
from feeds.payloads.numbers import NotANumber, to_number
from feeds.payloads.paths import MISSING, Path, compile_path, pick
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.topics import TopicPattern, compile_topic, is_device_id
from feeds.payloads.units import Linear, conversion

MAX_EACH = 1000  # sub-documents of one message


@dataclass(frozen=True, slots=True)
class _Pick:
    """Where one metric of the mapping stands in the document, and how it becomes the city's unit."""

    metric: str
    path: Path
    linear: Linear


@dataclass(frozen=True, slots=True)
class _Plan:
    """One topic mapping, compiled."""

    mapping: TopicMapping
    pattern: TopicPattern
    picks: tuple[_Pick, ...]
    each: Path | None
    values: Path | None
    metric: Path | None
    value: Path | None
    time: Path | None
    identity: Path | None


class JsonReadings:
    """The compiled mappings of one feed. Raises ValueError when one does not fit the city (unknown metric, unit)."""

    def __init__(
        self,
        mappings: Sequence[TopicMapping],
        *,
        metrics: Mapping[str, Metric],
        areas: AreaTree,
        known_device: Callable[[str], Device | None],
        feed: str,
        zone: tzinfo,
        simulated: bool = False,
        max_bytes: int = 65_536,
        receipt_ms: Callable[[Message], int] | None = None,
    ) -> None:
        """`receipt_ms`: when a message without a time of its own counts; None: when it was received."""
        self._plans = tuple(_plan(mapping, metrics) for mapping in mappings)
        self._metrics = metrics
        self._zone = zone
        self._max_bytes = max_bytes
        self._receipt_ms = receipt_ms or _received_ms
        self._counted: tuple[Message | None, int] = None, 0
        self._register = Register(areas, known_device, feed, simulated)

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(dict.fromkeys(plan.pattern.filter for plan in self._plans))

    def takes(self, topic: str) -> bool:
        """Whether one of the patterns fits."""
        return any(plan.pattern.read(topic) is not None for plan in self._plans)

    def read(self, message: Message) -> list[Item]:
        """At least one item: what could be taken, and a dead letter for what could not."""
        try:
            plan, names = self._find(message.topic)
            if message.retained:
                raise Refusal(Reason.RETAINED, "a retained reading repeats an old value as new; publish it unretained")
            document = self._decode(message)
            return self._items(plan, names, document, message)
        except Refusal as refusal:
            return [rejected(refusal, message)]

    def _find(self, topic: str) -> tuple[_Plan, dict[str, str]]:
        for plan in self._plans:
            names = plan.pattern.read(topic)
            if names is not None:
                return plan, names
        raise Refusal(Reason.TOPIC, "the topic fits none of the feed's patterns")

    def _decode(self, message: Message) -> object:
        payload = message.payload
        size = len(payload) if message.size_bytes < 0 else message.size_bytes
        if size > self._max_bytes:
            raise Refusal(Reason.OVERSIZED, f"{size} bytes, at most {self._max_bytes} are accepted")
        try:
            return orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise decode_refusal(payload, error) from error

    def _items(self, plan: _Plan, names: dict[str, str], document: object, message: Message) -> list[Item]:
        device_id = _device_id(plan, names, document)
        device = self._register.find(plan.mapping, device_id, names, document)
        items: list[Item] = []
        for part in _parts(plan, document):
            items.extend(self._part(plan, names, device.id, part, document, message))
        if not items:
            raise Refusal(Reason.MISSING_FIELD, "the message holds none of the values that the mapping names")
        # Only a device that brought something is taken up: else garbage on a new topic would fill the register.
        if any(isinstance(item, Reading) for item in items) and self._register.is_news(device):
            items.insert(0, device)
        return items

    def _part(
        self, plan: _Plan, names: dict[str, str], device_id: str, part: object, document: object, message: Message
    ) -> Iterator[Item]:
        try:
            at_ms = self._at_ms(plan, part, document, message)
        except Refusal as refusal:
            yield rejected(refusal, message)
            return
        for metric, raw, linear in _values(plan, names, part):
            try:
                value = _number(raw, metric, linear)
                if metric not in self._metrics:
                    raise Refusal(Reason.UNKNOWN_METRIC, f"{metric[:48]!r} is no metric of this city")
            except Refusal as refusal:
                yield rejected(refusal, message)
            else:
                yield Reading(device_id, metric, at_ms, value, message.received_ms)

    def _at_ms(self, plan: _Plan, part: object, document: object, message: Message) -> int:
        if plan.time is None:
            return self._receipt(message)
        raw = pick(part, plan.time)
        if raw is MISSING:
            raw = pick(document, plan.time)
        if raw is MISSING or raw is None:
            if plan.mapping.time_required:
                raise Refusal(Reason.MISSING_FIELD, f"no time at {plan.time.text!r}")
            return self._receipt(message)
        return said_time(plan.time.text, raw, plan.mapping.time_form, self._zone)

    def _receipt(self, message: Message) -> int:
        if self._counted[0] is not message:  # asked once: all parts of a message came at one moment
            self._counted = message, self._receipt_ms(message)
        return self._counted[1]


def _received_ms(message: Message) -> int:
    return message.received_ms


def _plan(mapping: TopicMapping, metrics: Mapping[str, Metric]) -> _Plan:
    def path(text: str | None) -> Path | None:
        return None if text is None else compile_path(text)

    return _Plan(
        mapping,
        compile_topic(mapping.pattern),
        tuple(_Pick(m.metric, compile_path(m.path), _linear(m, metrics)) for m in mapping.metrics),
        path(mapping.each),
        path(mapping.values),
        path(mapping.metric),
        path(mapping.value),
        path(mapping.time),
        path(mapping.identity),
    )


def _linear(mapping: MetricMapping, metrics: Mapping[str, Metric]) -> Linear:
    metric = metrics.get(mapping.metric)
    if metric is None:
        raise ValueError(f"metric {mapping.metric!r} is not one of this city; known are {', '.join(sorted(metrics))}")
    # Values are kept in the base unit of what is shown: a ratio for %, seconds for hours.
    scale, offset = (1.0, 0.0) if mapping.unit is None else conversion(mapping.unit, unit_of(metric.unit).base)
    return mapping.scale * scale, mapping.offset * scale + offset


def _device_id(plan: _Plan, names: dict[str, str], document: object) -> str:
    device_id = names.get("device", "")
    if not is_device_id(device_id):
        raise Refusal(Reason.TOPIC, "the device in the topic must be 1 to 64 letters, digits or _ . : -")
    if plan.identity is not None:
        said = pick(document, plan.identity)
        if said is not MISSING and said != device_id:
            raise Refusal(Reason.TOPIC, f"the payload names another device at {plan.identity.text!r} than the topic")
    return device_id


def _parts(plan: _Plan, document: object) -> list[object]:
    if plan.each is None:
        return [document]
    parts = pick(document, plan.each)
    if not isinstance(parts, list):
        raise Refusal(Reason.MISSING_FIELD, f"no list at {plan.each.text!r}")
    if len(parts) > MAX_EACH:
        raise Refusal(Reason.OVERSIZED, f"{len(parts)} entries at {plan.each.text!r}, at most {MAX_EACH} are accepted")
    return parts


def _values(plan: _Plan, names: dict[str, str], part: object) -> Iterator[tuple[str, object, Linear]]:
    """(metric, raw value, conversion) in each of the ways a mapping may find them; not measured ones are left out."""
    for chosen in plan.picks:
        raw = pick(part, chosen.path)
        if raw is not MISSING:
            yield chosen.metric, raw, chosen.linear
    if plan.values is not None:
        found = pick(part, plan.values)
        if isinstance(found, dict):
            yield from ((metric, raw, (1.0, 0.0)) for metric, raw in found.items())
    if plan.value is not None:
        raw = pick(part, plan.value)
        name = names.get("metric") if plan.metric is None else pick(part, plan.metric)
        if raw is not MISSING and isinstance(name, str):
            yield name, raw, (1.0, 0.0)


def _number(raw: object, metric: str, linear: Linear) -> float | None:
    try:
        number = to_number(raw)
        return None if number is None else to_number(number * linear[0] + linear[1])
    except NotANumber as error:
        raise Refusal(Reason.NOT_A_NUMBER, f"{metric[:48]}: {error}") from error


def rejected(refusal: Refusal, message: Message) -> Rejected:
    return Rejected(refusal.reason, refusal.detail, message.topic[:512], message.payload)
