"""Every mistake of a config is named at once, where it stands, with what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from brain.feed import FeedSettings, MetricId, TicketState
from brain.model.query.shares import By
from brain.settings.cockpits import OWN_PAGES
from brain.settings.problem import SettingsError
from brain.settings.reader import Settings, read_settings


class Part(BaseModel):
    metric: MetricId = Field(default="m")


class MqttSettings(FeedSettings):
    topic: str = Field(default="city/#")
    parts: tuple[Part, ...] = Field(default=())
    states: dict[str, TicketState] = Field(default={})


FEEDS = {"iot_mqtt": MqttSettings}


@dataclass(frozen=True)
class Panel:
    options: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    of: str = ""


PANELS = {
    "city_map": Panel({"colour": "tickets"}, {"colour": "metrics"}),
    "alert_roll": Panel({"rows": 5, "share": 0.5}),
    "ranking": Panel({"by": By.TICKETS}),
    "weather": Panel({"metrics": ()}, {"metrics": "metrics"}),
    "alert_detail": Panel(of="alert_id"),
}


def read(tmp_path: Path, text: str | bytes, **environment: str) -> Settings:
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings(path, environment, FEEDS, PANELS)


def problems(tmp_path: Path, text: str | bytes, **environment: str) -> list[tuple[int | None, str, str, str]]:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text, **environment)
    return [(p.line, p.key, p.message, p.hint) for p in caught.value.problems]


def test_a_city_alone_is_a_config(tmp_path):
    settings = read(tmp_path, "city: zhongshan\n")
    assert settings.config.city == "zhongshan"
    assert settings.config.server.port == 8050
    assert settings.feeds == ()


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file(tmp_path):
    text = """city: zhongshan
server:
  prot: 8050
  port: eighty
feeds:
  iot_mqtt:
    topics: city/#
  iot_mqqt: {}
rules:
  flood:
    kind: threshold
    name: 内涝
    name_en: Flood
    level: purple
cockpits:
  city:
    name: 城市
    name_en: City
    large: {main: {name: 总览, name_en: Main, panels: [{panel: city_mapp}]}}
"""
    found = problems(tmp_path, text)
    assert [(line, key) for line, key, _, _ in found] == [
        (3, "server.prot"),
        (4, "server.port"),
        (7, "feeds.iot_mqtt.topics"),
        (8, "feeds.iot_mqqt"),
        (14, "rules.flood.level"),
        (19, "cockpits.city.large.main.panels.0.panel"),
    ]
    assert found[0][2:] == ("unknown key", "did you mean port?")
    assert found[1][3] == "write a whole number"
    assert found[2][3] == "did you mean topic?"
    assert found[3][3] == "feeds: iot_mqtt"


def test_sections_must_agree(tmp_path):
    text = """city: zhongshan
server: {workers: 2}
rules:
  flood:
    kind: threshold
    name: 内涝
    name_en: Flood
    level: red
    metric: water_level_m
    device_kind: water
    raise: {above: 0.6}
cockpits:
  city:
    name: 城市
    name_en: City
    large:
      main:
        name: 总览
        name_en: Main
        panels:
          - {panel: city_mapp}
          - {panel: city_map, options: {color: tickets}}
          - {panel: alert_roll, options: {rows: many, share: 1}}
          - {panel: ranking, options: {by: size}}
          - {panel: ranking, options: {by: alerts}}
          - {panel: alert_detail}
"""
    found = problems(tmp_path, text)
    assert [(line, key) for line, key, _, _ in found] == [
        (2, "server.workers"),
        (9, "rules.flood.metric"),
        (10, "rules.flood.device_kind"),
        (21, "cockpits.city.large.main.panels.0.panel"),
        (22, "cockpits.city.large.main.panels.1.options.color"),
        (23, "cockpits.city.large.main.panels.2.options.rows"),
        (24, "cockpits.city.large.main.panels.3.options.by"),
        (26, "cockpits.city.large.main.panels.5.panel"),
    ]
    assert found[-1][2:] == ("alert_detail is of one thing and stands on the page of that (alert_id)", "remove it")
    assert found[-2][2:] == ("'size' is no choice", "one of tickets, on_time, alerts")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("city: a\ncity: b\n", 2, "city stands twice"),
        ("city: [a\nserver: {}\n", 2, None),
        ("- city\n", 1, "not a mapping"),
        (b"city: \xff\n", 1, "not UTF-8"),
        ("", 1, "not a mapping"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(tmp_path, text, line, message):
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert found[0][0] == line
    assert message is None or found[0][2] == message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("feeds:\n  iot_mqtt: {}\n  iot_mqtt: {}\n", "keep one of them; a feed may run twice as <feed>:<label>"),
        ("server:\n\tport: 1\n", "indent with spaces"),
    ],
)
def test_what_is_not_yaml_is_told_what_to_do(tmp_path, text, hint):
    assert [found[3] for found in problems(tmp_path, text)] == [hint]


def test_a_misspelt_name_is_told_the_one_that_is_near(tmp_path):
    text = """city: zhongshan
