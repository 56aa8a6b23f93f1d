"""Weather warnings end in the same store in whatever order their messages come."""

from itertools import permutations
from typing import Any

from sqlalchemy import select

from brain.model.alert import Level
from brain.model.warning import Reference, WarningEnd, WeatherWarning, Wording
from brain.store import schema
from brain.store.engine import Store
from brain.store.write.warnings import WarningResult, store_warnings
from tests.small_city import CITY, TOWNS, small_city

TREE = small_city().tree
SENT_MS = 1_772_154_000_000
HOUR_MS = 3_600_000


def warning(identifier: str, **more: Any) -> WeatherWarning:
    given: dict[str, Any] = {
        "sender": "weather@x",
        "identifier": identifier,
        "part": 0,
        "sent_ms": SENT_MS,
        "level": Level.ORANGE,
        "severity": "Severe",
        "urgency": "Expected",
        "certainty": "Likely",
        "effective_ms": SENT_MS,
        "onset_ms": None,
        "expires_ms": SENT_MS + 6 * HOUR_MS,
        "zh": Wording("暴雨", "暴雨橙色预警"),
        "en": Wording("Rainstorm"),
        "area_ids": (TOWNS[0],),
    }
    return WeatherWarning(**(given | more))


FIRST = warning("1")
SECOND = warning("2", sent_ms=SENT_MS + HOUR_MS, replaces=(Reference("weather@x", "1"),))
END = WarningEnd("weather@x", "3", SENT_MS + 2 * HOUR_MS, (Reference("weather@x", "2"),))


def put(store: Store, *messages: WeatherWarning | WarningEnd) -> WarningResult:
    return store.write(lambda conn: store_warnings(conn, TREE, messages)).result()


def stored(store: Store) -> tuple[list[Any], list[Any]]:
    with store.read() as conn:
        tables = schema.weather_warning, schema.warning_end
        return tuple(  # type: ignore[return-value]
            [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))] for table in tables
        )


def test_any_order_ends_the_same(store: Store) -> None:
    put(store, FIRST, SECOND, END)
    wanted = stored(store)
    assert (len(wanted[0]), [row[1] for row in wanted[1]]) == (2, ["1", "2"])
    messages: tuple[WeatherWarning | WarningEnd, ...] = (FIRST, SECOND, END)
    for order in permutations(messages):
        store.write(lambda conn: conn.execute(schema.weather_warning.delete()) and None).result()
        store.write(lambda conn: conn.execute(schema.warning_end.delete()) and None).result()
        for message in order:
            put(store, message)
        assert stored(store) == wanted


def test_what_is_said_again_is_no_news(sqlite_store: Store) -> None:
    assert put(sqlite_store, FIRST, SECOND, END) == WarningResult(3, 0)
    before = sqlite_store.versions()
    assert before["warnings", CITY] == before["warnings", TOWNS[2]] == 1
    assert put(sqlite_store, FIRST, SECOND, END) == WarningResult(0, 3)
    assert put(sqlite_store, warning("1", zh=Wording("雷雨"))) == WarningResult(0, 1)  # the same message may not change
    assert sqlite_store.versions() == before
    assert put(sqlite_store, warning("1", sent_ms=SENT_MS + 1, zh=Wording("雷雨"))) == WarningResult(1, 0)
    assert "雷雨" in stored(sqlite_store)[0][0][11]


def test_long_and_hostile_text_is_stored(sqlite_store: Store) -> None:
    put(sqlite_store, warning("x" * 128, zh=Wording("\0\ud800" * 5000, "<b>")))
    assert len(stored(sqlite_store)[0]) == 1
