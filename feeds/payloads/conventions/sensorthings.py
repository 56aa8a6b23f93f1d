"""OGC SensorThings: `v1.1/Datastreams(5)/Observations`, as FROST and others publish them.

OGC 18-088, clause 14. Servers take no wildcards in topics, so the stanza names the datastreams; each is a device, since
the topic names it and nothing else.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Annotated

from pydantic import AfterValidator, Field

from brain.feed import MetricId
from brain.model.reason import Reason
from feeds.payloads.convention import About, Arrived, ConventionSettings, Heard, Measured, Name, TopicBase, Value
from feeds.payloads.json_document import inner, json_object, words
from feeds.payloads.refusal import Refusal
from feeds.payloads.said_time import said_time
from feeds.payloads.times import TimeForm

_ID = re.compile(r"\d{1,18}|'[^'/+#]{1,60}'")


def _checked(datastreams: Mapping[str, str]) -> Mapping[str, str]:
    for name in datastreams:
        if not _ID.fullmatch(name):
            raise ValueError(f"{name!r} is no id of a datastream | write 5, or \"'abc'\" for a text in quotes")
    return datastreams


class Settings(ConventionSettings):
    usual_prefix = "sta"

    base: TopicBase = Field(default="v1.1", description="The service's root in topics.")
    datastreams: Annotated[Mapping[str, MetricId], AfterValidator(_checked)] = Field(
        min_length=1, description="Datastream's id -> metric of the city. Its unit: units, else that of the datastream."
    )


class Parser:
    def __init__(self, settings: Settings, zone: tzinfo) -> None:
        self._metrics = settings.datastreams
        self._zone = zone
        self._topics: dict[str, tuple[str, bool]] = {}  # topic -> datastream, whether its observations
        for name in settings.datastreams:
            self._topics[f"{settings.base}/Datastreams({name})"] = name, False
            self._topics[f"{settings.base}/Datastreams({name})/Observations"] = name, True
        self._known: dict[str, tuple[str, str]] = {}  # datastream -> unit, name

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(self._topics)

    def takes(self, topic: str) -> bool:
        return topic in self._topics

    def read(self, message: Arrived) -> Iterator[Heard]:
        name, observed = self._topics[message.topic]
        document = json_object(message.payload)
        if not observed:
            self._known[name] = words(document, "unitOfMeasurement", "symbol"), words(document, "name")
            return
        if "result" not in document:
            raise Refusal(Reason.MISSING_FIELD, "an observation without result")
        said = inner(document, "Datastream", "@iot.id")
        if said is not None and str(said) != name.strip("'"):
            raise Refusal(Reason.TOPIC, "the observation names another datastream than the topic")
        unit, title = self._known.get(name, ("", ""))
        awaited = name not in self._known
        value = Value(self._metrics[name], document["result"], unit, short=name, unit_awaited=awaited)
        device = Name(("Datastreams", name.strip("'")))
        yield Measured(device, (value,), self._at_ms(document), About(title or f"Datastreams({name})"))

    def _at_ms(self, document: dict[str, object]) -> int | None:
        """Of the phenomenon, its end where it is an interval; else that of the result, else of receipt."""
        said = words(document, "phenomenonTime") or words(document, "resultTime")
        if not said:
            return None
        return said_time("phenomenonTime", said.rsplit("/", 1)[-1], TimeForm.ISO, self._zone)
