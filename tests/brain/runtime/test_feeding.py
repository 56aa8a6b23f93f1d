"""What feeds are handed before they start: the broker's password, absolute paths."""

from pathlib import Path
from typing import Any

import pytest

import app
from brain.runtime.feeding import feed_units, made_password
from brain.runtime.plan import CannotStart

ROOT = Path(__file__).resolve().parents[3]
CONFIG = """\
city: zhongshan
broker: {password: "${file:secrets/broker}"}
feeds:
  iot_mqtt:
    broker: {host: mqtt.example, tls: {ca_file: keys/ca.pem}}
    devices: tables/devices.csv
  http_json:
    http: {url: "https://api.example/air", ca_file: /etc/ca.pem}
    record: {id: id, time: at, metrics: [{metric: m, path: m}]}
  hotline_table:
    files: exports/*.csv
    columns: {number: a, created: b, text: c}
metrics:
  m: {name: a, name_en: a, unit: m}
"""


def test_the_brokers_password_is_made_where_nothing_else_made_the_folder(tmp_path):
    path = tmp_path / "var" / "broker.password"
    made = made_password(path)
    assert len(made) > 20
    assert (made_password(path), path.stat().st_mode & 0o777) == (made, 0o600)


def test_a_password_file_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"broker\.password cannot be read or made"):
        made_password(tmp_path / "file" / "broker.password")


def test_every_path_of_the_config_begins_at_the_config(tmp_path, monkeypatch):
    (tmp_path / "city" / "secrets").mkdir(parents=True)
    (tmp_path / "city" / "secrets" / "broker").write_text("hush", encoding="utf-8")
    (tmp_path / "city" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    plan = app.read_plan(Path("city/config.yaml"), {})
    units: dict[str, Any] = {unit.name: unit.settings for unit in feed_units(plan, {})}
    assert plan.settings.config.broker.password == "hush"
    assert units["iot_mqtt"].broker.tls.ca_file == tmp_path / "city/keys/ca.pem"
    assert units["iot_mqtt"].devices == tmp_path / "city/tables/devices.csv"
    assert units["http_json"].http.ca_file == Path("/etc/ca.pem")
    assert units["hotline_table"].files == tmp_path / "city/exports/*.csv"
