"""Answers of a GeoReport v2 host (Open311), JSON or XML, as plain records: key -> text, number or None.

Real hosts and the standard's own examples write codes as numbers with leading zeros, which is no JSON: they are read as
the texts they are. An error may come with status 200, even with a line of HTTP before it.
Source: https://wiki.open311.org/GeoReport_v2/
"""

import re
from typing import Any
from xml.etree.ElementTree import ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from brain.feed import BadPayload, Refused, Unavailable

_STATUS_LINE = re.compile(rb"\s*HTTP/\d(?:\.\d)? (\d{3})[^\n]*\n\s*")
_LEADING_ZERO = re.compile(r'"(?:\\.|[^"\\])*"|(?<![\w.+-])(0\d{1,31})(?![\w.])')
_LISTS = ("service_requests", "requests", "services")


def read_records(body: bytes, name: str, form: str) -> list[Any]:
    """The records of an answer; `name` is for reports, `form` json or xml. Raises Refused, Unavailable, BadPayload."""
    line = _STATUS_LINE.match(body)
    code = int(line[1]) if line else None
    content = body[line.end() :] if line else body
    found = _xml(content, name) if form == "xml" else _json(content, name)
    if code is not None and code >= 400 and not isinstance(found, _Told):
        found = _Told(str(code), "")
    if isinstance(found, _Told):
        raise found.as_error(name, code)
    return found


class _Told:
    """An error as the host tells it: its code and its words."""

    def __init__(self, code: str, words: str) -> None:
        self._code, self._words = code, words

    def as_error(self, name: str, line: int | None) -> Exception:
        code = int(self._code) if self._code.isascii() and self._code.isdecimal() else line or 0
        said = f"{name}: the host says {code or 'no'}: {self._words[:160]}".rstrip(": ")
        if code in (401, 403, 404):
            return Refused(f"{said}; check jurisdiction_id, http.url and the key")
        return Unavailable(said) if code in (408, 429) or code >= 500 else BadPayload(said)


def _json(content: bytes, name: str) -> list[Any] | _Told:
    try:
        found = _loaded(content)
    except orjson.JSONDecodeError as error:
        raise BadPayload(
            f"{name}: not JSON: {error.msg.split(':')[0]}, character {error.pos + 1}; is format right?"
        ) from error
    if isinstance(found, dict):
        found = next((found[key] for key in (*_LISTS, "errors") if isinstance(found.get(key), list)), [found])
    if not isinstance(found, list):
        raise BadPayload(f"{name}: no list of records; is http.url the base of GeoReport v2?")
    first = found[0] if found and isinstance(found[0], dict) else {}
    if {"code", "description"} <= set(first) and "service_code" not in first:
        return _Told(str(first["code"]), str(first["description"]))
    return found


def _loaded(content: bytes) -> Any:
    """With codes such as 006 as texts where that alone keeps it from being JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        text = content.decode("utf-8", "replace")
        mended = _LEADING_ZERO.sub(lambda found: f'"{found[1]}"' if found[1] else found[0], text)
        if mended == text:
            raise
        return orjson.loads(mended)


def _xml(content: bytes, name: str) -> list[Any] | _Told:
    try:
        root = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise BadPayload(f"{name}: not XML, line {line}, character {column + 1}; is format right?") from error
    except (DefusedXmlException, ValueError) as error:
        raise BadPayload(f"{name}: XML with a document type or entities is not read") from error
    tag = _tag(root)
    if tag in ("error", "errors"):
        first = next((part for part in root if _tag(part) == "error"), root)
        told = _fields(first)
        return _Told(str(told.get("code") or ""), str(told.get("description") or (root.text or "").strip()))
    if tag not in _LISTS:
        raise BadPayload(f"{name}: <{tag[:40]}> is no list of requests or services; is http.url right?")
    return [_fields(part) for part in root]


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _fields(element: Any) -> dict[str, str | None]:
    """The texts below an element; what is empty is None."""
    return {_tag(part): (part.text or "").strip() or None for part in element if len(part) == 0}
