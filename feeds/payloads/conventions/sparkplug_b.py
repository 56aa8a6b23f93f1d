"""Sparkplug B: `spBv1.0/<group>/<type>/<node>[/<device>]`, births that name metrics, data that may only number them.

Specification 3.0, sections 4 to 6. A number missing in `seq`, or data before a birth, is a gap: it is counted by name
and, where `rebirth` says so, the node is asked to say everything anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from pydantic import Field

from feeds.payloads.convention import (
    Announced,
    Arrived,
    ConventionSettings,
    Gap,
    Heard,
    Measured,
    Name,
    Present,
    TopicBase,
    Value,
)
from feeds.payloads.said_time import said_time
from feeds.payloads.sparkplug_message import Payload, decoded, unit_of_metric, value_of
from feeds.payloads.times import TimeForm
from feeds.payloads.topic_base import Below

_MOST_NODES = 20_000
_MOST_ALIASES = 20_000  # of one node
_BOOLEAN = 11
_TYPES = ("NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH")
_CONTROLS = ("Node Control/", "Device Control/")


class Settings(ConventionSettings):
    usual_prefix = "spb"

    base: TopicBase = Field(default="spBv1.0", description="Namespace in topics; may hold {area}.")
    rebirth: bool = Field(default=True, description="Ask a node for a new birth after a gap (writes an NCMD).")


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    datatype: int
    unit: str


@dataclass(slots=True)
class _Node:
    born: bool = False
    seq: int = -1
    birth: int | None = None  # bdSeq of the birth, which its death must name
    aliases: dict[tuple[str, int], _Metric] = field(default_factory=dict)  # (device or "", alias)
    named: dict[tuple[str, str], _Metric] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Address:
    area: str | None
    group: str
    kind: str
    node: str
    device: str

    @property
    def name(self) -> Name:
        return self.of(self.device)

    def of(self, device: str) -> Name:
        return Name((self.group, self.node, device) if device else (self.group, self.node), self.area)


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._below = Below(settings.base)
        self._rebirth = settings.rebirth
        self._zone = zone
        self._nodes: dict[Name, _Node] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        node = (f"{self._below.filter}/+/{kind}/+" for kind in _TYPES if kind[0] == "N")
        device = (f"{self._below.filter}/+/{kind}/+/+" for kind in _TYPES if kind[0] == "D")
        return (*node, *device)

    def takes(self, topic: str) -> bool:
        return self._find(topic) is not None

    def _find(self, topic: str) -> _Address | None:
        area, rest = self._below.read(topic) or (None, "")
        levels = rest.split("/")
        if len(levels) not in (3, 4) or levels[1] not in _TYPES or not all(levels):
            return None
        if (levels[1][0] == "D") != (len(levels) == 4):
            return None
        return _Address(area, levels[0], levels[1], levels[2], levels[3] if len(levels) == 4 else "")

    def read(self, message: Arrived) -> Iterator[Heard]:
        address = self._find(message.topic)
        if address is None:
            return
        payload = decoded(message.payload)
        node = self._node(address)
        if node is None:
            yield Gap("more nodes than are kept")
            return
        if address.kind == "NDEATH":
            yield from self._node_death(address, node, payload)
            return
        if address.kind == "NBIRTH":
            self._begin(node, payload)
        else:
            yield from self._in_turn(address, node, payload, message)
        if address.kind in ("NBIRTH", "DBIRTH"):
            yield from self._birth(address, node, payload)
        elif address.kind == "DDEATH":
            yield Present(address.name, False)
        if address.kind != "DDEATH":
            yield from self._values(address, node, payload)

    def _node(self, address: _Address) -> _Node | None:
        name = address.of("")
        known = self._nodes.get(name)
        if known is None and len(self._nodes) < _MOST_NODES:
            known = self._nodes[name] = _Node()
        return known

    def _begin(self, node: _Node, payload: Any) -> None:
        node.born, node.seq = True, int(payload.seq)
        node.birth = next((int(m.long_value or m.int_value) for m in payload.metrics if m.name == "bdSeq"), None)
        node.aliases.clear()
        node.named.clear()
        node.devices.clear()

    def _in_turn(self, address: _Address, node: _Node, payload: Any, message: Arrived) -> Iterator[Heard]:
        """What was not heard: a birth, or messages between the last one and this."""
        ask = self._ask(address, message) if self._rebirth else None
        if not node.born:
            yield Gap("data before a birth", ask)
        elif payload.HasField("seq"):
            if int(payload.seq) != (node.seq + 1) % 256:
                yield Gap("numbers missing in seq", ask)
            node.seq = int(payload.seq)
        if address.kind == "DDATA" and node.born and address.device not in node.devices:
            yield Gap("device data before a birth", ask)

    def _ask(self, address: _Address, message: Arrived) -> tuple[str, bytes]:
        """Node Control/Rebirth, section 6.4.21: any host may ask."""
        wish = Payload()
        wish.timestamp = message.counts_ms()
        metric = wish.metrics.add()
        metric.name, metric.datatype, metric.boolean_value = "Node Control/Rebirth", _BOOLEAN, True
        head = message.topic.split(f"/{address.group}/{address.kind}/", 1)[0]
        return f"{head}/{address.group}/NCMD/{address.node}", wish.SerializeToString()

    def _node_death(self, address: _Address, node: _Node, payload: Any) -> Iterator[Heard]:
        """A death of an earlier session, told late by the broker, is none."""
        said = next((int(m.long_value or m.int_value) for m in payload.metrics if m.name == "bdSeq"), None)
        if node.born and said is not None and node.birth is not None and said != node.birth:
            return
        node.born = False
        for device in ("", *sorted(node.devices)):
            yield Present(address.of(device), False)

    def _birth(self, address: _Address, node: _Node, payload: Any) -> Iterator[Heard]:
        if address.device:
            node.devices.add(address.device)
        found = []
        for metric in payload.metrics[:_MOST_ALIASES]:
            known = _Metric(metric.name, metric.datatype, unit_of_metric(metric))
            node.named[address.device, metric.name] = known
            if metric.HasField("alias") and len(node.aliases) < _MOST_ALIASES:
                node.aliases[address.device, metric.alias] = known
            found.append(Value(known.name, None, known.unit, short=known.name.rsplit("/", 1)[-1]))
        yield Announced(address.name, tuple(found))
        yield Present(address.name, True)

    def _values(self, address: _Address, node: _Node, payload: Any) -> Iterator[Heard]:
        values, unnamed = [], 0
        born = node.born and (not address.device or address.device in node.devices)
        for metric in payload.metrics:
            known = node.named.get((address.device, metric.name)) if metric.name else None
            if not metric.name and metric.HasField("alias"):
                known = node.aliases.get((address.device, metric.alias))
            name = metric.name or (known.name if known else "")
            if not name:
                unnamed += 1
            elif name != "bdSeq" and not name.startswith(_CONTROLS):
                datatype = metric.datatype or (known.datatype if known else 0)
                unit, short = known.unit if known else "", name.rsplit("/", 1)[-1]
                at_ms = self._ms(metric.timestamp) if metric.HasField("timestamp") else None
                awaited = known is None and not born
                values.append(Value(name, value_of(metric, datatype), unit, "", short, at_ms, awaited))
        if unnamed:
            yield Gap("metrics without a name that a birth gave")
        if values:
            yield Measured(address.name, tuple(values), self._ms(payload.timestamp) if payload.timestamp else None)

    def _ms(self, said: int) -> int:
        return said_time("timestamp", said, TimeForm.MILLISECONDS, self._zone)
