"""Readings of network, cloud and security posture from Prometheus: expressions asked of its API (instant queries), or
samples picked from a page in the text exposition format."""

import math
from collections.abc import Iterator
from typing import Any, Self

import orjson
from prometheus_client.parser import text_string_to_metric_families
from pydantic import Field, model_validator

from brain.feed import BadPayload, FeedContext, FeedError, FeedSettings, Item, Refused, Rejected, Unavailable
from brain.model.reason import Reason
from feeds.payloads.hand_on import hand_on
from feeds.payloads.http_fetch import Fetcher
from feeds.payloads.http_pages import with_parameter
from feeds.payloads.http_source import HttpSource, shown
from feeds.payloads.prometheus_series import Series, SeriesMapping, SeriesReader
from feeds.payloads.record_readings import NewDevices

MODE = "pull"
INPUT = "readings"

_EXPOSITION = "text/plain;version=0.0.4"


class Query(SeriesMapping):
    """One expression; each series of its answer is a reading."""

    query: str = Field(min_length=1, description="PromQL expression, such as avg by (instance) (up).")


class Sample(SeriesMapping):
    """One sample name of an exposition page."""

    name: str = Field(min_length=1, description="Name of the sample, such as probe_success.")
    labels: dict[str, str] = Field(default={}, description="Labels that it must have; others are passed over.")


class Settings(FeedSettings):
    http: HttpSource = Field(description="Address of Prometheus itself, or with samples that of the page.")
    queries: tuple[Query, ...] = Field(default=(), description="Expressions to ask.")
    samples: tuple[Sample, ...] = Field(default=(), description="Or: samples to pick from an exposition page.")
    device: NewDevices = Field(default=NewDevices(), description="What to do about unknown devices.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.queries) == bool(self.samples):
            raise ValueError("needs either queries or samples | keep one of them")
        return self


def run(settings: Settings, ctx: FeedContext) -> None:
    """A query that fails does not keep the others; the first failure is raised after them."""
    reader = SeriesReader(settings.device, ctx, settings.simulated)
    fetcher = Fetcher(settings.http)
    if settings.samples:
        hand_on(ctx, parse_page(fetcher.get(settings.http.url, accept=_EXPOSITION).body or b"", settings, reader))
        return
    failures: list[FeedError] = []
    for number, query in enumerate(settings.queries):
        try:
            body = fetcher.get(_address(settings.http.url, query.query)).body or b""
            hand_on(ctx, parse_answer(body, query, f"queries[{number}]", reader))
        except Refused as error:
            failures.append(Refused(f"queries[{number}]: {error} and the expression", why=error.why))
        except FeedError as error:
            failures.append(error)
        if ctx.stopping.is_set():
            return
    if failures:
        raise failures[0]


def _address(base: str, query: str) -> str:
    return with_parameter(f"{base.rstrip('/')}/api/v1/query", "query", query)


def parse_answer(body: bytes, query: Query, place: str, reader: SeriesReader) -> Iterator[Item]:
    """Readings of one answer of /api/v1/query. Raises BadPayload, and Unavailable where the server gave up."""
    return reader.read(query, _series(_data(body, place), place), place)


def _data(body: bytes, place: str) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPayload(f"{place}: not JSON: character {error.pos + 1}; is http.url that of Prometheus?") from error
    if isinstance(answer, dict) and answer.get("status") == "error":
        said = f"{place}: {str(answer.get('errorType'))[:40]}: {str(answer.get('error'))[:200]}"
        if answer.get("errorType") in ("timeout", "canceled", "unavailable"):
            raise Unavailable(said)
        raise BadPayload(f"{said}; mend the expression")
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or answer.get("status") != "success":
        raise BadPayload(f"{place}: not an answer of /api/v1/query; is http.url that of Prometheus?")
    return data


def _series(data: dict[str, Any], place: str) -> Iterator[Series]:
    kind, result = data.get("resultType"), data.get("result")
    if kind == "scalar" and isinstance(result, list):
        yield _sample({}, result, place)
    elif kind == "vector" and isinstance(result, list):
        for each in result:
            if not isinstance(each, dict):
                raise BadPayload(f"{place}: a series that is no object")
            if "value" in each:  # a native histogram is no single number
                yield _sample(each.get("metric"), each["value"], place)
    else:
        raise BadPayload(f"{place}: answers with a {str(kind)[:20]}; write an expression that gives an instant vector")


def _sample(labels: Any, pair: Any, place: str) -> Series:
    try:
        at_s, text = pair
        named = {str(name): str(value) for name, value in (labels or {}).items()}
        return Series(named, round(float(at_s) * 1000), _value(text))
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadPayload(f"{place}: a series without labels, time and value") from error


def _value(text: Any) -> float | None:
    """NaN (among them the marker of a series that went stale) and infinity say that there is no good value."""
    number = float(text)
    return number if math.isfinite(number) else None


def parse_page(body: bytes, settings: Settings, reader: SeriesReader) -> Iterator[Item]:
    """Readings of a page in the text exposition format. Raises BadPayload."""
    place = shown(settings.http.url)
    try:
        families = list(text_string_to_metric_families(body.decode("utf-8")))
    except Exception as error:  # the parser raises whatever its slicing comes upon
        detail = f"not the text exposition format ({type(error).__name__}); is http.url that of the page?"
        raise BadPayload(f"{place}: {detail}") from error
    found = [sample for family in families for sample in family.samples]
    for number, wanted in enumerate(settings.samples):
        chosen = [
            Series(dict(each.labels), _stamp(each.timestamp, reader.now_ms), _value(each.value))
            for each in found
            if each.name == wanted.name and wanted.labels.items() <= each.labels.items()
        ]
        if not chosen:
            detail = f"the page has no {wanted.name} with these labels; see samples[{number}]"
            yield Rejected(Reason.MISSING_FIELD, detail, place)
        yield from reader.read(wanted, chosen, f"samples[{number}]")


def _stamp(timestamp: Any, now_ms: int) -> int:
    """Most samples carry none: they are of the moment they are asked for."""
    return now_ms if timestamp is None else round(float(timestamp) * 1000)
