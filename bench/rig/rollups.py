"""Whether the rollups are what the readings say: recomputed from them, by the database, and compared."""

import time

from bench.rig.databases import Database, one

_DAY_MS, _ZONE_MS = 86_400_000, 8 * 3_600_000  # days of the shipped city
_ENDS = {
    300: "(at_ms + 299999) / 300000 * 300000",
    3600: "(at_ms + 3599999) / 3600000 * 3600000",
    86400: f"(at_ms + {_ZONE_MS} + {_DAY_MS - 1}) / {_DAY_MS} * {_DAY_MS} - {_ZONE_MS}",
}
_PATIENCE_S = 120.0


def wrong_rollups(database: Database) -> int:
    """Buckets of devices that are missing, superfluous or differ, and of the whole city that do not add up; waits until
    the areas are made."""
    end = time.monotonic() + _PATIENCE_S
    while one(database, "SELECT count(*) FROM dirty_bucket") and time.monotonic() < end:
        time.sleep(0.2)
    return sum(_wrong_of_devices(database, span_s) for span_s in _ENDS) + _wrong_of_city(database)


def _wrong_of_devices(database: Database, span_s: int) -> int:
    # S608: nothing in it comes from outside.
    sql = f"""
        WITH made AS (
            SELECT device_id, metric, {_ENDS[span_s]} AS end_ms, count(value) AS good, count(*) AS n,
                   coalesce(sum(value), 0) AS total, min(value) AS low, max(value) AS high, max(at_ms) AS last_ms
            FROM reading GROUP BY 1, 2, 3),
        kept AS (SELECT * FROM reading_rollup WHERE span_s = {span_s})
        SELECT count(*) FROM made FULL JOIN kept
          ON kept.device_id = made.device_id AND kept.metric = made.metric AND kept.end_ms = made.end_ms
        WHERE kept.count IS NULL OR made.n IS NULL OR kept.count <> made.good OR kept.count + kept.bad <> made.n
           OR abs(kept.sum - made.total) > 0.000001 * made.n OR kept.min <> made.low OR kept.max <> made.high
           OR kept.last_ms <> made.last_ms"""
    return int(one(database, sql))


def _wrong_of_city(database: Database) -> int:
    return int(
        one(
            database,
            """
            WITH made AS (SELECT metric, span_s, end_ms, sum(count) AS n FROM reading_rollup GROUP BY 1, 2, 3),
            kept AS (SELECT * FROM area_rollup WHERE area_id = '442000')
            SELECT count(*) FROM made LEFT JOIN kept
              ON kept.metric = made.metric AND kept.span_s = made.span_s AND kept.end_ms = made.end_ms
            WHERE kept.count IS NULL OR kept.count <> made.n""",
        )
    )
