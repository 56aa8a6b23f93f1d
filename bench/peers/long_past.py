"""A city's past of any length, written straight into the tables: days of tickets, alerts and rollups, all alike, so
that a store of 100 times the history differs from the first in nothing but its length.

Written in SQL that SQLite and PostgreSQL both run; `day` 0 is today, day 1 yesterday, and so on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.peers.room import make_room_between
from brain.model.facts import Facts
from brain.model.rollup import DAY_S, FIVE_MINUTES_S, HOUR_S
from brain.store.engine import Store

DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
FIVE_MIN_KEPT, RAW_KEPT = 90, 30  # days, as the shipped config keeps them
# BIGINT, as the product of days and milliseconds leaves 32 bits. Days from {first} up to, not with, {last}.
_DAYS = "WITH RECURSIVE day(d) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT d + 1 FROM day WHERE d < {last} - 1)"
# Neighbouring tickets are no neighbours by their key, as theirs is a hash.
_SCATTERED = "CAST(((d * {daily} + n.i) * 2654435761) % 4294967296 AS TEXT)"


@dataclass(frozen=True)
class Past:
    """`daily` tickets a day, and a device for each town and metric."""

    store: Store
    facts: Facts
    now_ms: int
    daily: int
    metrics: tuple[str, ...]

    @property
    def areas(self) -> list[str]:
        return [area.id for area in self.facts.tree.descendants(self.facts.tree.root.id)]

    @property
    def series(self) -> list[tuple[str, str, str]]:
        """(device, its area, its metric)."""
        return [(f"{area}-{metric}", area, metric) for area in self.areas[1:] for metric in self.metrics]

    def settle(self) -> None:
        """The devices, and what each said a minute ago."""
        kinds = sorted(self.facts.device_kinds)
        for number, (device, area, metric) in enumerate(self.series):
            kind = kinds[number % len(kinds)]
            at = self.now_ms - 60_000
            self._run(
                "INSERT INTO device (id, kind, name, area_id, lon, lat, interval_s, feed, simulated, state, created_ms,"
                f" last_reported_ms) VALUES ('{device}', '{kind}', '{device}', '{area}', 113.4, 22.5, 300, 'iot_mqtt',"
                f" true, 'active', 0, {at})"
            )
            self._run(f"INSERT INTO latest VALUES ('{device}', '{metric}', {at}, {number % 37}, {at})")

    def extend(self, first: int, last: int) -> None:
        """The days from `first` up to, not with, `last`."""
        first_ms, rollup_ms = (self.now_ms - (min(last, kept) + 1) * DAY_MS for kept in (RAW_KEPT, FIVE_MIN_KEPT))
        make_room_between(self.store, first_ms, rollup_ms, self.now_ms + DAY_MS)
        for statement in self._statements(first, last):
            self._run(statement)

    def _statements(self, first: int, last: int) -> Iterator[str]:
        days = _DAYS.format(first=first, last=last)
        yield f"{days}, {self._counted(self.daily)}, {_numbered('area', self.areas[1:])} {self._tickets()}"
        yield f"{days}, {self._counted(self.daily // 40)}, {_numbered('area', self.areas[1:])} {self._clocks()}"
        yield f"{days}, {self._counted(20)}, {_numbered('area', self.areas[1:])} {self._alerts()}"
        for span_s, kept in ((FIVE_MINUTES_S, FIVE_MIN_KEPT), (HOUR_S, last), (DAY_S, last)):
            if first < kept:
                yield from self._rollups(_DAYS.format(first=first, last=min(last, kept)), span_s)
        if first < RAW_KEPT:
            yield from self._readings(_DAYS.format(first=first, last=min(last, RAW_KEPT)))

    def _tickets(self) -> str:
        created = f"{self.now_ms} - d * {DAY_MS} - (n.i * 7919 % 86400) * 1000"
        closed = f"{created} + (n.i % 40) * {_HOUR_MS}"
        # What is open is as much in a long past as in a short one: one in ten of the last three days.
        still_open = f"{closed} > {self.now_ms} OR (d < 3 AND n.i % 10 = 0)"
        return (
            "INSERT INTO case_ (id, type, channel, number, state, area_id, category, title, unit, urgent, created_ms,"
            " dispatched_ms, due_ms, closed_ms, grid_lon, grid_lat, feed, simulated, remarks, received_ms, fingerprint,"
            f" version) SELECT {self._key()}, 'ticket', '12345', {self._key()}, 'closed', area.id,"
            " 'category ' || CAST(n.i % 11 AS TEXT), 'a title of the length of a usual one', 'unit ' ||"
            f" CAST(n.i % 9 AS TEXT), n.i % 40 = 0, {created}, {created} + 600000, {created} + {5 * DAY_MS},"
            f" CASE WHEN {still_open} THEN NULL ELSE {closed} END, 113.4, 22.5, 'hotline_table', true, '', {created},"
            " 'f', 1 FROM day, n, area WHERE area.k = n.i % (SELECT count(*) FROM area)"
        )

    def _clocks(self) -> str:
        started = f"{self.now_ms} - d * {DAY_MS} - (n.i * 40 * 7919 % 86400) * 1000"
        return (
            "INSERT INTO case_clock SELECT " + self._key("n.i * 40") + f", 'resolve', area.id, {started},"
            f" {started} + {DAY_MS}, CASE WHEN d < 1 THEN NULL ELSE {started} + {_HOUR_MS} END, false"
            " FROM day, n, area WHERE area.k = n.i % (SELECT count(*) FROM area)"
        )

    def _alerts(self) -> str:
        opened = f"{self.now_ms} - (d + 1) * {DAY_MS} + n.i * {_HOUR_MS}"
        return (
            "INSERT INTO alert (id, rule_id, rule_kind, target_kind, target_id, area_id, level, state, condition,"
            " owner, opened_ms, last_ms, times, closed_by, closed_ms, note, simulated, version)"
            f" SELECT 'a' || {self._key()}, 'rule', 'threshold', 'device', 'device ' || CAST(n.i AS TEXT), area.id,"
            f" 2 + n.i % 3, 'closed', 'normal', '', {opened}, {opened}, 1, 'somebody', {opened} + 600000, '', true, 1"
            " FROM day, n, area WHERE area.k = n.i % (SELECT count(*) FROM area)"
        )

    def _rollups(self, days: str, span_s: int) -> Iterator[str]:
        each = 86400 // span_s
        end = f"{_day_start(self)} - (d - 1) * {DAY_MS} - n.i * {span_s * 1000}"
        devices = _pairs("series", [(device, metric) for device, _, metric in self.series])
        areas = _pairs("series", [(area, metric) for area in self.areas for metric in self.metrics])
        value = "CAST(n.i % 23 AS DOUBLE PRECISION)"
        yield (
            f"{days}, {self._counted(each)}, {devices} INSERT INTO reading_rollup SELECT series.id, series.metric,"
            f" {span_s}, {end}, 12, 0, 12 * {value}, {value} - 1, {value} + 1, {value}, {end} FROM series, day, n"
        )
        if span_s == FIVE_MINUTES_S:
            return
        yield (
            f"{days}, {self._counted(each)}, {areas} INSERT INTO area_rollup SELECT series.id, series.metric, {span_s},"
            f" {end}, 12, 4, 12 * {value}, {value} - 1, {value} + 1 FROM series, day, n"
        )

    def _readings(self, days: str) -> Iterator[str]:
        at = f"{self.now_ms} - d * {DAY_MS} - n.i * 300000"
        devices = _pairs("series", [(device, metric) for device, _, metric in self.series])
        yield (
            f"{days}, {self._counted(288)}, {devices} INSERT INTO reading SELECT series.id, series.metric, {at},"
            f" CAST(n.i % 23 AS DOUBLE PRECISION), {at} FROM series, day, n"
        )

    def _counted(self, many: int) -> str:
        return f"n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {many - 1})"

    def _key(self, i: str = "n.i") -> str:
        return _SCATTERED.format(daily=self.daily).replace("n.i", i)

    def _run(self, statement: str) -> None:
        if self.store.dialect == "postgresql":  # to its driver a bare % begins a parameter
            statement = statement.replace("%", "%%")
        self.store.write(lambda conn: conn.exec_driver_sql(statement)).result()


def _day_start(past: Past) -> int:
    """Midnight UTC after now: buckets lie on the hour, and a day's on the same grid."""
    return (past.now_ms // DAY_MS + 1) * DAY_MS


def _numbered(name: str, ids: Sequence[str]) -> str:
    return f"{name}(k, id) AS (VALUES {', '.join(f'({k}, {_text(id_)})' for k, id_ in enumerate(ids))})"


def _pairs(name: str, rows: Sequence[tuple[str, str]]) -> str:
    return f"{name}(id, metric) AS (VALUES {', '.join(f'({_text(a)}, {_text(b)})' for a, b in rows)})"


def _text(word: str) -> str:
    """Ours alone: ids of areas and metrics."""
    return f"'{word}'"
