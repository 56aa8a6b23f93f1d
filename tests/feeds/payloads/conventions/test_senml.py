"""SenML: base values, relative times, sums, and what must be understood."""

from typing import Any

import pytest

from tests.feeds.desk import NOW_MS
from tests.feeds.payloads.conventions.listening import NOW_S, Listening

METRICS = {"temp": "air_temperature_c", "hum": "humidity_ratio"}


def told(pack: Any, **more: Any) -> Listening:
    heard = Listening({"senml": {"metrics": METRICS, **more}})
    heard.told("senml/post-1", pack)
    return heard


def test_base_values_hold_for_what_follows() -> None:
    heard = told(
        [
            {"bn": "urn:dev:ow:10e2:", "bt": NOW_S - 10, "bu": "Cel", "bv": 20, "n": "temp", "v": 1.5},
            {"n": "hum", "u": "%RH", "t": -5, "v": 25},
            {"n": "temp", "t": 5, "v": 2},
            {"n": "label", "vs": "x"},
        ]
    )
    assert heard.readings == [
        ("senml:post-1", "air_temperature_c", 21.5),
        ("senml:post-1", "humidity_ratio", 0.45),
        ("senml:post-1", "air_temperature_c", 22.0),
    ]
    assert [ms // 1000 - NOW_S for ms in heard.times] == [-10, -15, -5]
    assert "senml urn:dev:ow:10e2:label 1" in heard.reader.note


def test_times_below_two_to_the_28_are_relative_to_receipt() -> None:
    heard = told([{"n": "temp", "u": "Cel", "t": -60, "v": 1}, {"n": "temp", "u": "Cel", "v": 2}])
    assert [ms - NOW_MS for ms in heard.times] == [-60_000, 0]


def test_a_name_may_be_whole_or_its_last_part() -> None:
    whole = told([{"bn": "urn:dev:1:temp", "u": "Cel", "v": 1}], metrics={"urn:dev:1:temp": "air_temperature_c"})
    last = told([{"bn": "urn:dev:1:temp", "u": "Cel", "v": 1}])
    assert whole.readings == last.readings == [("senml:post-1", "air_temperature_c", 1.0)]


def test_a_truth_is_a_number_and_a_sum_is_its_own_property() -> None:
    heard = told(
        [{"n": "on", "vb": True}, {"n": "e", "s": 5, "bs": 10, "u": "W"}],
        metrics={"on": "battery_ratio", "e.sum": "light_power_w"},
    )
    assert [(metric, value) for _, metric, value in heard.readings] == [("battery_ratio", 1.0), ("light_power_w", 15.0)]


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ("{", "malformed"),
        ({}, "malformed"),
        ([], "malformed"),
        ([1], "malformed"),
        ([{"v": 1}], "missing_field"),
        ([{"n": "temp", "v": "warm"}], "not_a_number"),
        ([{"n": "temp", "v": 1, "t": True}], "not_a_number"),
        ([{"n": 5, "v": 1}], "bad_field"),
        ([{"bver": 11, "n": "temp", "v": 1}], "bad_field"),
        ([{"n": "temp", "v": 1, "new_": 1}], "bad_field"),
        ([{"n": "temp", "v": 1, "t": 1e15}], "bad_time"),
        ([{"n": "temp", "v": 1}] * 1001, "malformed"),
        ('[{"n": "temp", "v": NaN}]', "not_a_number"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(pack: Any, reason: str) -> None:
    heard = told(pack)
    assert heard.readings == []
    assert [reason for reason, _ in heard.refusals] == [reason]
