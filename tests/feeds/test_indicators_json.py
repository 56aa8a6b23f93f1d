"""Figures from a JSON interface: the same words as in tables, records in place of rows."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from brain.feed import Item
from brain.model.reason import Reason
from feeds.indicators_json import Settings, run
from tests.feeds.desk import Desk
from tests.feeds.web import LOCAL, Reply, web

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "indicators_json"
COLUMNS = {
    "indicator": "name",
    "period": "time",
    "area": "town",
    "value": "data.value",
    "unit": "data.unit",
    "kind": "kind",
}


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded answer; the guard of all feeds calls it."""
    with web(lambda _: Reply(path.read_bytes())) as host:
        stanza = {"http": {"url": host.url, "networks": LOCAL}, "columns": COLUMNS, "fixed": {"source": "政数局"}}
        run(Settings.model_validate(stanza), desk.context("indicators_json"))
    return desk.items


def test_records_become_figures_and_what_is_not_published_is_none() -> None:
    desk = Desk()
    replay(FOLDER / "good" / "figures.json", desk)
    assert [(v.indicator_id, v.area_id, v.period.text, v.value, v.value_text, v.source) for v in desk.figures] == [
        ("data_catalogue_items_total", "020", "as of 2021-06", 6.95e9, "69.5亿", "政数局"),
        ("hotline_on_time_ratio", "02002", "2021H1", 0.9999, "99.99", "政数局"),
    ]


def test_a_record_that_cannot_be_read_says_which_key_and_what_to_do() -> None:
    desk = Desk()
    replay(FOLDER / "broken" / "records.json", desk)
    assert [item.reason for item in desk.rejected] == [
        Reason.UNKNOWN_INDICATOR,
        Reason.BAD_TIME,
        Reason.NOT_A_NUMBER,
        Reason.MALFORMED,
    ]
    assert "column name: '没有的指标' is no indicator" in desk.rejected[0].detail
    assert desk.rejected[3].place.endswith("#1:4")


def test_records_that_say_no_value_are_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="nothing says where the figures stand"):
        Settings.model_validate({"http": {"url": "http://x.example"}, "columns": {"indicator": "a", "period": "b"}})
