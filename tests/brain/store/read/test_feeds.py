"""Feed health: configured order, reasons, minutes; and the order of sources."""

from brain.model.query.feeds import FeedHealth
from brain.model.query.tickets import TicketsToday
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import HOUR, MINUTE, ask, feed_row, fill, ms
from tests.small_city import small_city

NOW = ms("2021-07-14 14:26:08")


def test_every_configured_feed_in_the_order_of_the_configuration(store: Store):
    facts = small_city()
    times = {"since_ms": NOW - HOUR, "last_well_ms": NOW - HOUR, "last_item_ms": NOW - 2 * HOUR}
    counts = {"accepted": 7, "refused": 5, "repeated": 3}
    lost = feed_row("iot", "readings", "lost", cause="connection refused", next_try_ms=NOW + MINUTE, **times, **counts)
    fill(store, schema.feed_state, [lost, feed_row("hotline", "tickets"), feed_row("no_longer_configured", "tickets")])
    reason = {"feed": "iot", "last_ms": NOW}
    fill(
        store,
        schema.refusal_count,
        [
            reason | {"reason": "future", "n": 1},
            reason | {"reason": "malformed", "n": 3},
            reason | {"reason": "encoding", "n": 1},
        ],
    )
    answer = ask(store, facts, NOW, FeedHealth(), "0200101", role=Role.WALL)
    assert [row.state.feed for row in answer.value] == list(facts.feeds)
    iot, hotline, letters, _ = answer.value
    assert (iot.accepted, iot.refused, iot.repeated, iot.input) == (7, 5, 3, "readings")
    assert iot.reasons == (("malformed", 3), ("encoding", 1), ("future", 1))
    assert (iot.state.title, iot.state.status, iot.state.cause) == ("物联感知", "lost", "connection refused")
    assert (iot.state.next_try_ms, iot.last_well_ms, iot.state.stale_after_s) == (NOW + MINUTE, NOW - HOUR, 300.0)
    assert (hotline.state.status, hotline.reasons) == ("well", ())
    assert (letters.state.status, letters.state.since_ms, letters.state.last_item_ms) == ("starting", NOW, None)
    assert (answer.as_of_ms, answer.simulated) == (NOW - HOUR, True)


def test_items_of_the_last_twelve_minutes(store: Store):
    minute_ms = ms("2021-07-14 14:26")
    counts = {0: 5, -1: 4, -11: 3, -12: 99, 1: 99}
    fill(
        store,
        schema.feed_minute,
        [
            {"feed": "iot", "minute_ms": minute_ms + at * MINUTE, "accepted": n, "refused": 50}
            for at, n in counts.items()
        ],
    )
    iot, hotline, *_ = ask(store, small_city(), NOW, FeedHealth()).value
    assert iot.recent == (3, *(0,) * 9, 4, 5)
    assert hotline.recent == (0,) * 12
    assert ask(store, small_city(), minute_ms, FeedHealth()).value[0].recent == (3, *(0,) * 9, 4, 5)
    assert ask(store, small_city(), minute_ms - 1, FeedHealth()).value[0].recent == (99, 3, *(0,) * 9, 4)


def test_sources_come_worst_first(sqlite_store: Store):
    def order(hotline: str, letters: str) -> list[str]:
        sqlite_store.write(lambda conn: conn.execute(schema.feed_state.delete()) and None).result()
        rows = [
            feed_row("hotline", "tickets", hotline, last_item_ms=NOW - MINUTE),
            feed_row("letters", "tickets", letters, last_item_ms=NOW),
        ]
        fill(sqlite_store, schema.feed_state, rows)
        return [source.feed for source in ask(sqlite_store, small_city(), NOW, TicketsToday()).sources]

    assert order("well", "lost") == ["letters", "hotline"]
    assert order("lost", "broken") == ["letters", "hotline"]
    assert order("well", "well") == ["hotline", "letters"]  # the longest silent first
    assert order("starting", "well") == ["hotline", "letters"]
    assert order("well", "a status of a later version") == ["letters", "hotline"]
