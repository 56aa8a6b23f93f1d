"""Files of tickets that grow, change, come and go, and rows that are ahead of the clock: each row counts once."""

import json
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select

from brain.feed import BadPayload, Unavailable
from brain.model.case import Ticket
from brain.model.reason import Reason
from brain.store import schema
from brain.store.engine import Store
from brain.store.seal import Seal
from brain.store.write.cases import store_tickets
from feeds.hotline_table import run
from feeds.payloads.found_files import find_files
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.hotline_desk import HEADER, line, numbers, plain, read, touch


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    path, desk = tmp_path / "a.csv", Desk()
    touch(path, HEADER + line(1) + line(2))
    assert numbers(read(plain(path), desk)) == ["1", "2"]
    path_stat = path.stat()
    path.write_bytes(b"\xff" * path_stat.st_size)  # would be an error if it were opened
    os.utime(path, ns=(path_stat.st_atime_ns, path_stat.st_mtime_ns))
    assert read(plain(path), desk) == []


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_byte_of_no_character_costs_its_row_alone(tmp_path: Path, name: str) -> None:
    path, desk = tmp_path / name, Desk()
    rows = [{"no": str(n), "at": "2026-02-27 08:00", "closed": "", "text": f"路口积水 {n}"} for n in range(5)]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    if name.endswith("csv"):
        lines = ["no,at,closed,text", *(",".join(row.values()) for row in rows)]
    data = "\n".join([*lines, ""]).encode("gb18030")
    path.write_bytes(data.replace("水 3".encode("gb18030"), b"\xff\xfe 3"))
    assert numbers(read(plain(path, encoding="gb18030"), desk)) == ["0", "1", "2", "4"]
    (bad,) = desk.rejected
    assert (bad.reason, bad.personal) == (Reason.ENCODING, True)
    assert bad.place == f"{name}:{5 if name.endswith('csv') else 4}"
    assert "gb18030" in bad.detail


def test_a_table_of_another_character_set_is_not_read_as_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((HEADER + "".join(f"{n},2026-02-27 08:00,,\xff\n" for n in range(99))).encode("latin-1"))
    with pytest.raises(BadPayload, match=r"a\.csv:2: byte .* is not gb18030; set encoding"):
        read(plain(path, encoding="gb18030"), Desk())


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_file_that_grew_is_read_on(tmp_path: Path, name: str) -> None:
    path, desk = tmp_path / name, Desk()

    def text(count: int) -> str:
        if name.endswith("csv"):
            return HEADER + "".join(line(n) for n in range(count))
        return "".join(json.dumps({"no": str(n), "at": "2026-02-27", "text": "x"}) + "\n" for n in range(count))

    touch(path, text(2))
    assert numbers(read(plain(path), desk)) == ["0", "1"]
    touch(path, text(5))
    more = read(plain(path), desk)
    assert numbers(more) == ["2", "3", "4"]
    assert more[0].source_row == f"{name}:{4 if name.endswith('csv') else 3}"


def test_a_file_changed_in_the_middle_is_read_whole(tmp_path: Path) -> None:
    path, desk = tmp_path / "a.csv", Desk()
    touch(path, HEADER + line(1) + line(2))
    read(plain(path), desk)
    touch(path, HEADER + line(1, closed="2026-02-27 09:00") + line(2) + line(3))
    tickets = read(plain(path), desk)
    assert numbers(tickets) == ["1", "2", "3"]
    assert tickets[0].state == "closed"


STATES = {"number": "no", "created": "at", "text": "text", "state": "state"}
WORDS = {state: state for state in ("received", "dispatched", "handling")}
ROWS: tuple[dict[str, Any], ...] = (
    {"no": "1", "at": "2026-02-27 08:00", "text": "x", "state": "received"},
    {"no": "", "at": "2026-02-27 08:00", "text": "x", "state": "received"},
    {"no": "1", "at": "2026-02-27 08:00", "text": "x", "state": "dispatched"},
    {"no": "2", "at": "yesterday", "text": "x", "state": "received"},
    {"no": "1", "at": "2026-02-27 08:00", "text": "x", "state": "handling"},
)


