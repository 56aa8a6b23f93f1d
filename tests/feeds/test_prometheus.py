"""Readings from Prometheus: instant queries and exposition pages in the documented forms, whole and broken."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brain.feed import BadPayload, Item, Refused, Unavailable
from brain.model.reading import Device, Metric
from brain.model.reason import Reason, Why
from feeds.prometheus import Settings, run
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.web import LOCAL, Asked, Reply, web

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "prometheus"
AT_MS = 1_772_161_380_123
DEVICE = {"register_new": True, "kind": "cloud_host", "area": "020", "interval_s": 60}
CPU = {"query": "avg by (instance) (cpu)", "metric": "cpu_ratio", "unit": "%", "device": "host-{instance}"}
UP = {"name": "probe_success", "metric": "line_up_ratio", "device": "{target}", "kind": "network_line"}


def desk() -> Desk:
    made = Desk()
    ours = {name: Metric(name, name, name, "%") for name in ("cpu_ratio", "line_up_ratio")}
    made.facts = replace(made.facts, metrics={**made.facts.metrics, **ours})
    return made


def settings(url: str, **more: Any) -> Settings:
    stanza = {"http": {"url": url, "networks": LOCAL}, "device": DEVICE}
    return Settings.model_validate(stanza | (more or {"queries": [CPU]}))


def pull(body: bytes, made: Desk, status: int = 200, **more: Any) -> list[Item]:
    with web(lambda _: Reply(body, status)) as host:
        run(settings(host.url, **more), made.context("prometheus"))
    return made.items


def replay(path: Path, _: Desk) -> list[Item]:
    """What the feed makes of a recorded answer; the guard of all feeds calls it."""
    more: dict[str, Any] = {"samples": [UP]} if path.suffix == ".prom" else {}
    return pull(path.read_bytes(), desk(), **more)


def test_each_series_is_a_device() -> None:
    found = desk()
    pull((FOLDER / "good" / "vector.json").read_bytes(), found)
    assert [(r.device_id, r.metric, r.at_ms, r.value) for r in found.readings] == [
        ("host-10.1.2.3:9100", "cpu_ratio", AT_MS, pytest.approx(0.415)),
        ("host-10.1.2.4:9100", "cpu_ratio", AT_MS, None),  # NaN
        ("host-cloud-vm-7", "cpu_ratio", AT_MS, None),  # +Inf
    ]
    devices = [item for item in found.items if isinstance(item, Device)]
    assert {(d.kind, d.area_id, d.interval_s) for d in devices} == {("cloud_host", "020", 60)}
    assert len(devices) == 3


def test_each_expression_is_asked_of_the_api() -> None:
    found = desk()
    with web(lambda _: Reply(b'{"status":"success","data":{"resultType":"scalar","result":[1772161380,"7"]}}')) as host:
        queries = [CPU | {"device": "all"}, CPU | {"query": 'up{job="a"} > 0', "device": "up"}]
        run(settings(f"{host.url}/prom/", queries=queries), found.context("prometheus"))
    assert [(asked.path, asked.query["query"]) for asked in host.asked] == [
        ("/prom/api/v1/query", "avg by (instance) (cpu)"),
        ("/prom/api/v1/query", 'up{job="a"} > 0'),
    ]
    assert [(r.device_id, r.value) for r in found.readings] == [("all", 0.07), ("up", 0.07)]


def test_a_query_that_fails_does_not_keep_the_others() -> None:
    good = (FOLDER / "good" / "vector.json").read_bytes()

    def answer(asked: Asked) -> Reply:
        return Reply(b"{}", 400) if "(" not in asked.query["query"] else Reply(good)

    found = desk()
    with web(answer) as host, pytest.raises(Refused, match=r"queries\[0\]: .* answers 400; check http.url and the exp"):
        run(settings(host.url, queries=[CPU | {"query": "up{"}, CPU]), found.context("prometheus"))
    assert len(found.readings) == 3


@pytest.mark.parametrize("slow", [Reply(b"", 503), Reply((FOLDER / "broken" / "timeout.json").read_bytes())])
def test_a_query_that_is_too_slow_does_not_keep_the_others(slow: Reply) -> None:
    good = (FOLDER / "good" / "vector.json").read_bytes()
    found = desk()
    queries = [CPU | {"query": "slow"}, CPU, CPU | {"query": "slow too"}]
    with web(lambda asked: Reply(good) if "(" in asked.query["query"] else slow) as host:
        with pytest.raises(Unavailable):
            run(settings(host.url, queries=queries), found.context("prometheus"))
        assert len(host.asked) == 3
    assert len(found.readings) == 3


@pytest.mark.parametrize(
    ("file", "error", "words"),
    [
        ("error.json", BadPayload, "bad_data: invalid parameter .* mend the expression"),
        ("timeout.json", Unavailable, "timeout: query timed out"),
        ("matrix.json", BadPayload, "answers with a matrix; write an expression that gives an instant vector"),
        ("no_value.json", BadPayload, "without labels, time and value"),
        ("login.html", BadPayload, "not JSON"),
    ],
)
def test_an_answer_that_is_none_says_why(file: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pull((FOLDER / "broken" / file).read_bytes(), desk())


def test_two_series_of_one_device_are_not_mixed() -> None:
    found = desk()
    pull((FOLDER / "broken" / "two_series.json").read_bytes(), found)
    assert [(r.device_id, r.value) for r in found.readings] == [("host-a:1", 0.01)]
    assert [item.reason for item in found.rejected] == [Reason.BAD_FIELD, Reason.MISSING_FIELD]


def test_samples_are_picked_from_a_page() -> None:
    found = desk()
    took = {"name": "probe_duration_seconds", "metric": "cpu_ratio", "device": "{target}"}
    limit = {"name": "firewall_sessions_limit", "metric": "cpu_ratio", "device": "{target}"}
    one = UP | {"labels": {"isp": "one"}}
    pull((FOLDER / "good" / "page.prom").read_bytes(), found, samples=[one, took, limit])
    assert [(r.device_id, r.metric, r.at_ms, r.value) for r in found.readings] == [
        ("line-a", "line_up_ratio", NOW_MS, 1.0),
        ("line-a", "cpu_ratio", 1_772_161_379_000, 0.0132),  # the page's own time
        ("fw", "cpu_ratio", NOW_MS, None),
    ]
    kinds = {item.id: item.kind for item in found.items if isinstance(item, Device)}
    assert kinds == {"line-a": "network_line", "fw": "cloud_host"}


def test_a_page_without_a_sample_says_which() -> None:
    found = desk()
    pull(b"go_goroutines 42\n", found, samples=[UP])
    (missing,) = found.rejected
    assert (missing.reason, missing.detail) == (
        Reason.MISSING_FIELD,
        "the page has no probe_success with these labels; see samples[0]",
    )


@pytest.mark.parametrize(
    "body", [b'probe_success{target="line-a" 1\n', b"\xff\xfe", b"probe_success{} x\n", b"<html>\n"]
)
def test_a_page_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match="not the text exposition format"):
        pull(body, desk(), samples=[UP])


def test_a_unit_of_another_quantity_is_told() -> None:
    with pytest.raises(Refused, match=r"queries\[0\]: unit 'cm' cannot be turned into") as told:
        pull((FOLDER / "good" / "vector.json").read_bytes(), desk(), queries=[CPU | {"unit": "cm"}])
    assert told.value.why is Why.SETTINGS


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"queries": [], "samples": []}, "either queries or samples"),
        ({"queries": [CPU], "samples": [UP]}, "either queries or samples"),
        ({"queries": [CPU | {"device": "host-{instance"}]}, "write it like host-"),
        ({"queries": [CPU | {"device": "host/{instance}"}]}, "write it like host-"),
    ],
)
def test_settings_that_cannot_work_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings("http://prometheus.example", **more)
