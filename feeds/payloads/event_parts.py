"""From a JSON document of a video or AI platform to events, as its shapes say."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import urljoin

import orjson

from brain.feed import BadPayload, Item, Rejected
from brain.model.event import Event
from brain.model.reason import Reason
from feeds.payloads.event_mapping import EventSettings, EventShape, Others, is_listed
from feeds.payloads.json_readings import MAX_EACH
from feeds.payloads.numbers import NotANumber, to_number
from feeds.payloads.paths import MISSING, compile_path, pick
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.ticket_rows import cell_text
from feeds.payloads.topics import is_device_id

_LONGEST_ID, _LONGEST_LINK, _LONGEST_TEXT = 64, 1024, 400


@dataclass(frozen=True, slots=True)
class EventReader:
    """`now_ms` is city time, the moment of receipt."""

    settings: EventSettings
    zone: tzinfo
    now_ms: int

    def read(self, document: object) -> Iterator[Item]:
        """Raises BadPayload for a document that no shape fits."""
        for number, shape in enumerate(self.settings.shapes):
            parts = _parts(shape, document)
            if parts is not None and (not parts or _fits(shape, parts[0])):
                for place, part in enumerate(parts):
                    yield from self._one(shape, part, document, f"shapes[{number}] event {place + 1}")
                return
        tried = "; ".join(f"shapes[{i}] wants {_wants(shape)}" for i, shape in enumerate(self.settings.shapes))
        raise BadPayload(f"no shape fits the body: {tried}"[:480])

    def _one(self, shape: EventShape, part: object, document: object, place: str) -> Iterator[Item]:
        try:
            yield from self._event(shape, part, document, place)
        except Refusal as refusal:
            yield _rejected(refusal.reason, refusal.detail, place, part)

    def _event(self, shape: EventShape, part: object, document: object, place: str) -> Iterator[Item]:
        said = _text(part, shape.kind)
        kind = shape.kinds.get(said)
        if kind is None and shape.others is Others.SKIP:
            return
        if kind is None:
            detail = f"kind {said[:48]!r} is not among kinds: add it there, or set others: skip"
            raise Refusal(Reason.BAD_FIELD, detail)
        device_id = f"{shape.device_prefix}{_text(part, shape.device)}"
        if not is_device_id(device_id):
            raise Refusal(Reason.MISSING_FIELD, f"no camera id at {shape.device!r} that can be one")
        at_ms = self._at_ms(shape, part, document)
        confidence, unsure = _confidence(shape, part)
        picture, unlisted = self._picture(shape, part)
        own_id = _text(part, shape.id)[:_LONGEST_ID]
        text = _text(part, shape.text)[:_LONGEST_TEXT]
        yield Event(device_id, kind, at_ms, own_id, confidence, picture, text, self.now_ms, self.settings.simulated)
        for trouble in (unsure, unlisted):
            if trouble:
                yield _rejected(Reason.BAD_FIELD, f"{trouble}; the event was taken without it", place, part)

    def _at_ms(self, shape: EventShape, part: object, document: object) -> int:
        path = compile_path(shape.time)
        raw = pick(part, path)
        if raw is MISSING or raw is None:
            raw = pick(document, path)
        if raw is MISSING or raw is None:
            raise Refusal(Reason.MISSING_FIELD, f"no time at {shape.time!r}")
        return said_time(shape.time, raw, shape.time_form, self.zone)

    def _picture(self, shape: EventShape, part: object) -> tuple[str, str]:
        """(link, trouble); both may be empty."""
        link = _text(part, shape.picture)
        if not link:
            return "", ""
        if shape.picture_base is not None:
            link = urljoin(shape.picture_base, link)
        if len(link) > _LONGEST_LINK:
            return "", f"the link at {shape.picture!r} is longer than {_LONGEST_LINK} characters"
        if not is_listed(link, self.settings.picture_hosts):
            return "", f"the link at {shape.picture!r} leads to no host of picture_hosts"
        return link, ""


def _parts(shape: EventShape, document: object) -> list[object] | None:
    """None where the shape's list is not there."""
    if shape.each is None:
        return [document]
    found = pick(document, compile_path(shape.each))
    if not isinstance(found, list):
        return None
    if len(found) > MAX_EACH:
        raise BadPayload(f"{len(found)} events at {shape.each!r}, at most {MAX_EACH} are taken at once")
    return found


def _fits(shape: EventShape, part: object) -> bool:
    return all(pick(part, compile_path(path)) is not MISSING for path in (shape.kind, shape.device))


def _wants(shape: EventShape) -> str:
    within = f" in a list at {shape.each!r}" if shape.each is not None else ""
    return f"{shape.kind!r} and {shape.device!r}{within}"


def _confidence(shape: EventShape, part: object) -> tuple[float | None, str]:
    """(0 to 1, trouble)."""
    raw = MISSING if shape.confidence is None else pick(part, compile_path(shape.confidence))
    if raw is MISSING or raw is None or raw == "":
        return None, ""
    try:
        number = to_number(raw)
    except NotANumber as error:
        return None, f"{shape.confidence}: {error}"
    share = None if number is None else number / shape.confidence_full
    if share is None or not 0 <= share <= 1:
        return None, f"the confidence at {shape.confidence!r} is not between 0 and {shape.confidence_full:g}"
    return share, ""


def _text(part: object, path: str | None) -> str:
    found = MISSING if path is None else pick(part, compile_path(path))
    return "" if found is MISSING else cell_text(found)


def _rejected(reason: Reason, detail: str, place: str, part: object) -> Rejected:
    return Rejected(reason, detail, place, orjson.dumps(part), personal=True)