def put_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    names = list(ROWS[0])
    if path.suffix == ".xlsx":
        book = Workbook()
        for row in [names, *([row[name] for name in names] for row in rows)]:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    else:
        path.write_text("".join(",".join(line) + "\n" for line in [names, *(row.values() for row in rows)]))
    rest(path)


def rest(path: Path) -> None:
    """Another time of change, also where two writings fall into one tick of the clock."""
    at = path.stat().st_mtime_ns
    os.utime(path, ns=(at, at + len(path.read_bytes()) * 1_000_003))


@pytest.mark.parametrize("name", ["a.json", "a.xlsx", "a.csv"])
def test_rows_read_again_count_once_and_make_no_second_history(store: Store, tmp_path: Path, name: str) -> None:
    path, desk = tmp_path / name, Desk()
    stanza = plain(path, columns=STATES, words={"states": WORDS})

    def look(*rows: dict[str, Any]) -> tuple[int, int, list[str]]:
        """Rows refused, tickets accepted, and the history of the case."""
        put_rows(path, rows)
        refused, had = len(desk.rejected), len(desk.tickets)
        run(stanza, desk.context("hotline_table"))
        run(stanza, desk.context("hotline_table"))
        new = [replace(ticket, area_id="02001") for ticket in desk.tickets[had:]]
        seal = Seal(b"k" * 32)
        bring = store.write(lambda conn: store_tickets(conn, desk.facts, new, seal, "hotline", NOW_MS)).result()
        with store.read() as conn:
            states = conn.execute(select(schema.case_event.c.to_state).order_by(schema.case_event.c.seq)).scalars()
            return len(desk.rejected) - refused, bring.new + bring.changed, list(states)

    once = ["received", "dispatched", "handling"]
    other = {
        "no": "3",
        "at": "tomorrow",
        "text": "x",
        "state": "received",
    }  # refused; above them, so that all is read again
    assert look(*ROWS) == (2, 3, once)
    assert look(other, *ROWS) == (1, 0, once)
    assert look(*ROWS, other) == (0, 0, once)
    assert look(*ROWS, other, other) == (1, 0, once), "a second one that says the same is another"
    back = {**ROWS[0], "state": "dispatched"}
    assert look(other, *ROWS, back) == (0, 1, [*once, "dispatched"]), "as an earlier row, and yet news"
    assert look(back, other, *ROWS, back)[1:] == (0, [*once, "dispatched"])


HOUR_MS = 3_600_000


def at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


@pytest.mark.parametrize("name", ["rows.csv", "rows.json"])
def test_a_row_ahead_of_the_clock_comes_again_when_its_time_has_come(tmp_path: Path, name: str) -> None:
    """The desk stands for the gate, which refuses what is later than `accept_future_s`: the feed hands it on once until
    then, and once after."""
    times = {"1": NOW_MS - HOUR_MS, "2": NOW_MS + HOUR_MS, "3": NOW_MS + 2 * HOUR_MS}
    path, columns = tmp_path / name, {"number": "no", "created": "at", "text": "text"}
    stanza = plain(path, columns=columns, accept_future_s=300)
    put_rows(path, [ROWS[0] | {"no": no, "at": at(ms)} for no, ms in times.items()])
    desk = Desk()
    assert numbers(read(stanza, desk)) == ["1", "2", "3"]
    assert numbers(read(stanza, desk)) == []
    desk.now_ms = NOW_MS + HOUR_MS - 300_000
    assert numbers(read(stanza, desk)) == ["1", "2"]  # the store absorbs the first
    assert numbers(read(stanza, desk)) == []
    desk.now_ms = NOW_MS + 2 * HOUR_MS
    assert numbers(read(stanza, desk)) == ["1", "2", "3"]