metrics:
  water_level_m: {name: a, name_en: a, unit: a, decimals: 0}
rules:
  flood: {kind: threshold, name: a, name_en: a, level: red, metric: water_levl_m, raise: {above: 1}, clear: {below: 1}}
  heat: {kind: threshold, name: a, name_en: a, level: red, metric: degrees, raise: {above: 1}, clear: {below: 1}}
"""
    assert [found[3] for found in problems(tmp_path, text)] == [
        "did you mean water_level_m? or add it to metrics",
        "add it to metrics",
    ]


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere.yaml: No such file or directory \(name a config file"):
        read_settings(tmp_path / "nowhere.yaml", {}, FEEDS, PANELS)


def test_secrets_come_from_the_environment_or_a_file(tmp_path):
    (tmp_path / "secret").write_text("from file\n")
    text = f"city: zhongshan\nbroker: {{user: 'a-${{NAME}}', password: '${{file:{tmp_path}/secret}}'}}\n"
    broker = read(tmp_path, text, NAME="b").config.broker
    assert (broker.user, broker.password) == ("a-b", "from file")


def test_an_unknown_secret_is_named_but_never_shown(tmp_path):
    text = "city: zhongshan\nbroker:\n  user: ${NAME}\n  password: ${nonsense}\n"
    found = problems(tmp_path, text, OTHER="hush")
    assert [(line, key) for line, key, _, _ in found] == [(3, "broker.user"), (4, "broker.password")]
    assert "hush" not in str(found)


@pytest.mark.parametrize(
    ("clock", "word"),
    [
        ("{mode: replay}", "needs `start`"),
        ("{mode: replay, start: 2016-01-01T00:00:00}", "no zone"),
        ("{start: '2016-01-01T00:00:00+08:00'}", "only for mode: replay"),
    ],
)
def test_a_replay_says_when_it_starts(tmp_path, clock, word):
    assert word in problems(tmp_path, f"city: zhongshan\nclock: {clock}\n")[0][2]


@pytest.mark.parametrize(
    ("trip", "word"),
    [
        ("raise: {above: 1, below: 2}", "exactly one"),
        ("raise: {above: 1}, clear: {below: 2}", "clear must be"),
        ("raise: {below: 1}, clear: {above: 0.5}", "clear must be"),
    ],
)
def test_a_threshold_clears_on_the_other_side(tmp_path, trip, word):
    rule = f"{{kind: threshold, name: a, name_en: a, level: red, metric: m, {trip}}}"
    found = problems(
        tmp_path, f"city: zhongshan\nmetrics: {{m: {{name: a, name_en: a, unit: m}}}}\nrules: {{r: {rule}}}\n"
    )
    assert any(word in message for _, _, message, _ in found)


def test_a_feed_may_run_twice_under_labels(tmp_path):
    text = "city: zhongshan\nfeeds:\n  iot_mqtt: {}\n  iot_mqtt:river: {topic: river/+}\n"
    assert [(f.name, f.slug) for f in read(tmp_path, text).feeds] == [
        ("iot_mqtt", "iot_mqtt"),
        ("iot_mqtt:river", "iot_mqtt"),
    ]


@pytest.mark.parametrize("name", OWN_PAGES)
def test_the_programs_own_pages_are_no_names_for_cockpits(tmp_path, name):
    page = "{name: a, name_en: a, panels: [{panel: alert_roll}]}"
    found = problems(tmp_path, f"city: small\ncockpits:\n  {name}: {{name: a, name_en: a, large: {{main: {page}}}}}\n")
    assert [each[1:] for each in found] == [
        (f"cockpits.{name}", f"{name} is a page of the program's own", "choose another id")
    ]


def test_a_wall_page_shows_at_most_nine_panels(tmp_path):
    page = f"{{name: a, name_en: a, panels: [{', '.join(['{panel: alert_roll}'] * 10)}]}}"
    found = problems(tmp_path, f"city: zhongshan\ncockpits: {{c: {{name: a, name_en: a, large: {{main: {page}}}}}}}\n")
    assert found[0][2:] == ("page main of large has 10 panels", "at most 9")


def test_two_panels_on_one_place_of_a_wall_count_as_one(tmp_path):
    places = [f"{{panel: alert_roll, column: left, row: '{n}'}}" for n in (*range(1, 10), 1)]
    page = f"{{name: a, name_en: a, panels: [{', '.join(places)}]}}"
    read(tmp_path, f"city: zhongshan\ncockpits: {{c: {{name: a, name_en: a, large: {{main: {page}}}}}}}\n")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("rotate_s: 3, large: {main: PAGE}", "rotate_s is 3"),
        ("rotate_s: 20, large: {main: {dwell_s: 1, MORE}}", "dwell_s of page main is 1"),
        ("large: {main: {dwell_s: 30, MORE}}", "a dwell_s without turns"),
        ("rotate_s: 20, large: {main: PAGE}, medium: {main: {dwell_s: 30, MORE}}", "a dwell_s without turns"),
    ],
)
def test_pages_that_cannot_take_turns_are_named(tmp_path: Path, keys: str, said: str) -> None:
    more = "name: a, name_en: a, panels: [{panel: city_map}]"
    spec = keys.replace("PAGE", f"{{{more}}}").replace("MORE", more)
    found = problems(tmp_path, f"city: zhongshan\ncockpits: {{c: {{name: a, name_en: a, {spec}}}}}\n")
    assert [problem[2] for problem in found] == [said]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("kind: threshold, metric: m, raise: {above: .nan}", "Input should be a finite number"),
        ("kind: threshold, metric: m, raise: {above: .inf}", "Input should be a finite number"),
        ("kind: threshold, metric: m, raise: {above: 1}, after_s: 9", "a threshold rule does not know after_s"),
        ("kind: threshold, metric: m, raise: {above: 1}, clock: a, urgent_only: true", "not know clock, urgent_only"),
        ("kind: silent, metric: m, raise: {above: 1}", "a silent rule does not know metric, raise"),
        ("kind: silent, pending_for_s: 60", "a silent rule does not know pending_for_s"),
        ("kind: clock, case_type: ticket, clock: contact, factor: 2", "a clock rule does not know factor"),
        ("kind: event, event_kind: smoke, after_s: 9", "an event rule does not know after_s"),
        ("kind: event, device_kind: m", "an event rule needs event_kind"),
        ("kind: clock, case_type: ticket, clock: sleep", "ticket has no clock sleep"),
        ("kind: clock, case_type: project, clock: contact", "there is no case type project"),
    ],
)
def test_a_rule_that_could_never_fire_as_written_is_named(tmp_path, rule, said):
    metrics = "metrics: {m: {name: a, name_en: a, unit: m}}"
    text = f"city: zhongshan\n{metrics}\nrules: {{r: {{name: a, name_en: a, level: red, {rule}}}}}\n"
    assert [message for _, _, message, _ in problems(tmp_path, text) if said in message] != []


@pytest.mark.parametrize("key", ["every_s", "stale_after_s", "accept_past_s", "accept_future_s"])
@pytest.mark.parametrize(
    ("value", "said"), [(".inf", "finite"), (".nan", "finite"), ("1.0e+300", "longer than a century")]
)
def test_a_time_that_no_clock_can_count_is_named(tmp_path, key, value, said):
    found = problems(tmp_path, f"city: zhongshan\nfeeds:\n  iot_mqtt:\n    {key}: {value}\n")
    assert [(line, name) for line, name, _, _ in found] == [(4, f"feeds.iot_mqtt.{key}")]
    assert said in found[0][2]


def test_what_feeds_and_panels_name_must_be_there(tmp_path):
    text = """city: zhongshan
