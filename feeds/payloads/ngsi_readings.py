"""From entities of a context broker to readings, as the `types` of config.yaml say."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field

from brain.feed import BadPayload, FeedContext, Item, MetricId, Rejected
from brain.model.reading import Metric
from brain.model.reason import Reason
from feeds.payloads.json_mapping import Stanza
from feeds.payloads.json_readings import MAX_EACH
from feeds.payloads.ngsi_attributes import NULL, Attribute, Entity, entity_of
from feeds.payloads.numbers import NotANumber
from feeds.payloads.record_readings import NewDevices, Record, Records, in_base, to_base
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm
from feeds.payloads.unit_codes import CEFACT

_URN = "urn:ngsi-ld:"
_ONE = "C62"  # a plain number


class AttributeMapping(Stanza):
    """One attribute that is measured."""

    attribute: str = Field(min_length=1, description="Its name, such as pm25; without the @context's address.")
    metric: MetricId = Field(description="Metric of the city.")
    unit: str | None = Field(default=None, description="Unit where the entity gives no unitCode; empty: as kept.")
    words: dict[str, float] = Field(default={}, description="Number of a word, such as occupied: 1.")


class TypeMapping(Stanza):
    """Entities of one type."""

    type: str = Field(min_length=1, description="Type, such as AirQualityObserved; without the @context's address.")
    attributes: tuple[AttributeMapping, ...] = Field(min_length=1, description="What is measured.")
    device: str = Field(default="", description="Attribute with the device's id, such as refDevice; empty: the id.")
    kind: str = Field(default="", description="Kind of new devices of this type; empty: device.kind.")


class EntityReader:
    """Lives as long as its feed or its pull: it remembers which devices it took up."""

    def __init__(self, types: Sequence[TypeMapping], devices: NewDevices, ctx: FeedContext, simulated: bool) -> None:
        self._types = {mapping.type: mapping for mapping in types}
        self._metrics = ctx.metrics
        self._zone: tzinfo = ZoneInfo(ctx.tz)
        self._records = Records(devices, ctx, simulated)

    def read(self, document: object, place: str) -> Iterator[Item]:
        raw = orjson.dumps(document)
        try:
            yield from self._entity(document, place, raw)
        except Refusal as refusal:
            yield Rejected(refusal.reason, refusal.detail, place, raw)

    def _entity(self, document: object, place: str, raw: bytes) -> Iterator[Item]:
        entity = entity_of(document)
        if entity is None:
            raise Refusal(Reason.MALFORMED, "no entity: it has no id or no type")
        mapping = self._types.get(entity.type)
        if mapping is None:
            raise Refusal(
                Reason.BAD_FIELD, f"type {entity.type[:64]!r} is not among types: add it, or subscribe to less"
            )
        by_time: dict[int, dict[str, object]] = defaultdict(dict)
        refused = False
        for wanted in mapping.attributes:
            attribute = entity.attributes.get(wanted.attribute)
            if attribute is None or attribute.value == NULL:
                continue
            try:
                value = self._value(wanted, attribute)
                by_time[self._at_ms(wanted, attribute, entity)][wanted.metric] = value
            except Refusal as refusal:
                refused = True
                yield Rejected(refusal.reason, refusal.detail, place, raw)
        if not by_time and not refused:
            raise Refusal(Reason.MISSING_FIELD, f"the entity of type {entity.type} has none of the listed attributes")
        device_id = (entity.text(mapping.device) if mapping.device else entity.id).removeprefix(_URN)
        lon, lat = entity.place() or (None, None)
        for at_ms, values in sorted(by_time.items()):
            name = entity.text("name")
            record = Record(device_id, at_ms, values, place, mapping.kind, name, lon, lat, raw)
            yield from self._records.read(record)

    def _value(self, wanted: AttributeMapping, attribute: Attribute) -> float | None:
        metric: Metric | None = self._metrics.get(wanted.metric)
        if metric is None:
            raise Refusal(Reason.UNKNOWN_METRIC, f"{wanted.metric[:48]!r} is no metric of this city")
        raw = attribute.value
        if isinstance(raw, str) and raw in wanted.words:
            raw = wanted.words[raw]
        code = None if attribute.unit_code == _ONE else attribute.unit_code
        try:
            return in_base(raw, to_base(metric, wanted.unit if code is None else CEFACT.get(code, code)))
        except NotANumber as error:
            raise Refusal(Reason.NOT_A_NUMBER, f"{wanted.attribute}: {error}") from error
        except ValueError as error:
            raise Refusal(Reason.BAD_FIELD, f"{wanted.attribute}: {error}"[:400]) from error

    def _at_ms(self, wanted: AttributeMapping, attribute: Attribute, entity: Entity) -> int:
        said = entity.at() if attribute.at is None else attribute.at
        if said is None:
            detail = (
                f"{wanted.attribute}: neither it nor the entity says when; send observedAt, TimeInstant or dateObserved"
            )
            raise Refusal(Reason.MISSING_FIELD, detail)
        # An interval counts at its end.
        return said_time(wanted.attribute, str(said).rpartition("/")[2], TimeForm.ISO, self._zone)


def entities_of(body: bytes) -> list[object]:
    """The entities of a notification, of a list, or the one. Raises BadPayload."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPayload(f"not JSON in UTF-8: character {error.pos + 1}") from error
    found = document
    if isinstance(document, dict):
        found = document.get("data", document)
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        found = found.get("features")
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise BadPayload("neither a notification with data nor a list of entities")
    if len(found) > MAX_EACH:
        raise BadPayload(f"{len(found)} entities, at most {MAX_EACH} are taken at once")
    return found