def test_a_row_ahead_is_not_forgotten_when_its_file_grows(tmp_path: Path) -> None:
    path, desk = tmp_path / "rows.csv", Desk()
    ahead = HEADER + f"9,{at(NOW_MS + HOUR_MS)},,x\n"
    touch(path, ahead)
    assert numbers(read(plain(path), desk)) == ["9"]
    touch(path, ahead + line(1))
    assert numbers(read(plain(path), desk)) == ["1"]
    desk.now_ms = NOW_MS + HOUR_MS
    assert numbers(read(plain(path), desk)) == ["9", "1"]


def test_a_file_is_not_removed_while_a_row_of_it_waits(tmp_path: Path) -> None:
    path, desk = tmp_path / "past.csv", Desk()
    touch(path, HEADER + f"9,{at(NOW_MS + HOUR_MS)},,x\n")
    stanza = plain(tmp_path, remove="past*")
    read(stanza, desk)
    assert path.exists()
    desk.now_ms = NOW_MS + HOUR_MS
    run(stanza, desk.context("hotline_table"))
    assert not path.exists()


def test_a_row_that_a_mended_mapping_can_read_is_told(tmp_path: Path) -> None:
    path, desk = tmp_path / "a.json", Desk()
    put_rows(path, [{**ROWS[0], "state": "new"}])
    assert read(plain(path, columns=STATES), desk) == []
    put_rows(path, [{**ROWS[0], "state": "new"}, ROWS[2]])
    mended = plain(path, columns=STATES, words={"states": {**WORDS, "new": "received"}})
    assert [ticket.state for ticket in read(mended, desk)] == ["received", "dispatched"]


def test_a_line_that_is_being_written_waits_for_its_end(tmp_path: Path) -> None:
    path, desk = tmp_path / "a.csv", Desk()
    stanza = plain(path)
    context = desk.context("hotline_table")
    touch(path, HEADER + line(1) + '2,2026-02-27 08:00,,"one\ntw')
    run(stanza, context)
    assert numbers(desk.tickets) == ["1"]
    touch(path, HEADER + line(1) + line(2, text="one\ntwo") + "3,2026-02-27 08:00,,unfinished")
    run(stanza, context)
    assert [(ticket.number, ticket.private.text) for ticket in desk.tickets[1:]] == [("2", "one\ntwo")]
    run(stanza, context)  # nothing came since: the last line is whole, it only lacks its end
    assert numbers(desk.tickets) == ["1", "2", "3"]
    run(stanza, context)
    assert len(desk.tickets) == 3


def test_files_come_and_go(tmp_path: Path) -> None:
    desk = Desk()
    stanza = plain(tmp_path / "*.csv")
    touch(tmp_path / "a.csv", HEADER + line(1))
    touch(tmp_path / "b.csv", HEADER + line(2))
    (tmp_path / ".hidden.csv").write_bytes(b"\xff")
    assert numbers(read(stanza, desk)) == ["1", "2"]
    (tmp_path / "a.csv").unlink()
    touch(tmp_path / "c.csv", HEADER + line(3))
    assert numbers(read(stanza, desk)) == ["3"]
    assert json.loads(desk.cursor or "").keys() == {"b.csv", "c.csv"}


def test_files_that_may_be_removed_are_once_they_are_stored(tmp_path: Path) -> None:
    desk, stanza = Desk(), plain(tmp_path / "*.csv", remove="past-*.csv")
    touch(tmp_path / "past-1.csv", HEADER + line(1) + line(2).strip())
    touch(tmp_path / "now.csv", HEADER + line(3))
    run(stanza, desk.context("hotline_table"))
    assert numbers(desk.tickets) == ["3", "1"]
    assert (tmp_path / "past-1.csv").exists(), "its last line may still be under way"
    run(stanza, desk.context("hotline_table"))
    assert numbers(desk.tickets) == ["3", "1", "2"]
    assert [path.name for path in tmp_path.iterdir()] == ["now.csv"]
    assert read(stanza, desk) == []


