"""The part of Sparkplug B's payload that is read: metrics with their values, and what a birth says of them.

Field numbers and types from the Sparkplug specification 3.0 (section 6, Payloads); what is left out (templates, data
sets, metadata) stays unknown to protobuf, which skips it.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from brain.model.reason import Reason
from feeds.payloads.refusal import Refusal

_PACKAGE = "citybrain.sparkplug"
_TYPES = {
    "u32": FieldDescriptorProto.TYPE_UINT32,
    "u64": FieldDescriptorProto.TYPE_UINT64,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "text": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
}
_VALUES = ("int_value u32", "long_value u64", "float_value float", "double_value double", "boolean_value bool")
# message -> fields as "name type number"; * is repeated, | is one of the values.
_MESSAGES = {
    "Payload": ("timestamp u64 1", "metrics *Metric 2", "seq u64 3", "uuid text 4", "body bytes 5"),
    "Metric": (
        "name text 1",
        "alias u64 2",
        "timestamp u64 3",
        "datatype u32 4",
        "is_historical bool 5",
        "is_transient bool 6",
        "is_null bool 7",
        "properties PropertySet 9",
        *(f"|{value} {number}" for number, value in enumerate(_VALUES, 10)),
        "|string_value text 15",
        "|bytes_value bytes 16",
    ),
    "PropertySet": ("keys *text 1", "values *PropertyValue 2"),
    "PropertyValue": (
        "type u32 1",
        "is_null bool 2",
        *(f"|{value} {number}" for number, value in enumerate(_VALUES, 3)),
        "|string_value text 8",
    ),
}


def _message_class() -> Any:
    file = FileDescriptorProto(name="citybrain/sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if any(field.startswith("|") for field in fields):
            message.oneof_decl.add(name="value")
        for field in fields:
            title, kind, number = field.lstrip("|").split()
            repeated, kind = kind.startswith("*"), kind.lstrip("*")
            added = message.field.add(name=title, number=int(number))
            added.label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
            if kind in _TYPES:
                added.type = _TYPES[kind]
            else:
                added.type, added.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            if field.startswith("|"):
                added.oneof_index = 0
    pool = DescriptorPool()
    pool.Add(file)  # type: ignore[no-untyped-call]
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))  # type: ignore[no-untyped-call]


Payload = _message_class()
"""The protobuf class; tests make payloads of it."""

# Section 6.4.16, data types: the signed ones come in unsigned fields as two's complement.
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}


def decoded(payload: bytes) -> Any:
    """Raises Refusal."""
    try:
        return Payload.FromString(payload)
    except DecodeError as error:
        raise Refusal(Reason.MALFORMED, "no Sparkplug B payload (protobuf)") from error


def value_of(metric: Any, datatype: int) -> object:
    """The value of a metric or property; None for null and for what is not read (data sets, templates)."""
    kind = metric.WhichOneof("value")
    if metric.is_null or kind is None:
        return None
    value = getattr(metric, kind)
    bits = _SIGNED_BITS.get(datatype)
    if bits is not None and kind in ("int_value", "long_value"):
        value &= (1 << bits) - 1
        return value - (1 << bits) if value >> (bits - 1) else value
    return value if isinstance(value, (bool, int, float, str)) else None


def unit_of_metric(metric: Any) -> str:
    """What its property `engUnit` (as the specification has it) or `unit` says."""
    for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
        if key.lower() in ("engunit", "unit") and value.WhichOneof("value") == "string_value":
            return str(value.string_value)
    return ""
