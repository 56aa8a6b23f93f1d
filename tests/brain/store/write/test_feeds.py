"""Feed state, counters, cursor and dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from brain.store import schema
from brain.store.engine import Store
from brain.store.seal import Seal
from brain.store.write.feeds import (
    PAYLOAD_BYTES,
    FeedCounts,
    FeedStatus,
    count_items,
    keep_rejected,
    load_cursor,
    save_cursor,
    save_feed_state,
)
from tests.small_city import CITY, TOWNS, small_tree

WELL = FeedStatus("iot", "readings", "well", 1000, 300.0, last_well_ms=1000)
SEAL = Seal(bytes(range(32)))
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Refused:
    reason: str = "malformed"
    detail: str = "not JSON"
    place: str = "city/iot/1"
    payload: bytes = b"{"
    personal: bool = False


def _save(store: Store, status: FeedStatus) -> None:
    store.write(lambda conn: save_feed_state(conn, small_tree(), status)).result()


def _count(store: Store, counts: FeedCounts, now_ms: int) -> None:
    store.write(lambda conn: count_items(conn, small_tree(), "iot", counts, now_ms)).result()


def _keep(store: Store, rejected: Sequence[Refused], now_ms: int = 1000, cap: int = 100, feed: str = "iot") -> None:
    store.write(lambda conn: keep_rejected(conn, feed, rejected, SEAL, now_ms, cap)).result()


def _state(store: Store) -> dict[str, Any]:
    with store.read() as conn:
        return conn.execute(select(schema.feed_state)).one()._asdict()


def _letters(store: Store, feed: str = "iot") -> list[Any]:
    table = schema.dead_letter
    with store.read() as conn:
        return list(conn.execute(select(table).where(table.c.feed == feed).order_by(table.c.at_ms, table.c.id)))


def _reasons(store: Store) -> dict[tuple[str, str], int]:
    table = schema.refusal_count
    with store.read() as conn:
        return {(row.feed, row.reason): row.n for row in conn.execute(select(table))}


def test_a_state_replaces_the_one_before_but_not_counters_cursor_and_the_last_good_time(store: Store) -> None:
    _save(store, WELL)
    _count(store, FeedCounts(accepted=3, refused=1, repeated=2, last_item_ms=900), 1000)
    store.write(lambda conn: save_cursor(conn, "iot", "row 17")).result()
    _save(store, FeedStatus("iot", "readings", "lost", 2000, 60.0, True, None, 4, "no\0route\n" * 200, 5000))
    state = _state(store)
    assert (state["status"], state["since_ms"], state["failures"], state["next_try_ms"]) == ("lost", 2000, 4, 5000)
    assert (state["stale_after_s"], state["simulated"], state["last_well_ms"]) == (60.0, True, 1000)
    assert (state["accepted"], state["refused"], state["repeated"], state["cursor"]) == (3, 1, 2, "row 17")
    assert len(state["cause"]) == 512
    assert "\0" not in state["cause"]


def test_every_area_hears_of_a_state(store: Store) -> None:
    _save(store, WELL)
    assert store.versions() == {("feeds", area): 1 for area in (CITY, *TOWNS)}
    _count(store, FeedCounts(accepted=1), 1000)
    assert store.versions() == {("feeds", area): 2 for area in (CITY, *TOWNS)}


def test_counts_add_up_and_the_last_item_never_goes_back(store: Store) -> None:
    _save(store, WELL)
    for last_ms in (900, None, 800):
        _count(store, FeedCounts(accepted=2, refused=1, repeated=1, last_item_ms=last_ms), 1000)
    state = _state(store)
    assert (state["accepted"], state["refused"], state["repeated"], state["last_item_ms"]) == (6, 3, 3, 900)


def test_items_are_counted_by_minute_of_the_last_hour(store: Store) -> None:
    _save(store, WELL)
    for now_ms in (10 * MINUTE_MS, 10 * MINUTE_MS + 59_999, 70 * MINUTE_MS, 71 * MINUTE_MS):
        _count(store, FeedCounts(accepted=2, refused=1), now_ms)
    table = schema.feed_minute
    with store.read() as conn:
        rows = {row.minute_ms // MINUTE_MS: (row.accepted, row.refused) for row in conn.execute(select(table))}
    assert rows == {70: (2, 1), 71: (2, 1)}


def test_a_feed_without_state_cannot_count(store: Store) -> None:
    with pytest.raises(LookupError, match="iot has no state"):
        _count(store, FeedCounts(accepted=1), 1000)
    with pytest.raises(LookupError, match="iot has no state"):
        store.write(lambda conn: save_cursor(conn, "iot", "x")).result()


def test_a_cursor_is_what_was_saved_last(store: Store) -> None:
    _save(store, WELL)
    _save(store, replace(WELL, feed="other"))
    for cursor in ("a", "b"):
        store.write(lambda conn, c=cursor: save_cursor(conn, "iot", c)).result()  # type: ignore[misc]
    with store.read() as conn:
        assert load_cursor(conn, "iot") == "b"
        assert load_cursor(conn, "other") is None
        assert load_cursor(conn, "unknown") is None


def test_a_dead_letter_keeps_what_came(store: Store) -> None:
    _keep(store, [Refused()])
    (letter,) = _letters(store)
    assert (letter.reason, letter.detail, letter.place) == ("malformed", "not JSON", "city/iot/1")
    assert (letter.payload, letter.sealed, letter.at_ms) == (b"{", False, 1000)
    _keep(store, [])
    assert len(_letters(store)) == 1


def test_hostile_and_huge_letters_are_cut_to_what_can_be_stored(store: Store) -> None:
    _keep(store, [Refused(detail="d\0\ud800" * 400, place="p" * 900, payload=b"\0\xff" * PAYLOAD_BYTES)])
    (letter,) = _letters(store)
    assert (len(letter.detail), len(letter.place), len(letter.payload)) == (512, 512, PAYLOAD_BYTES)
    assert letter.detail.startswith("d\ufffd\ufffdd")
    assert letter.payload == b"\0\xff" * (PAYLOAD_BYTES // 2)


def test_a_personal_payload_is_sealed_for_its_row(store: Store) -> None:
    _keep(store, [Refused(payload="王小明 13800138000".encode(), personal=True)])
    (letter,) = _letters(store)
    assert letter.sealed
    assert "王小明".encode() not in letter.payload
    assert SEAL.decrypt(letter.payload, letter.id).decode() == "王小明 13800138000"


def test_beyond_the_cap_the_oldest_go_and_all_are_counted(store: Store) -> None:
    for now_ms, places in ((1000, "abc"), (2000, "de"), (3000, "f")):
        _keep(store, [Refused(place=place) for place in places], now_ms, cap=4)
    assert [letter.place for letter in _letters(store)] == ["c", "d", "e", "f"]
    assert _reasons(store) == {("iot", "malformed"): 6}


def test_one_batch_larger_than_the_cap_keeps_its_newest(store: Store) -> None:
    _keep(store, [Refused(place=f"{n:04}") for n in range(50)], cap=3)
    assert [letter.place for letter in _letters(store)] == ["0047", "0048", "0049"]
    assert _reasons(store) == {("iot", "malformed"): 50}


def test_a_cap_of_zero_keeps_none_and_counts(store: Store) -> None:
    _keep(store, [Refused()], cap=5)
    _keep(store, [Refused(reason="future")], cap=0)
    assert _letters(store) == []
    assert _reasons(store) == {("iot", "malformed"): 1, ("iot", "future"): 1}


def test_feeds_are_capped_apart(store: Store) -> None:
    _keep(store, [Refused(), Refused()], cap=2)
    _keep(store, [Refused(), Refused(reason="topic")], cap=1, feed="other")
    assert len(_letters(store)) == 2
    assert [letter.reason for letter in _letters(store, "other")] == ["topic"]
    assert _reasons(store) == {("iot", "malformed"): 2, ("other", "malformed"): 1, ("other", "topic"): 1}