def test_a_file_that_changed_meanwhile_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "past-1.csv"

    class Writing(Desk):
        def sink(self, items: Any, done: Any = None) -> None:
            if isinstance(items[0], Ticket) and items[0].number == "1" and not self.items:
                touch(path, HEADER + line(1) + line(2))
            super().sink(items, done)

    desk, stanza = Writing(), plain(path, remove="past-*.csv")
    touch(path, HEADER + line(1))
    run(stanza, desk.context("hotline_table"))
    assert numbers(desk.tickets) == ["1"]
    assert path.exists()
    run(stanza, desk.context("hotline_table"))
    assert numbers(desk.tickets) == ["1", "2"]
    assert not path.exists()


def test_files_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        touch(tmp_path / folder / "a.csv", HEADER + line(1))
    assert len(find_files(tmp_path / "**" / "*.csv")) == 2


@pytest.mark.parametrize("cursor", ["", "17", "[]", "{", '{"a.csv": 3}', '{"a.csv": [1, 2, 3]}'])
def test_a_cursor_of_another_form_only_costs_a_reading(tmp_path: Path, cursor: str) -> None:
    touch(tmp_path / "a.csv", HEADER + line(1))
    assert numbers(read(plain(tmp_path / "a.csv"), Desk(cursor=cursor))) == ["1"]


def test_rows_that_the_store_did_not_take_are_read_again(tmp_path: Path) -> None:
    class Refusing(Desk):
        def sink(self, items: Any, done: Any = None) -> None:
            if done is not None:
                done(False)

    touch(tmp_path / "a.csv", HEADER + line(1))
    desk = Refusing()
    with pytest.raises(Unavailable, match="read again"):
        run(plain(tmp_path / "a.csv"), desk.context("hotline_table"))
    assert desk.cursor is None


def test_the_mark_never_outruns_a_row_of_an_earlier_portion(tmp_path: Path) -> None:
    class RefusingFirst(Desk):
        offers = 0

        def sink(self, items: Any, done: Any = None) -> None:
            self.offers += 1
            if self.offers > 1:
                super().sink(items, done)
            elif done is not None:
                done(False)

    touch(tmp_path / "a.csv", HEADER + "".join(line(n) for n in range(1200)))
    desk = RefusingFirst()
    with pytest.raises(Unavailable, match="read again"):
        run(plain(tmp_path / "a.csv"), desk.context("hotline_table"))
    assert desk.offers > 2
    assert desk.cursor is None
    run(plain(tmp_path / "a.csv"), desk.context("hotline_table"))
    assert {ticket.number for ticket in desk.tickets} == {str(n) for n in range(1200)}


@given(st.integers(0, 2**32), st.lists(st.integers(1, 200), min_size=1, max_size=8))
@settings(deadline=None, max_examples=40)
def test_a_file_that_grows_in_any_pieces_gives_each_row_once(
    tmp_path_factory: pytest.TempPathFactory, seed: int, cuts: list[int]
) -> None:
    dice = random.Random(seed)
    bits = ["x", "\n", '""', ",", "\r\n", "，", "=", "\u2028", "'"]
    texts = ["".join(dice.choices(bits, k=dice.randrange(6))) for _ in range(8)]
    whole = HEADER + "".join(line(n, text=text) for n, text in enumerate(texts))
    path, desk = tmp_path_factory.mktemp("grows") / "a.csv", Desk()
    at = len(HEADER)
    for cut in [*cuts, len(whole)]:
        at = min(len(whole), at + cut)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(whole[:at])
        os.utime(path, ns=(0, at))
        run(plain(path), desk.context("hotline_table"))
    assert numbers(desk.tickets) == [str(n) for n in range(8)]
    assert [ticket.private.text for ticket in desk.tickets] == [text.replace('""', '"').strip() for text in texts]
    assert desk.rejected == []
