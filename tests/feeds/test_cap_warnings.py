"""Weather warnings from recorded CAP messages: files of our own, the examples of the standard, and a web server."""

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import ValidationError

from brain.feed import Cursor, Item, Rejected, Unavailable
from brain.model.alert import Level
from brain.model.reason import Reason
from brain.model.warning import Reference, WarningEnd, WeatherWarning
from feeds.cap_warnings import Settings, run
from tests.feeds.desk import Desk
from tests.real_data import DATA

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "cap_warnings"
GOOD, BROKEN = FOLDER / "good", FOLDER / "broken"
REAL = DATA / "cap"
HOUR_MS = 3_600_000
NINE_MS = 1_772_154_000_000  # 2026-02-27 09:00 in Shanghai


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded file; the guard of all feeds calls it."""
    return pull(Settings(files=path), desk)


def pull(settings: Settings, desk: Desk) -> list[Item]:
    """Twice, since a file that cannot be read is looked at again first. Without the cursors."""
    for _ in range(2):
        run(settings, desk.context("cap_warnings"))
    return [item for item in desk.items if not isinstance(item, Cursor)]


def only(name: str, **more: Any) -> WeatherWarning:
    (item,) = pull(Settings(files=GOOD / name, **more), Desk())
    assert isinstance(item, WeatherWarning)
    return item


def test_a_warning_in_two_languages() -> None:
    warning = only("two_languages.xml", simulated=True)
    assert (warning.sender, warning.identifier, warning.part) == ("weather@city.example", "W-1", 0)
    assert (warning.effective_ms, warning.expires_ms) == (NINE_MS, NINE_MS + 6 * HOUR_MS)
    assert (warning.level, warning.severity, warning.area_ids) == (Level.ORANGE, "Severe", ("02001",))
    assert (warning.zh.event, warning.en.event) == ("暴雨", "Rainstorm")
    assert (warning.zh.instruction, warning.en.instruction) == ("转移低洼地带人员", "Leave low-lying places")
    assert warning.simulated


def test_chinese_character_sets_are_read() -> None:
    assert only("gb2312.xml").zh == only("two_languages.xml").zh


def test_places_by_polygon_and_circle_and_an_end_where_none_is_given() -> None:
    drawn, round_one = only("polygon.xml"), only("circle_without_end.xml", lasts_h=2)
    assert drawn.area_ids == ("02001", "02002")
    assert drawn.level is Level.YELLOW  # the parameter is believed before the severity
    assert round_one.area_ids == ("02003",)
    assert (round_one.level, round_one.expires_ms) == (Level.YELLOW, NINE_MS + 2 * HOUR_MS)
    assert round_one.zh.event == "大雾"  # Chinese without a language tag


def test_updates_and_cancellations_name_what_is_over() -> None:
    update = only("update.xml")
    assert update.replaces == (Reference("weather@city.example", "W-1"),)
    assert (update.level, update.area_ids) == (Level.RED, ("020",))
    (end,) = pull(Settings(files=GOOD / "cancel.xml"), Desk())
    assert isinstance(end, WarningEnd)
    assert end.ends == (Reference("weather@city.example", "W-5"),)


REASONS = {
    "billion_laughs.xml": Reason.MALFORMED,
    "outside_entity.xml": Reason.MALFORMED,
    "wrong_encoding.xml": Reason.ENCODING,
    "unknown_charset.xml": Reason.ENCODING,
    "no_identifier.xml": Reason.MISSING_FIELD,
    "ends_before_it_begins.xml": Reason.BAD_FIELD,
    "polygon.xml": Reason.BAD_FIELD,
    "line.xml": Reason.BAD_FIELD,
    "elsewhere.xml": Reason.UNKNOWN_AREA,
    "exercise.xml": Reason.NOT_ACTUAL,
    "private.xml": Reason.NOT_ACTUAL,
    "no_zone.xml": Reason.BAD_TIME,
    "cancels_nothing.xml": Reason.MISSING_FIELD,
    "not_cap.xml": Reason.MALFORMED,
    "cut_off.xml": Reason.MALFORMED,
    "empty.xml": Reason.MALFORMED,
}


def test_every_broken_message_is_refused_for_its_own_reason_and_stops_no_other() -> None:
    items = pull(Settings(files=BROKEN), Desk())
    refused = {item.place.partition(":")[0]: item.reason for item in items if isinstance(item, Rejected)}
    assert refused == REASONS
    assert len(items) == len(REASONS)
    dtd = next(item for item in items if isinstance(item, Rejected) and item.place == "billion_laughs.xml")
    assert "DTD" in dtd.detail


def test_a_warning_for_elsewhere_may_be_taken_for_the_city() -> None:
    (item,) = pull(Settings(files=BROKEN / "elsewhere.xml", unknown_area="city"), Desk())
    assert isinstance(item, WeatherWarning)
    assert item.area_ids == ("020",)


def test_files_are_read_once_and_a_missing_folder_is_no_quiet_sky(tmp_path: Path) -> None:
    desk, settings = Desk(), Settings(files=tmp_path / "in" / "*.xml")
    with pytest.raises(Unavailable, match="folder"):
        run(settings, desk.context("cap_warnings"))
    (tmp_path / "in").mkdir()
    assert pull(settings, desk) == []
    (tmp_path / "in" / "a.xml").write_bytes((GOOD / "two_languages.xml").read_bytes()[:300])
    run(settings, desk.context("cap_warnings"))
    assert desk.rejected == []  # it may still be being written
    (tmp_path / "in" / "a.xml").write_bytes((GOOD / "two_languages.xml").read_bytes())
    assert len(pull(settings, desk)) == 1
    assert len(pull(settings, desk)) == 1


@pytest.mark.real_data
def test_the_examples_of_the_standard() -> None:
    if not REAL.is_dir():
        pytest.skip(f"the examples of CAP are not at {REAL}")
    found = [
        item
        for path in sorted(REAL.glob("*.xml"))
        for item in pull(Settings(files=path, unknown_area="city"), Desk())
        if isinstance(item, WeatherWarning)
    ]
    assert {warning.en.event: warning.level for warning in found} == {
        "Homeland Security Advisory System Update": Level.ORANGE,
        "SEVERE THUNDERSTORM": Level.ORANGE,
        "Earthquake": Level.BLUE,
        "Child Abduction": Level.ORANGE,
    }
    assert found[2].replaces == (Reference("trinet@caltech.edu", "TRI13970876.1"),)
    assert pull(Settings(files=REAL / "v1dot2_appendix_adot2.xml"), desk := Desk())
    assert desk.reasons == {Reason.UNKNOWN_AREA: 1}


# --- a web server ------------------------------------------------------------------------------------------------
class _Page(BaseHTTPRequestHandler):
    """Serves one document with a tag; remembers what was asked."""

    body = (GOOD / "several.xml").read_bytes()

    def do_GET(self) -> None:
        known = self.headers.get("If-None-Match") == '"one"'
        self.server.asked.append(known)  # type: ignore[attr-defined]
        self.send_response(304 if known else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", "0" if known else str(len(self.body)))
        self.end_headers()
        if not known:
            self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_document_of_a_server_is_read_when_it_changed() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Page)
    server.asked = []  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        page = {"url": f"http://127.0.0.1:{server.server_port}/cap.xml", "networks": ["127.0.0.0/8"]}
        settings = Settings.model_validate({"http": page})
        items = pull(settings, Desk())
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [item.identifier for item in items if isinstance(item, WeatherWarning)] == ["W-7a", "W-7b"]
    assert server.asked == [False, True]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("stanza", "said"),
    [
        ({}, "exactly one of files, http"),
        ({"files": "a.xml", "http": {"url": "http://a.example/"}}, "exactly one of files, http"),
        ({"http": {"url": "file:///etc/passwd"}}, "no http or https address"),
        ({"http": {"url": "http://me:word@a.example/"}}, "a login does not belong into the address"),
        ({"http": {"url": "http://a.example/", "networks": ["10.0.0.0/99"]}}, "is no network"),
    ],
)
def test_settings_that_will_not_do(stanza: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)) as caught:
        Settings.model_validate(stanza)
    assert "word@" not in caught.value.errors()[0]["msg"]
