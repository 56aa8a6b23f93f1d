"""Tickets of an Open311 host of our own: what its keys mean, how windows are asked for, and what is refused."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from brain.feed import BadPayload, FeedError, Item, Refused, Unavailable
from brain.model.case import Ticket
from brain.model.reason import Reason
from feeds.hotline_open311 import Settings, run
from feeds.payloads.georeport import read_records
from feeds.payloads.table_marks import digest_of
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.web import LOCAL, Asked, Reply, web
from tests.real_data import DATA

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "hotline_open311"
REAL = DATA / "open311"
SERVICES = {
    "json": b'[{"service_code": "033", "service_name": "Abandoned vehicle"}]',
    "xml": b"<services><service><service_code>033</service_code>"
    b"<service_name>Abandoned vehicle</service_name></service></services>",
}
DAY_MS = 86_400_000


def settings(url: str, **more: Any) -> Settings:
    stanza = {"http": {"url": url, "networks": LOCAL}, "history_days": 30}
    return Settings.model_validate(stanza | more)


def replay(path: Path, desk: Desk, **more: Any) -> list[Item]:
    """What the feed makes of a recorded answer; the guard of all feeds calls it."""
    form = path.suffix[1:]

    def answer(asked: Asked) -> Reply:
        return Reply(SERVICES[form] if "services" in asked.path else path.read_bytes())

    with web(answer) as host:
        run(settings(f"{host.url}/v2", format=form, **more), desk.context("hotline_open311"))
    return desk.items


def tickets(name: str, **more: Any) -> list[Ticket]:
    desk = Desk()
    replay(FOLDER / "good" / name, desk, **more)
    assert desk.rejected == []
    return desk.tickets


# --- what the keys mean ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["requests.json", "requests.xml"])
def test_both_formats_say_the_same_and_what_is_personal_is_apart(name: str) -> None:
    first, second = tickets(name, services={"033": "road"})
    assert (first.channel, first.number, first.category, first.title) == (
        "open311",
        "638344",
        "Street light",
        "Street light",
    )
    assert (first.state, first.unit, first.area_id) == ("closed", "Lighting", "0200101")
    assert (first.closed_ms or 0) - first.created_ms == 6 * DAY_MS + 8.5 * 3_600_000
    assert first.due_ms == first.created_ms + 8 * DAY_MS
    private = first.private
    assert private.text == "The lamp before my door is dark. / Called Mrs Wong back, 13900000001."
    assert (private.address, private.name, private.id_number) == (
        "8 Riverside Road, door 3 / 545483 / 528400",
        "Mei Wong",
        "acc-77",
    )
    shown = repr(first)
    for personal in ("Riverside", "13900000001", "Wong", "acc-77", "photos.example", "545483"):
        assert personal not in shown
    assert (second.number, second.state, second.category, second.title, second.closed_ms) == (
        "638349",
        "received",
        "road",
        "Abandoned vehicle",
        None,
    )
    assert second.remarks == ("no_coordinates",)


def test_codes_with_leading_zeros_are_texts_even_where_that_is_no_json() -> None:
    (found,) = tickets("leading_zeros.json", services={"006": "light"})
    assert (found.category, found.title) == ("light", "006")
    assert found.private.text == 'say 007: "now", 08'
    assert found.private.address == "01234"


def test_a_key_may_name_the_area() -> None:
    words = {"states": {"open": "received", "closed": "closed"}, "areas": {"528400": "02002"}, "unknown_area": "city"}
    first, _ = tickets("requests.json", area="zipcode", words=words)
    assert first.area_id == "02002"


# --- what is refused ---------------------------------------------------------------------------------------------
def test_a_request_that_cannot_be_read_is_sealed_and_says_why() -> None:
    desk = Desk()
    replay(FOLDER / "broken" / "records.json", desk)
    assert desk.tickets == []
    assert [item.reason for item in desk.rejected] == [
        Reason.MISSING_FIELD,
        Reason.MISSING_FIELD,
        Reason.BAD_FIELD,
        Reason.MALFORMED,
    ]
    assert all(item.personal for item in desk.rejected)
    assert not any("Riverside" in item.detail for item in desk.rejected)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("error_with_line.json", Refused, "the host says 403: Invalid api_key received; check jurisdiction_id"),
        ("error_with_line.xml", Refused, "the host says 403: Invalid api_key received"),
        ("errors.xml", Refused, "the host says 404: jurisdiction_id not found"),
        ("entities.xml", BadPayload, "XML with a document type or entities is not read"),
        ("cut.xml", BadPayload, "not XML, line 1"),
        ("login.xml", BadPayload, "<html> is no list"),
    ],
)
def test_an_answer_that_cannot_be_read_is_named(name: str, kind: type[FeedError], words: str) -> None:
    with pytest.raises(kind) as told:
        replay(FOLDER / "broken" / name, Desk())
    assert words in str(told.value)


# --- windows -----------------------------------------------------------------------------------------------------
class Host:
    """Requests made every `every_ms` over 60 days, of which an answer holds at most `full`."""

    def __init__(self, full: int = 10, every_ms: int = DAY_MS) -> None:
        self.full = full
        self.all = [
            {
                "service_request_id": f"{i:05d}",
                "status": "open",
                "service_code": "001",
                "requested_datetime": at,
                "updated_datetime": at,
            }
            for i in range(60)
            for at in [datetime.fromtimestamp((NOW_MS - i * every_ms) / 1000).astimezone().isoformat()]
        ]
        self.queries: list[dict[str, str]] = []

    def __call__(self, asked: Asked) -> Reply:
        if "services" in asked.path:
            return Reply(SERVICES["json"])
        self.queries.append(asked.query)
        if "updated_after" in asked.query:
            return self.some("updated_datetime", asked.query["updated_after"], "9999-01-01T00:00:00Z")
        return self.some("requested_datetime", asked.query["start_date"], asked.query["end_date"])

    def some(self, key: str, start: str, end: str) -> Reply:
        low, high = datetime.fromisoformat(start), datetime.fromisoformat(end)
        found = [one for one in self.all if low <= datetime.fromisoformat(one[key]) <= high]
        return Reply(orjson.dumps(found[: self.full]))


def pull(host: Host, desk: Desk, **more: Any) -> list[str]:
    """One pull; the numbers it brought."""
    before = len(desk.tickets)
    with web(host) as served:
        http = {"http": {"url": f"{served.url}/v2?key=k", "networks": LOCAL}}
        stanza = {"history_days": 50, "window_days": 20, "full_rows": host.full, "reread_days": 5}
        # The port of the host differs each time and must not count as another setting.
        given = Settings.model_validate(http | stanza | more)
        cursor = desk.cursor and orjson.loads(desk.cursor)
        if cursor:
            desk.cursor = orjson.dumps(cursor | {"wish": digest_of(given.model_dump_json())}).decode()
        run(given, desk.context("hotline_open311"))
    return [ticket.number for ticket in desk.tickets[before:]]


def test_full_windows_are_halved_until_nothing_is_cut_off() -> None:
    host, desk = Host(), Desk()
    found = pull(host, desk, jurisdiction_id="city.example", status="open")
    assert sorted(set(found)) == [f"{i:05d}" for i in range(51)]  # 50 days back to now
    assert found[0] == "00000"  # the newest first
    spans = [(query["start_date"], query["end_date"]) for query in host.queries]
    assert len(spans) > 3
    assert {(query["jurisdiction_id"], query["status"], query["key"]) for query in host.queries} == {
        ("city.example", "open", "k")
    }
    assert desk.notes == [""]


def test_later_pulls_read_the_last_days_again_or_ask_for_changes_with_an_overlap() -> None:
    host, desk = Host(full=100), Desk()
    pull(host, desk)
    assert len(host.queries) == 3
    assert len(set(pull(host, desk))) == 6  # five days back
    changed = pull(host, desk, updated_after=True, overlap_s=86_400)
    assert changed == ["00000", "00001"]
    assert host.queries[-1]["updated_after"] == "2026-02-26T03:03:20Z"
    host.full = 2  # more changed than an answer holds: the last days are read instead
    assert len(set(pull(host, desk, updated_after=True, overlap_s=864_000, full_rows=2))) == 6


def test_what_is_too_much_for_one_pull_is_told_and_not_marked_as_read() -> None:
    host, desk = Host(full=2), Desk()
    pull(host, desk, most_requests=6)
    assert len(host.queries) == 5  # and one for the services
    assert desk.notes[0].startswith("note.cut n=6: ")
    assert desk.cursor is None


def test_a_minute_that_is_full_is_taken_as_it_is() -> None:
    host, desk = Host(full=5, every_ms=1), Desk()
    assert len(pull(host, desk, window_days=1, history_days=1)) == 5


# --- real answers ------------------------------------------------------------------------------------------------
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real data folder {REAL.name} is not beside the project")


@needs_real
@pytest.mark.real_data
def test_five_hundred_real_requests_of_san_francisco() -> None:
    path = REAL / "sf2011" / "requests_500.json"
    raw = orjson.loads(path.read_bytes())
    zone = ZoneInfo("America/Los_Angeles")
    desk = Desk(tz=zone.key)
    replay(path, desk, full_rows=1001)
    assert desk.rejected == []
    found = {ticket.number: ticket for ticket in desk.tickets}
    assert set(found) == {record["service_request_id"] for record in raw}
    closed = {record["service_request_id"] for record in raw if record["status"] == "Closed"}
    assert {number for number, ticket in found.items() if ticket.state == "closed"} == closed
    for record in raw:
        ticket = found[record["service_request_id"]]
        assert ticket.category == record["service_name"]
        assert str(record["address"] or "").strip() in ticket.private.address
        made = datetime.fromisoformat(record["requested_datetime"]).replace(tzinfo=zone)
        assert ticket.created_ms == made.timestamp() * 1000


@needs_real
@pytest.mark.real_data
def test_the_examples_of_the_standard_and_of_a_city() -> None:
    """Three JSON examples of the standard are no JSON (codes with leading zeros); errors begin with a line of HTTP."""
    for folder in ("spec", "codeforamerica"):
        for path in sorted((REAL / folder).glob("service-requests.*")) + sorted(
            (REAL / folder).glob("service_requests.xml")
        ):
            records = read_records(path.read_bytes(), path.name, path.suffix[1:])
            assert [str(record["service_request_id"]) for record in records] == ["638344", "638349"]
            assert {record["service_code"] for record in records} == {"006"}
    for name, count in (("service-list.json", 3), ("service-list.xml", 3), ("service-request.json", 1)):
        records = read_records((REAL / "spec" / name).read_bytes(), name, name.rsplit(".", 1)[1])
        assert len(records) == count
        assert records[0]["service_code"] in ("001", "006")
    assert read_records((REAL / "codeforamerica" / "service_requests_empty.xml").read_bytes(), "x", "xml") == []
    for name in ("spec/errors.json", "spec/errors.xml", "codeforamerica/403.xml"):
        with pytest.raises(Refused, match="403: Invalid api_key"):
            read_records((REAL / name).read_bytes(), name, name.rsplit(".", 1)[1])


def test_a_host_that_is_busy_is_an_outage() -> None:
    with pytest.raises(Unavailable, match="the host says 503"):
        read_records(b'[{"code": 503, "description": "later"}]', "x", "json")
