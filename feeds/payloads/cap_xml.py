"""CAP 1.2 as XML (OASIS Common Alerting Protocol): the messages of a document as trees of plain elements.

Document types and entities are refused altogether: CAP needs none, and a small one can unpack to gigabytes.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from brain.model.reason import Reason
from feeds.payloads.refusal import Refusal

NAMESPACES = tuple(f"urn:oasis:names:tc:emergency:cap:1.{n}" for n in (2, 1, 0))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# What the parser does not read by itself; 中国 senders still write them.
_MANY_BYTES = ("gb2312", "gbk", "gb18030", "big5")


def read_messages(data: bytes) -> list[Element]:
    """The alert elements of a document, itself or wherever they stand within it. Raises Refusal."""
    try:
        root = ElementTree.fromstring(_readable(data), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        detail = "the document declares a DTD or entities, which CAP does not need; they are not read"
        raise Refusal(Reason.MALFORMED, detail) from error
    except ParseError as error:
        line, column = error.position
        reason, fault = _fault(data)
        raise Refusal(reason, f"{fault}: line {line}, column {column + 1}") from error
    except (LookupError, ValueError) as error:  # a character set the parser does not know
        raise Refusal(Reason.ENCODING, "the declared character set is not known; send UTF-8") from error
    found = [element for element in root.iter() if _tag(element) == "alert" and _is_cap(element)]
    if not found:
        raise Refusal(Reason.MALFORMED, f"no CAP alert in it (namespace {NAMESPACES[0]})")
    return found


def text(element: Element, name: str) -> str:
    """The text of the first child of this name, on one line; "" where there is none."""
    return next(texts(element, name), "")


def texts(element: Element, name: str) -> Iterator[str]:
    for child in children(element, name):
        yield " ".join((child.text or "").split())


def children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) == name)


def pairs(element: Element, name: str) -> list[tuple[str, str]]:
    """(valueName, value) of parameters, event codes or geocodes."""
    return [(text(child, "valueName"), text(child, "value")) for child in children(element, name)]


def _charset(data: bytes) -> str:
    declared = _DECLARED.match(data[:200])
    return declared[1].decode().lower() if declared else "utf-8"


def _fault(data: bytes) -> tuple[Reason, str]:
    charset = _charset(data)
    try:
        data.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return Reason.ENCODING, f"not in the character set it declares ({charset})"
    return Reason.MALFORMED, "not XML"


def _readable(data: bytes) -> bytes | str:
    charset = _charset(data)
    if charset not in _MANY_BYTES:
        return data
    try:
        return data.decode("gb18030" if charset.startswith("gb") else charset)
    except UnicodeDecodeError as error:
        detail = f"not in the character set it declares ({charset}): byte {error.start + 1}"
        raise Refusal(Reason.ENCODING, detail) from error


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_cap(element: Element) -> bool:
    return str(element.tag).removeprefix("{").rpartition("}")[0] in NAMESPACES
