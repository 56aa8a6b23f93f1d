"""JSON as devices send it, or the named reason why it is none."""

import re

import orjson

from brain.model.reason import Reason
from feeds.payloads.refusal import Refusal

_NOT_FINITE = re.compile(rb"(?<![\w\"])-?(?:NaN|Infinity|Inf|nan|inf)(?![\w\"])")


def decode_refusal(payload: bytes, error: orjson.JSONDecodeError) -> Refusal:
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as bad:
        return Refusal(Reason.ENCODING, f"byte {bad.start + 1} is not UTF-8; send JSON in UTF-8")
    if "depth" in error.msg:
        return Refusal(Reason.TOO_DEEP, "more than 1024 levels of nesting")
    if _NOT_FINITE.search(payload) or "infinity" in error.msg:
        return Refusal(Reason.NOT_A_NUMBER, f"NaN or Infinity is no JSON number: character {error.pos + 1}; send null")
    return Refusal(Reason.MALFORMED, f"not JSON: {error.msg.split(':')[0]}, character {error.pos + 1}")


def json_document(payload: bytes) -> object:
    """Raises Refusal."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise decode_refusal(payload, error) from error


def json_object(payload: bytes) -> dict[str, object]:
    """Raises Refusal for anything that is not an object."""
    document = json_document(payload)
    if not isinstance(document, dict):
        raise Refusal(Reason.MALFORMED, "JSON, but no object {...}")
    return document


def inner(document: object, *keys: str) -> object:
    """The value at nested keys of objects, None where there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def words(document: object, *keys: str) -> str:
    """The text at nested keys, "" where there is none."""
    found = inner(document, *keys)
    return found if isinstance(found, str) else ""


def number(document: object, *keys: str) -> float | None:
    """The number at nested keys, None where there is none."""
    found = inner(document, *keys)
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None
