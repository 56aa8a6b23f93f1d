"""Readings and rollups of many devices over nearly a year, written straight into the tables as ingest would have left
them: in the order of time, all devices at each moment, so that on PostgreSQL a device's rows lie apart.

Written in SQL that SQLite and PostgreSQL both run. The length is the same whatever the size: what grows is how many
devices there are, and metrics of the areas.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.peers.room import make_room_between
from brain.model.rollup import DAY_S, FIVE_MINUTES_S, HOUR_S
from brain.store.engine import Store

DAY_MS = 86_400_000
DAYS = 347  # of a reading each five minutes these are 100,000 readings of a device
EACH_S = 300
READINGS = DAYS * 86_400 // EACH_S
METRIC = "water_level_m"
_FIVE_MINUTES_DAYS = 90  # as the shipped config keeps them
_DAYS_AT_ONCE = 5
_VALUE = "CAST((n.i + series.k) % 23 AS DOUBLE PRECISION)"


@dataclass(frozen=True)
class LongSeries:
    """`areas`: districts with a value an hour of each of their metrics. `now_ms` is a midnight of the city."""

    store: Store
    areas: Sequence[str]
    now_ms: int

    def device_id(self, k: int) -> str:
        return f"gauge-{k:05d}"

    def fill(self, devices: range, metrics: range) -> None:
        """With devices and metrics of the areas, each by number."""
        for k in devices:
            device, area = self.device_id(k), self.areas[k % len(self.areas)]
            self._run(
                "INSERT INTO device (id, kind, name, area_id, lon, lat, interval_s, feed, simulated, state, created_ms,"
                f" last_reported_ms) VALUES ('{device}', 'water_level', '{device}', '{area}', 113.4, 22.5, {EACH_S},"
                f" 'iot_mqtt', true, 'active', 0, {self.now_ms})"
            )
            self._run(f"INSERT INTO latest VALUES ('{device}', '{METRIC}', {self.now_ms}, 1, {self.now_ms})")
        first_rollup_ms = self.now_ms - (_FIVE_MINUTES_DAYS + _DAYS_AT_ONCE) * DAY_MS
        make_room_between(self.store, self.now_ms - DAYS * DAY_MS, first_rollup_ms, self.now_ms)
        for day in range(DAYS, 0, -_DAYS_AT_ONCE):
            for statement in self._statements(devices, metrics, day, min(_DAYS_AT_ONCE, day)):
                self._run(statement)

    def _statements(self, of: range, metrics: range, back: int, days: int) -> Iterator[str]:
        """Of `days` days from `back` days ago on."""
        start = self.now_ms - back * DAY_MS
        devices = _rows("series", ((k, self.device_id(k), METRIC) for k in of))
        yield (
            f"{_count(days * 86_400 // EACH_S)}, {devices} INSERT INTO reading SELECT series.id, series.metric,"
            f" {_at(start, EACH_S)}, {_VALUE}, {_at(start, EACH_S)} {_IN_ORDER}"
        )
        for span_s in (FIVE_MINUTES_S, HOUR_S, DAY_S):
            if span_s > FIVE_MINUTES_S or back <= _FIVE_MINUTES_DAYS:
                end, n = _at(start, span_s), span_s // EACH_S
                yield (
                    f"{_count(days * 86_400 // span_s)}, {devices} INSERT INTO reading_rollup SELECT series.id,"
                    f" series.metric, {span_s}, {end}, {n}, 0, {n} * {_VALUE}, {_VALUE} - 1, {_VALUE} + 1, {_VALUE},"
                    f" {end} {_IN_ORDER}"
                )
        areas = _rows("series", ((k, area, metric_id(k)) for k in metrics for area in self.areas))
        yield (
            f"{_count(days * 24)}, {areas} INSERT INTO area_rollup SELECT series.id, series.metric, {HOUR_S},"
            f" {_at(start, HOUR_S)}, 12, 4, 12 * {_VALUE}, {_VALUE} - 1, {_VALUE} + 1 {_IN_ORDER}"
        )

    def _run(self, statement: str) -> None:
        if self.store.dialect == "postgresql":  # to its driver a bare % begins a parameter
            statement = statement.replace("%", "%%")
        self.store.write(lambda conn: conn.exec_driver_sql(statement)).result()


_IN_ORDER = "FROM n CROSS JOIN series ORDER BY n.i, series.k"


def _at(start: int, span_s: int) -> str:
    return f"{start} + n.i * {span_s * 1000}"


def metric_id(k: int) -> str:
    return METRIC if k == 0 else f"{METRIC}_{k}"


def _count(many: int) -> str:
    return f"WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {many})"


def _rows(name: str, rows: Iterator[tuple[int, str, str]]) -> str:
    """Ours alone: ids of areas and devices."""
    listed = ", ".join(f"({k}, '{id_}', '{metric}')" for k, id_, metric in rows)
    return f"{name}(k, id, metric) AS (VALUES {listed})"
