"""The config files of the two real cities. Written at run time, as the packs are."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson

from tools.demo_real.data import DATA, REQUESTS

PANELS = """\
cockpits:
  city:
    name: 城市运行
    name_en: City operations
    large:
      main:
        name: 总览
        name_en: Overview
        panels:
          - {{panel: situation, column: full, row: band}}
{large}
          - {{panel: feed_health, column: full, row: feeds}}
    medium:
      main:
        name: 总览
        name_en: Overview
        panels:
          - {{panel: situation, column: full}}
{medium}
    small:
      main:
        name: 总览
        name_en: Overview
        panels:
          - {{panel: situation, column: full}}
{small}
"""
COMMON = """\
city: ./{city}
clock: {{mode: replay, start: "{start}", speed: {speed}, anchor: "{anchor}"}}
server: {{port: {port}}}
store: {{folder: ./{city}/var}}
broker: {{port: {broker_port}, password: {password}}}
"""
BEIJING_METRICS = """\
metrics:
  air_pm25_ugm3: {name: PM2.5, name_en: PM2.5, unit: 微克/立方米, decimals: 0, low: 0, high: 2000}
  air_pm10_ugm3: {name: PM10, name_en: PM10, unit: 微克/立方米, decimals: 0, low: 0, high: 3000}
  air_so2_ugm3: {name: 二氧化硫, name_en: SO2, unit: 微克/立方米, decimals: 0, low: 0, high: 3000}
  air_no2_ugm3: {name: 二氧化氮, name_en: NO2, unit: 微克/立方米, decimals: 0, low: 0, high: 1000}
  air_co_ugm3: {name: 一氧化碳, name_en: CO, unit: 微克/立方米, decimals: 0, low: 0, high: 50000}
  air_o3_ugm3: {name: 臭氧, name_en: Ozone, unit: 微克/立方米, decimals: 0, low: 0, high: 2000}
device_kinds:
  air: {name: 空气站, name_en: Air station}
rules:
  pm25_yellow: {kind: threshold, name: 细颗粒物污染, name_en: PM2.5 polluted, level: yellow,
    metric: air_pm25_ugm3, device_kind: air, raise: {above: 115}, clear: {below: 100}, keep_firing_for_s: 3600,
    auto_close: true}
  pm25_orange: {kind: threshold, name: 细颗粒物重污染, name_en: PM2.5 heavily polluted, level: orange,
    metric: air_pm25_ugm3, device_kind: air, raise: {above: 250}, clear: {below: 200}, keep_firing_for_s: 3600,
    auto_close: true}
feeds:
  iot_mqtt:
    title: 空气质量监测站
    title_en: Air stations
    stale_after_s: 10800
    accept_past_s: 864000
    topics:
      - pattern: city/{area}/{kind}/{device}
        values: metrics
        time: at
        device: {register_new: true, interval_s: 3600}
"""


def _place(panel: str, column: str, row: str = '""', more: str = "") -> str:
    return f"          - {{panel: {panel}, column: {column}, row: {row}{more}}}"


def beijing(folder: Path, port: int, broker_port: int, speed: float, start: str = "2016-01-04T00:00:00+08:00") -> Path:
    """Write beijing.yaml into `folder`, in which the pack beijing/ is."""
    colour = ", options: {colour: air_pm25_ugm3}"
    panels = PANELS.format(
        large="\n".join(
            [
                _place("environment", "left", "totals-start / body-end"),
                _place("city_map", "centre", "totals-start / body-end", colour),
                _place("alert_roll", "right", "totals-start / body-end"),
            ]
        ),
        medium="\n".join(
            [
                _place("city_map", "wide", more=colour),
                _place("environment", "side"),
                _place("alert_roll", "full"),
                _place("feed_health", "full"),
            ]
        ),
        small="\n".join(
            [
                _place("alert_roll", "full"),
                _place("environment", "full"),
                _place("city_map", "full", more=colour),
                _place("feed_health", "full"),
            ]
        ),
    )
    text = _common("beijing", port, broker_port, speed, start) + BEIJING_METRICS + panels
    return _written(folder / "beijing.yaml", text)


def new_york(folder: Path, port: int, broker_port: int, speed: float, boards: Mapping[str, str]) -> Path:
    """Write new_york.yaml into `folder`, in which the pack new_york/ is. `boards`: community_board -> area id."""
    panels = PANELS.format(
        large="\n".join(
            [
                _place("hotline_today", "left", "totals-start / row1-end"),
                _place("hotline_trend", "left", "row2-start / row3-end"),
                _place("city_map", "centre", "totals-start / body-end"),
                _place("alert_roll", "right", "totals-start / body-end"),
            ]
        ),
        medium="\n".join(
            [
                _place("hotline_today", "full"),
                _place("city_map", "full"),
                _place("hotline_trend", "full"),
                _place("feed_health", "full"),
            ]
        ),
        small="\n".join(
            [
                _place("hotline_today", "full"),
                _place("city_map", "full"),
                _place("hotline_trend", "full"),
                _place("feed_health", "full"),
            ]
        ),
    )
    start = "2026-02-26T22:30:00-05:00"
    text = _common("new_york", port, broker_port, speed, start) + new_york_feed(boards, DATA / REQUESTS) + panels
    return _written(folder / "new_york.yaml", text)


def new_york_feed(boards: Mapping[str, str], file: Path) -> str:
    areas = orjson.dumps(dict(boards)).decode()
    return f"""\
feeds:
  hotline_table:
    title: 纽约 311
    title_en: NYC 311
    every_s: 1
    stale_after_s: 3600
    replay: true
    files: {file}
    channel: nyc311
    zone: America/New_York
    columns:
      number: unique_key
      created: created_date
      closed: closed_date
      category: complaint_type
      title: descriptor
      text: resolution_description
      address: incident_address
      area_name: community_board
      lon: longitude
      lat: latitude
      state: status
      unit: agency
    words:
      states: {{Closed: closed, In Progress: handling, Open: received}}
      areas: {areas}
"""


def _common(city: str, port: int, broker_port: int, speed: float, start: str) -> str:
    anchor = datetime.now(UTC).isoformat(timespec="milliseconds")
    return COMMON.format(
        city=city,
        start=start,
        speed=speed,
        anchor=anchor,
        port=port,
        broker_port=broker_port,
        password=secrets.token_hex(16),  # known to the sensors' process through this file
    )


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
