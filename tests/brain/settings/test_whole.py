"""Config and city pack are told of together: one run names every mistake of both."""

from pathlib import Path

import pytest
from pydantic import Field

from brain.feed import AreaId, FeedSettings
from brain.settings.problem import SettingsError
from brain.settings.whole import read_whole

CITIES = Path(__file__).resolve().parents[3] / "cities"


class Sensors(FeedSettings):
    area: AreaId = Field(default="")


class Told(FeedSettings):
    delivers_again = False


def problems(tmp_path: Path, text: str, inputs: str = "readings") -> list[tuple[str, int | None, str, str]]:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        read_whole(path, {}, {"iot": Sensors, "told": Told}, {"iot": inputs, "told": "readings"}, {}, CITIES)
    except SettingsError as error:
        return [(Path(p.file).name, p.line, p.key, p.hint) for p in error.problems]
    return []


def test_one_run_names_what_is_wrong_in_itself_between_sections_and_against_the_city(tmp_path):
    rule = "{kind: threshold, name: a, name_en: a, level: red, owner: nobody, metric: water, raise: {above: 1}}"
    text = f"city: zhongshan\nserver: {{port: eighty}}\nfeeds: {{iot: {{area: '000'}}}}\nrules:\n  flood:\n    {rule}\n"
    assert problems(tmp_path, text) == [
        ("config.yaml", 2, "server.port", "write a whole number"),
        ("config.yaml", 3, "feeds.iot.area", "an id of areas.geojson"),
        ("config.yaml", 6, "rules.flood.metric", "add it to metrics"),
        ("config.yaml", 6, "rules.flood.owner", "units stand in city.yaml"),
    ]


def test_mistakes_of_the_pack_are_told_beside_those_of_the_config(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "city.yaml").write_text("id: mine\nlevel: [city]\n", encoding="utf-8")
    found = problems(tmp_path, "city: ./mine\nserver: {port: eighty}\n")
    assert found[0][:3] == ("config.yaml", 2, "server.port")
    assert {file for file, _, _, _ in found} == {"config.yaml", "city.yaml"}


def test_a_city_that_is_not_there_is_named_beside_the_rest(tmp_path):
    found = problems(tmp_path, "city: nowhere\nserver: {port: eighty}\n")
    assert [key for _, _, key, _ in found] == ["city", "server.port"]


@pytest.mark.parametrize(
    ("feed", "inputs", "wrong"),
    [
        ("iot: {accept_past_s: 86400}", "readings", []),
        ("iot: {accept_past_s: 86401}", "readings", ["feeds.iot.accept_past_s"]),
        ("iot: {}", "readings", ["feeds.iot.accept_past_s"]),  # seven days
        ("iot: {}", "tickets", []),
        ("told: {}", "readings", []),
    ],
)
def test_a_reading_is_not_forgotten_while_it_may_be_delivered_again(tmp_path, feed, inputs, wrong):
    text = f"city: zhongshan\nretention: {{reading_days: 1}}\nfeeds:\n  {feed}\n"
    found = problems(tmp_path, text, inputs)
    assert [key for _, _, key, _ in found] == wrong
    assert all("accept_past_s: 86400 at most" in hint for _, _, _, hint in found)


@pytest.mark.parametrize(("days", "wrong"), [(8, []), (7, []), (6, ["retention.kinds.smoke.reading_days"])])
def test_readings_of_a_kind_are_not_forgotten_sooner_either(tmp_path, days, wrong):
    kinds = f"retention: {{kinds: {{smoke: {{reading_days: {days}}}}}}}"
    text = f"city: zhongshan\n{kinds}\ndevice_kinds: {{smoke: {{name: 烟感, name_en: Smoke}}}}\nfeeds:\n  iot: {{}}\n"
    found = problems(tmp_path, text, "readings")
    assert [key for _, _, key, _ in found] == wrong
    assert all("7 days at least" in hint for _, _, _, hint in found)


def test_a_kind_whose_days_are_given_is_defined(tmp_path):
    found = problems(tmp_path, "city: zhongshan\nretention: {kinds: {smoek: {reading_days: 9}}}\n", "readings")
    assert [key for _, _, key, _ in found] == ["retention.kinds.smoek"]
