"""Config and city pack become the settled facts of the city."""

from pathlib import Path

import pytest

from brain.feed import FeedSettings
from brain.model.alert import Level, Trip
from brain.model.facts import Facts, FeedFacts, Name
from brain.settings.city import load_city
from brain.settings.facts import facts_of
from brain.settings.problem import SettingsError
from brain.settings.reader import read_settings
from brain.settings.whole import city_folder

CITIES = Path(__file__).resolve().parents[3] / "cities"
BASE = "city: zhongshan\nmetrics: {m: {name: 压力, name_en: Pressure, unit: 兆帕}}\n"


def facts(tmp_path: Path, text: str) -> Facts:
    path = tmp_path / "config.yaml"
    path.write_text(BASE + text, encoding="utf-8")
    settings = read_settings(path, {}, {"iot": FeedSettings}, {})
    city = load_city(city_folder(settings, CITIES))
    return facts_of(settings, city, {"iot": "readings"}, {"iot": Name("物联网", "Sensors")})


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        ("", Name("物联网", "Sensors")),
        ("title: 水务", Name("水务", "水务")),
        ("title: 水务, title_en: Water", Name("水务", "Water")),
    ],
)
def test_a_feed_is_called_as_configured_or_by_the_catalogue(tmp_path, titles, name):
    feeds = facts(tmp_path, f"feeds: {{'iot:a': {{stale_after_s: 7, {titles}}}, 'iot:b': {{enabled: false}}}}\n").feeds
    assert feeds == {"iot:a": FeedFacts(name, "readings", 7, False)}


def test_a_rule_trips_the_way_it_is_written(tmp_path):
    rule = "kind: threshold, name: a, name_en: a, level: blue, metric: m, auto_close: true, respond_s: 900"
    rules = facts(tmp_path, f"rules: {{low: {{{rule}, raise: {{below: 0.1}}, clear: {{above: 0.2}}}}}}\n").rules
    low = rules["low"]
    assert (low.trip, low.raise_at, low.clear_at, low.level) == (Trip.BELOW, 0.1, 0.2, Level.BLUE)
    assert (low.auto_close, low.respond_s) == (True, 900)


def test_a_city_that_is_not_there_is_named_with_those_that_are(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("language: zh\ncity: nowhere\n", encoding="utf-8")
    wanted = r"config.yaml:2: city: there is no city pack nowhere \(cities: .*zhongshan"
    with pytest.raises(SettingsError, match=wanted):
        city_folder(read_settings(path, {}, {}, {}), CITIES)