metrics: {m: {name: a, name_en: a, unit: m}}
feeds:
  iot_mqtt:
    parts:
      - {metric: m}
      - metric: water
    states:
      开: received
      闭: closedd
cockpits:
  city:
    name: a
    name_en: a
    medium:
      main:
        name: a
        name_en: a
        panels:
          - {panel: weather, column: wide, row: 1 / 3, options: {metrics: [m]}}
          - {panel: weather, column: lefty, options: {metrics: [m, rain]}}
          - {panel: city_map, column: left, options: {colour: tickets}}
          - {panel: city_map, row: row1, options: {colour: heat}}
"""
    page = "cockpits.city.medium.main.panels"
    assert [(line, key, message) for line, key, message, _ in problems(tmp_path, text)] == [
        (7, "feeds.iot_mqtt.parts.1.metric", "metric water is not defined"),
        (10, "feeds.iot_mqtt.states.闭", "a ticket has no state closedd"),
        (21, f"{page}.1.column", "the grid of medium has no column 'lefty'"),
        (21, f"{page}.1.options.metrics", "'rain' is not defined"),
        (22, f"{page}.2.column", "the grid of medium has no column 'left'"),
        (23, f"{page}.3.options.colour", "'heat' is not defined"),
        (23, f"{page}.3.row", "the grid of medium has no row 'row1'"),
    ]


def test_a_mistake_in_a_section_hides_no_other_there_or_elsewhere(tmp_path):
    text = """city: zhongshan
server: {port: eighty}
rules:
  flood: {kind: threshold, name: a, name_en: a, level: purple, metric: water, raise: {above: 1}}
"""
    assert [key for _, key, _, _ in problems(tmp_path, text)] == [
        "server.port",
        "rules.flood.level",
        "rules.flood.metric",
    ]
